/**
 * `muster maintenance`: windows of time in which members are out of the answers, and what happens to them is no alarm.
 * Without `--for` it lists them; with `--end` it ends one.
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { StatusReply } from "../../api/contract.ts";
import { dayNumber, instantOf } from "../../core/calendar.ts";
import { apiOption, connect, jsonOption, ownerOf, ownerOption, reasonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, type CliContext, writeJson } from "../context.ts";
import { formatDateTime, formatDuration } from "../duration.ts";
import { CliError, exitCode } from "../exit-codes.ts";
import { parseDurationOption } from "../options.ts";
import { clean } from "../text.ts";
import { tellDone } from "../told.ts";

export const addMaintenanceCommand: AddCommand = (program, context) => {
  program
    .command("maintenance")
    .summary("take members out for a window of time, without alarms; or list such windows")
    .description(
      "Orders a window of maintenance: members leave the answers one TTL before it and come back after it, and what happens to them meanwhile is marked. Without --for it lists the windows that run or come next.",
    )
    .argument("[members...]", "members by id, name or address; absent: those of --pool, or everything with --all")
    .option("--pool <name...>", "all members of these pools")
    .option("--all", "everything")
    .option("--for <duration>", "how long it lasts: 30m, 2h", parseDurationOption)
    .option(
      "--from <time>",
      'when it begins: "2026-11-22 02:00", or with a zone 2026-11-22T02:00Z; absent: now',
      parseText,
    )
    .option("--time-zone <name>", "of --from; absent: this machine's")
    .option("--name <name>", "what people call it; absent: what it is about")
    .option("--end <name>", "end this window before its time")
    .addOption(reasonOption())
    .addOption(ownerOption())
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      `
Examples:
  muster maintenance
  muster maintenance web1 --from "2026-11-22 02:00" --for 2h --reason "new disk"
  muster maintenance --pool www.example.org --for 30m
  muster maintenance --end web1`,
    )
    .action(async (members, { pool: pools = [], all, from, for: forMs, end, reason, json, ...options }) => {
      const client = connect(context, options);
      const by = { owner: ownerOf(options.owner), reason };
      if (end !== undefined) return tellDone(context, await client.endMaintenance(end, by), json === true);
      if (forMs === undefined) {
        if (members.length + pools.length > 0 || all === true || from !== undefined)
          throw new CliError(exitCode.usage, "A window needs --for, such as --for 2h.");
        return list(context, await client.status(), json === true);
      }
      if ((members.length + pools.length === 0) !== (all === true))
        throw new CliError(exitCode.usage, "Name members, or pools with --pool, or say --all for everything.");
      const begin = from === undefined ? {} : { from: readTime(from, options.timeZone) };
      const name = options.name === undefined ? {} : { name: options.name };
      const body = { members, pools, ...begin, ...name, forSeconds: forMs / 1000, ...by };
      const reply = await client.planMaintenance(body);
      tellDone(context, { ...reply, members: json === true ? reply.members : [] }, json === true);
    });
};

function parseText(text: string): string {
  if (timePattern.test(text)) return text;
  throw new InvalidArgumentError('Expected a time such as "2026-11-22 02:00" or 2026-11-22T02:00Z.');
}

const timePattern = /^(\d{4}-\d\d-\d\d)[ T]([01]\d|2[0-3]):([0-5]\d)(Z|[+-]\d\d:\d\d)?$/;

/** Unix milliseconds. */
function readTime(text: string, timeZone: string | undefined): number {
  const [, date = "", hour = "", minute = "", offset] = timePattern.exec(text) ?? [];
  if (offset !== undefined) {
    const at = Date.parse(`${date}T${hour}:${minute}${offset}`);
    if (!Number.isNaN(at)) return at;
    throw new CliError(exitCode.usage, `"${text}" is no time.`);
  }
  const zone = timeZone ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (Number.isNaN(Date.parse(date))) throw new CliError(exitCode.usage, `"${text}" is no time.`);
  try {
    return instantOf(dayNumber(date), Number(hour) * 60 + Number(minute), zone);
  } catch {
    throw new CliError(exitCode.usage, `"${zone}" is no time zone; expected one such as Europe/Berlin.`);
  }
}

function list({ io }: CliContext, { at, maintenance }: StatusReply, json: boolean): void {
  if (json) return writeJson(io, { at, maintenance });
  if (maintenance.length === 0) io.out("no maintenance is planned\n");
  for (const { from, members, name, owner, pools, reason, recurring, running, to } of maintenance) {
    const scope = [...pools, ...members].join(", ") || "everything";
    const when = running ? `ends in ${formatDuration(to - at)}` : `begins in ${formatDuration(from - at)}`;
    const kind = recurring ? "again and again" : `by ${owner}`;
    const span = `${formatDateTime(from)} to ${formatDateTime(to)}`;
    io.out(clean(`${name}: ${scope}, ${span}, ${when} (${kind}): ${reason}`) + "\n");
  }
}
