/** `muster report`: who was out, how long, why, and how fast it was seen. */
import type { ApiClient } from "../../api/client.ts";
import { EVENTS_LIMIT_MAX, type EventReply, type StatusReply } from "../../api/contract.ts";
import { wall } from "../../base/time.ts";
import type { HistoryEvent } from "../../core/model.ts";
import type { SubjectName } from "../../core/notify-names.ts";
import { type OutNow, readOutages, reportText } from "../../core/outages.ts";
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { parseDurationOption } from "../options.ts";
import { clean } from "../text.ts";

const sinceMsDefault = 604_800_000;
/** Requests of one report: what is more is left out. */
const pagesMax = 500;

export const addReportCommand: AddCommand = (program, context) => {
  program
    .command("report")
    .summary("tell who was out, how long, why, and how fast it was seen")
    .description("Tells from the history who was out, how long, why, and how fast it was seen; the longest out first.")
    .option("--since <duration>", "from so long ago until now: 12h, 7d (default: 7d)", parseDurationOption)
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText("after", "\nExamples:\n  muster report\n  muster report --since 30d --json")
    .action(async ({ json, since = sinceMsDefault, ...options }) => {
      const client = connect(context, options);
      const status = await client.status();
      const from = wall(status.at - since);
      const events = (await readEvents(client, from)) as readonly HistoryEvent[];
      const report = readOutages(events, { from, to: wall(status.at), names: namesOf(status), out: outOf(status) });
      if (json === true) return writeJson(context.io, report);
      const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
      context.io.out(`${reportText(report, zone).split("\n").map(clean).join("\n")}\n`);
    });
};

async function readEvents(client: ApiClient, since: number): Promise<readonly EventReply[]> {
  const events: EventReply[] = [];
  let after = 0;
  for (let page = 0; page < pagesMax; page++) {
    const found = (await client.events({ after, since, limit: EVENTS_LIMIT_MAX })).events;
    events.push(...found);
    after = found.at(-1)?.id ?? after;
    if (found.length < EVENTS_LIMIT_MAX) break;
  }
  return events;
}

/** As `outNow`, from what the API shows. */
function outOf({ guard, pools }: StatusReply): OutNow {
  const judged = [...pools.flatMap(({ members }) => members), ...guard.references];
  return new Map(
    judged.flatMap(({ health, reason, since, targetId }) =>
      health === "down" || health === "flapping" ? [[targetId, { since: wall(since), reason }] as const] : [],
    ),
  );
}

/** As `nameSubjects`, from what the API shows. */
function namesOf({ guard, pools }: StatusReply): ReadonlyMap<string, SubjectName> {
  const names = new Map<string, SubjectName>();
  for (const { members, name } of pools)
    for (const { label, targetId } of members)
      if (!names.has(targetId)) names.set(targetId, { text: `${label} (${name})`, words: [] });
  for (const { address, targetId } of guard.references)
    names.set(targetId, { text: `reference ${address}`, words: [] });
  return names;
}
