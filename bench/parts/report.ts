/**
 * Collects samples into rows and prints them: a table of medians with their spread and the ratio of each peer to
 * muster, the goals with how far each is met or missed, the settings of all subjects, and the machine. A figure
 * without these cannot be judged, so they are always printed together.
 */
import { formatNumber, spreadOf } from "./statistics.ts";
import type { Bench, Goal, Report, Row, Subject } from "./types.ts";

export interface Collected {
  readonly rows: readonly Row[];
  readonly settings: ReadonlyMap<Subject, string>;
  readonly notes: readonly string[];
}

export function createReport(progress: (text: string) => void): { readonly report: Report; collected(): Collected } {
  const rows: Row[] = [];
  const settings = new Map<Subject, string>();
  const notes: string[] = [];
  const report: Report = {
    samples: (of, values) => {
      if (values.length === 0) return;
      const row = { ...of, ...roundSpread(values) };
      rows.push(row);
      progress(`  ${row.subject} ${row.case}: ${spreadText(row)} ${row.metric}`);
    },
    setting: (subject, text) => {
      const known = settings.get(subject);
      if (known === undefined) settings.set(subject, text);
      else if (!known.includes(text)) settings.set(subject, `${known} | ${text}`);
    },
    note: (text) => {
      if (!notes.includes(text)) notes.push(text);
    },
    progress,
  };
  return { report, collected: () => ({ rows, settings, notes }) };
}

function roundSpread(values: readonly number[]) {
  const { median, min, max, runs } = spreadOf(values);
  const round = (value: number): number => Number(value.toPrecision(6));
  return { median: round(median), min: round(min), max: round(max), runs };
}

function spreadText(row: Row): string {
  return `${formatNumber(row.median)} (${formatNumber(row.min)} to ${formatNumber(row.max)})`;
}

const columns = ["case", "metric", "subject", "median", "min", "max", "runs", "to muster"] as const;

export function tableLines(rows: readonly Row[]): string[] {
  const sorted = [...Map.groupBy(rows, (row) => `${row.case} ${row.metric}`).values()].flat();
  const cells = sorted.map((row) => [
    row.case,
    row.metric,
    row.subject,
    formatNumber(row.median),
    formatNumber(row.min),
    formatNumber(row.max),
    String(row.runs),
    ratioText(row, rows),
  ]);
  return markdownTable([[...columns], ...cells]);
}

/** The row's median divided by muster's in the same case. */
function ratioText(row: Row, rows: readonly Row[]): string {
  const own = findRow(rows, { subject: "muster", case: row.case, metric: row.metric });
  if (own === undefined || own === row || own.median === 0) return "";
  return `${(row.median / own.median).toFixed(2)} x`;
}

function findRow(rows: readonly Row[], of: { subject: Subject; case: string; metric: string }): Row | undefined {
  return rows.find((row) => row.subject === of.subject && row.case === of.case && row.metric === of.metric);
}

export function goalLines(goals: readonly Goal[], rows: readonly Row[]): string[] {
  const lines = goals.map((goal) => [goal.case, goal.metric, limitText(goal), ...judge(goal, rows)]);
  return lines.length === 0 ? [] : markdownTable([["case", "metric", "goal", "muster", "verdict"], ...lines]);
}

function limitText(goal: Goal): string {
  const sign = goal.direction === "at-most" ? "<=" : ">=";
  const { limit } = goal;
  if (limit.kind === "number") return `${sign} ${limit.value}`;
  return `${sign} ${limit.factor} x ${limit.to}${limit.case === goal.case ? "" : ` (${limit.case})`}`;
}

function judge(goal: Goal, rows: readonly Row[]): readonly [string, string] {
  const own = findRow(rows, { subject: "muster", case: goal.case, metric: goal.metric });
  if (own === undefined) return ["", "not measured"];
  const { limit } = goal;
  const peer =
    limit.kind === "ratio" ? findRow(rows, { subject: limit.to, case: limit.case, metric: goal.metric }) : null;
  if (peer === undefined) return [formatNumber(own.median), "peer not measured"];
  const bound = limit.kind === "number" ? limit.value : limit.factor * (peer?.median ?? 0);
  const met = goal.direction === "at-most" ? own.median <= bound : own.median >= bound;
  return [formatNumber(own.median), `${met ? "met" : "MISSED"}${distanceText(own.median, bound)}`];
}

function distanceText(value: number, bound: number): string {
  if (bound === 0) return value === 0 ? "" : `: ${formatNumber(value)} instead of 0`;
  return `: ${(value / bound).toFixed(2)} x the limit of ${formatNumber(bound)}`;
}

function markdownTable(lines: readonly (readonly string[])[]): string[] {
  const [head = []] = lines;
  const widths = head.map((_, i) => Math.max(...lines.map((cells) => (cells[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(" | ")} |`;
  const rule = `|${widths.map((width) => "-".repeat(width + 2)).join("|")}|`;
  return [line(head), rule, ...lines.slice(1).map(line)];
}

/** The whole section for one benchmark, in Markdown: it reads as well on a terminal as in `RESULTS.md`. */
export function sectionLines(bench: Bench, collected: Collected): string[] {
  const settings = [...collected.settings].map(([subject, text]) => `- ${subject}: ${text}`);
  return [
    `## ${bench.name}`,
    "",
    bench.about,
    "",
    ...tableLines(collected.rows),
    "",
    ...goalLines(bench.goals, collected.rows),
    "",
    "Settings:",
    "",
    ...settings,
    ...(collected.notes.length === 0 ? [] : ["", "Notes:", ""]),
    ...collected.notes.map((note) => `- ${note}`),
  ];
}
