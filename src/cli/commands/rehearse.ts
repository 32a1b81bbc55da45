/** `muster rehearse`: makes a canary fail on purpose, and measures from the fault to the last nameserver and back. */
import { InvalidArgumentError, Option } from "@commander-js/extra-typings";
import { FAULT_SECONDS, type RehearsalReply } from "../../api/contract-rehearsals.ts";
import { apiOption, connect, jsonOption, ownerOf, ownerOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { formatDateTime } from "../duration.ts";
import { CliError, exitCode } from "../exit-codes.ts";
import { parseDurationOption, parseLineOption } from "../options.ts";
import { clean } from "../text.ts";

export const addRehearseCommand: AddCommand = (program, context) => {
  program
    .command("rehearse")
    .summary("make a canary fail on purpose and measure what follows")
    .description(
      "Makes the check of a canary fail at the prober, measures detection, decision, every nameserver and the return, and compares the sum with the TTL against the pool's stated recovery. Without a name it shows the last rehearsals.",
    )
    .argument("[subject]", "a pool, or a member by id, label or address")
    .option("--for <duration>", "how long the fault lasts at most, 1s to 10m (default: 30s)", parseFault)
    .addOption(
      new Option("--how <how>", "connections are refused at once, or nothing answers until the timeout")
        .choices(["refused", "silent"] as const)
        .default("refused" as const),
    )
    .option("--at <server...>", "more nameservers to ask: NAME@ADDRESS:PORT")
    .option("--force", "also when it is no canary; needs --reason")
    .option("--reason <text>", "why", parseLineOption)
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      "\nExits with 1 when the rehearsal failed, or took longer than the stated recovery; with 4 when it was refused.\n\nExamples:\n  muster rehearse canary.example.org\n  muster rehearse canary.example.org --for 1m --at ns2@192.0.2.53\n  muster rehearse",
    )
    .action(async (subject, { at = [], force = false, how, json, owner, reason, for: forMs, ...options }) => {
      const client = connect(context, options);
      if (force && reason === undefined) throw new CliError(exitCode.usage, "--force needs a --reason");
      if (subject === undefined) {
        const { rehearsals } = await client.rehearsals();
        if (json === true) return writeJson(context.io, { rehearsals });
        const none = "no rehearsal was held yet\n";
        return context.io.out(rehearsals.length === 0 ? none : rehearsals.map(rehearsalText).join(""));
      }
      const body = { subject, at, force, manner: how, owner: ownerOf(owner) };
      const more = {
        ...(forMs === undefined ? {} : { forSeconds: forMs / 1000 }),
        ...(reason === undefined ? {} : { reason }),
      };
      const rehearsal = await client.rehearse({ ...body, ...more });
      if (json === true) writeJson(context.io, rehearsal);
      else context.io.out(rehearsalText(rehearsal));
      if (rehearsal.verdict !== "ok") context.finish(exitCode.no);
    });
};

function parseFault(text: string): number {
  const ms = parseDurationOption(text);
  if (ms >= FAULT_SECONDS.min * 1000 && ms <= FAULT_SECONDS.max * 1000) return ms;
  throw new InvalidArgumentError("Expected a duration from 1s to 10m.");
}

function rehearsalText(rehearsal: RehearsalReply): string {
  const { at, decidedMs, recoveryMs, returnedMs, sentence, servers, suspectedMs, totalMs, ttlSeconds } = rehearsal;
  const lines = [
    `${formatDateTime(at)}  ${clean(sentence)}`,
    `  first bad probe        ${seconds(suspectedMs)}`,
    `  ruled down             ${seconds(decidedMs)}`,
    ...servers.map(
      ({ endpoint, name, returnedMs: back, servedMs }) =>
        `  ${clean(name)} (${endpoint}): left out after ${seconds(servedMs)}, back after ${seconds(back)}`,
    ),
    `  with the TTL of ${ttlSeconds} s  ${seconds(totalMs)}${recoveryMs === null ? "" : `, stated ${seconds(recoveryMs)}`}`,
    `  all back               ${seconds(returnedMs)}`,
  ];
  return lines.map((line) => `${line}\n`).join("");
}

function seconds(ms: number | null): string {
  return ms === null ? "never" : `${(ms / 1000).toFixed(2)} s`;
}
