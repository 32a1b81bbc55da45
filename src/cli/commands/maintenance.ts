/**
 * `muster maintenance`: windows of time in which members are out of the answers, and what happens to them is no alarm.
 * Without `--for` it lists them; with `--end` it ends one, and with `--cancel` one comes no more.
 */
import { InvalidArgumentError } from "@commander-js/extra-typings";
import type { MaintenanceBody, StatusReply } from "../../api/contract.ts";
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
      "Orders a window of maintenance, once or with --every again and again: members leave the answers one TTL before it and come back after it, and what happens to them meanwhile is marked. Without --for it lists the windows that run or come next.",
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
    .option("--every <when>", 'it comes again: "Sun 02:00", "Mon,Thu 23:30" or "daily 04:00"')
    .option("--until <time>", "of --every: it comes no more after this; absent: until --cancel", parseText)
    .option("--time-zone <name>", "of --from, --every and --until; absent: this machine's")
    .option("--name <name>", "what people call it; absent: what it is about")
    .option("--end <name>", "end this window before its time; one of --every comes again")
    .option("--cancel <name>", "this window of --every comes no more")
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
  muster maintenance web1 --every "Sun 02:00" --for 2h --time-zone Europe/Berlin --reason backups
  muster maintenance --end web1`,
    )
    .action(async (members, { pool: pools = [], all, cancel, end, json = false, reason, ...options }) => {
      const client = connect(context, options);
      const by = { owner: ownerOf(options.owner), reason };
      if (end !== undefined) return tellDone(context, await client.endMaintenance(end, by), json);
      if (cancel !== undefined) return tellDone(context, await client.cancelMaintenance(cancel, by), json);
      const { for: forMs, name } = options;
      if (forMs === undefined) {
        const isOrder = members.length + pools.length > 0 || all === true;
        if (isOrder || options.from !== undefined || options.every !== undefined)
          throw new CliError(exitCode.usage, "A window needs --for, such as --for 2h.");
        return list(context, await client.status(), json);
      }
      if ((members.length + pools.length === 0) !== (all === true))
        throw new CliError(exitCode.usage, "Name members, or pools with --pool, or say --all for everything.");
      const about = { members, pools, ...(name === undefined ? {} : { name }) };
      const body = { ...about, ...whenOf(options), forSeconds: forMs / 1000, ...by };
      const reply = await client.planMaintenance(body);
      tellDone(context, { ...reply, members: json ? reply.members : [] }, json);
    });
};

interface When {
  readonly from?: string | undefined;
  readonly every?: string | undefined;
  readonly until?: string | undefined;
  readonly timeZone?: string | undefined;
}

/** Once from a time on, or again and again by a clock that the operator names. */
function whenOf({ every, from, timeZone, until }: When): Partial<MaintenanceBody> {
  if (every === undefined) {
    if (until !== undefined) throw new CliError(exitCode.usage, "--until belongs to --every; --for says how long.");
    return from === undefined ? {} : { from: readTime(from, timeZone) };
  }
  if (from !== undefined) throw new CliError(exitCode.usage, "--every says when it begins, so --from cannot.");
  const end = until === undefined ? {} : { until: readTime(until, timeZone) };
  return { every, timeZone: timeZone ?? ownTimeZone(), ...end };
}

function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

function parseText(text: string): string {
  if (timePattern.test(text)) return text;
  throw new InvalidArgumentError('Expected a time such as "2026-11-22 02:00" or 2026-11-22T02:00Z.');
}

const timePattern = /^(\d{4}-\d\d-\d\d)[ T]([01]\d|2[0-3]):([0-5]\d)(Z|[+-]\d\d:\d\d)?$/;

/** A 30 February would be read as one of the first days of March. */
function isDay(date: string): boolean {
  const at = Date.parse(date);
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(date);
}

/** Unix milliseconds. */
function readTime(text: string, timeZone: string | undefined): number {
  const [, date = "", hour = "", minute = "", offset] = timePattern.exec(text) ?? [];
  if (!isDay(date)) throw new CliError(exitCode.usage, `"${text}" is no time: there is no ${date}.`);
  if (offset !== undefined) {
    const at = Date.parse(`${date}T${hour}:${minute}${offset}`);
    if (!Number.isNaN(at)) return at;
    throw new CliError(exitCode.usage, `"${text}" is no time.`);
  }
  const zone = timeZone ?? ownTimeZone();
  try {
    return instantOf(dayNumber(date), Number(hour) * 60 + Number(minute), zone);
  } catch {
    throw new CliError(exitCode.usage, `"${zone}" is no time zone; expected one such as Europe/Berlin.`);
  }
}

function list({ io }: CliContext, { at, maintenance }: StatusReply, json: boolean): void {
  if (json) return writeJson(io, { at, maintenance });
  if (maintenance.length === 0) io.out("no maintenance is planned\n");
  for (const { from, members, name, owner, pools, reason, running, series, to } of maintenance) {
    const scope = [...pools, ...members].join(", ") || "everything";
    const when = running ? `ends in ${formatDuration(to - at)}` : `begins in ${formatDuration(from - at)}`;
    const kind = series === null ? `by ${owner}` : `${seriesText(series)}, by ${owner}`;
    const span = `${formatDateTime(from)} to ${formatDateTime(to)}`;
    io.out(clean(`${name}: ${scope}, ${span}, ${when} (${kind}): ${reason}`) + "\n");
  }
}

function seriesText({ every, timeZone, until }: NonNullable<StatusReply["maintenance"][number]["series"]>): string {
  return `${every} ${timeZone}${until === null ? "" : ` until ${formatDateTime(until)}`}`;
}
