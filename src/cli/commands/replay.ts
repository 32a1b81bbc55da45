/** `muster replay`: what other thresholds would have made of what was recorded, beside what happened. */
import { counted } from "../../base/listed.ts";
import type { ReplayReply } from "../../api/contract-replay.ts";
import { apiOption, connect, jsonOption, tokenFileOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { formatDateTime, formatDuration } from "../duration.ts";
import { exitCode } from "../exit-codes.ts";
import type { CliIo } from "../io.ts";
import { parseDurationOption } from "../options.ts";
import { type Cell, clean, createPaint, layoutTable } from "../text.ts";
import { readTextFile } from "../read-text.ts";

const sinceMsDefault = 604_800_000;
const outageMsDefault = 2000;

export const addReplayCommand: AddCommand = (program, context) => {
  program
    .command("replay")
    .summary("judge what was recorded by other thresholds, side by side")
    .description(
      "Plays what probes found against the configuration that ran and against others, and shows failovers, false alarms, missed outages, detection times and who would have answered. Changes nothing.",
    )
    .option("--since <duration>", "from so long ago: 12h, 7d (default: 7d)", parseDurationOption)
    .option("--until <duration>", "until so long ago (default: now)", parseDurationOption)
    .option("--config <file...>", "configurations to compare with")
    .option("--outage <duration>", "a fault that is shorter is no outage (default: 2s)", parseDurationOption)
    .addOption(jsonOption())
    .addOption(apiOption())
    .addOption(tokenFileOption())
    .addHelpText(
      "after",
      "\nExits with 1 when a configuration has more false alarms or missed outages than the one that ran.\n\nExamples:\n  muster replay --since 7d --config calmer.yaml\n  muster replay --since 2d --until 1d --config a.yaml --config b.yaml --json",
    )
    .action(async ({ config = [], json, outage, since = sinceMsDefault, until = 0, ...options }) => {
      const configs = await Promise.all(config.map(async (file) => ({ name: file, text: await readTextFile(file) })));
      const client = connect(context, options);
      const { at } = await client.status();
      const time = { from: at - since, to: at - until, outageMs: outage ?? outageMsDefault };
      const report = await client.replay({ ...time, configs });
      if (json === true) writeJson(context.io, report);
      else
        context.io.out(
          replayText(report, context.io)
            .map((line) => `${line}\n`)
            .join(""),
        );
      if (isWorse(report)) context.finish(exitCode.no);
    });
};

/** The second column is the configuration that ran, those after it the others. */
function isWorse({ columns }: ReplayReply): boolean {
  const [, ran, ...others] = columns;
  return others.some(({ falseAlarms, missed }) => falseAlarms > (ran?.falseAlarms ?? 0) || missed > (ran?.missed ?? 0));
}

const widthDefault = 160;

function replayText(report: ReplayReply, io: CliIo): readonly string[] {
  const { blips, columns, earlier, from, knownMs, members, outageMs, outages, to } = report;
  const paint = createPaint(io);
  const table = (titles: readonly string[], rows: readonly (readonly Cell[])[]): readonly string[] =>
    layoutTable(
      titles.map((title) => ({ title })),
      rows,
      { width: io.screen?.columns() ?? widthDefault, paint },
    );
  const names = columns.map(({ name }) => clean(name));
  const begun = earlier === null ? "" : `; they may have begun up to ${ms(earlier.maxMs)} before their first bad probe`;
  return [
    `${formatDateTime(from)} to ${formatDateTime(to)}, of which ${formatDuration(knownMs)} are known`,
    `${counted(outages, "outage")} of ${ms(outageMs)} or longer, and ${counted(blips, "shorter fault")}${begun}`,
    "",
    ...table(["", ...names], countRows(columns)),
    "",
    ...table(["MEMBER", "OUTAGES", "GOOD", ...names], members.map(memberRow)),
    ...noteLines(report),
  ];
}

function countRows(columns: ReplayReply["columns"]): readonly (readonly Cell[])[] {
  const row = (title: string, pick: (column: ReplayReply["columns"][number]) => string): readonly Cell[] => [
    { text: title },
    ...columns.map((column): Cell => ({ text: pick(column) })),
  ];
  return [
    row("failovers", ({ failovers }) => String(failovers)),
    row("changes of answers", ({ answerChanges }) => String(answerChanges)),
    row("removals", ({ removals }) => String(removals)),
    row("false alarms", ({ falseAlarms }) => String(falseAlarms)),
    row("missed outages", ({ missed }) => String(missed)),
    row("detected", ({ detection }) => String(detection?.count ?? 0)),
    row("detection p50", ({ detection }) => (detection === null ? "-" : ms(detection.p50Ms))),
    row("detection p99", ({ detection }) => (detection === null ? "-" : ms(detection.p99Ms))),
    row("detection max", ({ detection }) => (detection === null ? "-" : ms(detection.maxMs))),
  ];
}

function memberRow({ answering, good, id, outages }: ReplayReply["members"][number]): readonly Cell[] {
  return [
    { text: clean(id) },
    { text: String(outages) },
    { text: share(good) },
    ...answering.map((one): Cell => ({ text: share(one) })),
  ];
}

function noteLines({ columns, notes }: ReplayReply): readonly string[] {
  const all = [...notes, ...columns.flatMap((column) => column.notes.map((note) => `${column.name}: ${note}`))];
  return all.length === 0 ? [] : ["", ...all.map((note) => `- ${clean(note)}`)];
}

function share(value: number | null): string {
  return value === null ? "not known" : `${(value * 100).toFixed(3)} %`;
}

function ms(value: number): string {
  return value < 1000 ? `${Math.round(value)} ms` : `${(value / 1000).toFixed(2)} s`;
}
