/** `muster simulate --fail MEMBER...`: what would be seen, decided and answered, before it happens. */
import { Option } from "@commander-js/extra-typings";
import type { SimulationReply } from "../../api/contract.ts";
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { clean } from "../text.ts";

export const addSimulateCommand: AddCommand = (program, context) => {
  program
    .command("simulate")
    .summary("show what would happen if members failed, and change nothing")
    .description(
      "Plays a failure on a copy of the controller's state: what would be told and when, who would answer then, with which TTL, and how long resolvers keep the answer from before.",
    )
    .requiredOption("--fail <member...>", "members that fail, by id, label or address")
    .addOption(
      new Option("--how <how>", "connections are refused at once, or nothing answers until the timeout")
        .choices(["refused", "silent"] as const)
        .default("refused" as const),
    )
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      "\nExamples:\n  muster simulate --fail web1\n  muster simulate --fail 192.0.2.10 192.0.2.11 --how silent",
    )
    .action(async ({ fail, how, json, ...options }) => {
      const reply = await connect(context, options).simulate({ fail, how });
      if (json === true) writeJson(context.io, reply);
      else context.io.out(simulationText(reply));
    });
};

/** What probes find, what is told of it, and who hears: in the order of time. */
function timeLines({ messages, story, ttls, verdicts }: SimulationReply): string[] {
  const all = [
    ...verdicts.map(({ address, atMs, detail, verdict }) => ({
      atMs,
      text: `probe of ${address}: ${verdict}, ${detail}`,
    })),
    ...story.map(({ atMs, sentence }) => ({ atMs, text: sentence })),
    ...ttls.map(({ atMs, name, ttlSeconds }) => ({ atMs, text: `${name} is answered with the TTL ${ttlSeconds} s` })),
    ...messages.map(({ atMs, channel, severity, texts, to }) => ({
      atMs,
      text: `${channel} (${to.join(", ")}) is told, ${severity}: ${texts.join("; ")}`,
    })),
  ];
  return all
    .toSorted((a, b) => a.atMs - b.atMs)
    .map(({ atMs, text }) => `${`+${(atMs / 1000).toFixed(2)} s`.padStart(11)}  ${clean(text)}`);
}

function simulationText(reply: SimulationReply): string {
  const { answers, zones } = reply;
  const lines = timeLines(reply);
  for (const answer of answers) {
    const { after, before, cachedSeconds, lastResort, name, ttlSeconds } = answer;
    lines.push(clean(name));
    lines.push(`  before  ${before.map(clean).join(", ")}`);
    lines.push(
      `  after   ${after.map(clean).join(", ") || "nothing"}${lastResort ? " (last resort)" : ""}, TTL ${ttlSeconds} s`,
    );
    lines.push(`  resolvers may keep the answer from before for ${cachedSeconds} s`);
  }
  for (const { added, removed } of zones) {
    lines.push(...removed.map((line) => `  - ${clean(line)}`), ...added.map((line) => `  + ${clean(line)}`));
  }
  return lines.map((line) => `${line}\n`).join("");
}
