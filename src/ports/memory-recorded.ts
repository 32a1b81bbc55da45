/** The record of what probes found, in memory: the same promises as the tables of SQLite, for tests and simulations. */
import type { Wall } from "../base/time.ts";
import type { RecordingBatch, Recorded, RecordingKeep, RecordedRun } from "../core/recording.ts";

export const nothingRecorded: Recorded = {
  streams: [],
  runs: [],
  paces: [],
  ages: [],
  words: [],
  vantages: [],
  lives: [],
  configs: [],
};

export function addRecord(before: Recorded, batch: RecordingBatch): Recorded {
  const streams = new Map([...before.streams, ...batch.streams].map((stream) => [stream.target, stream]));
  const runs = new Map([...before.runs, ...batch.runs].map((run) => [`${run.from} ${run.target}`, run]));
  const vantages = new Map([...before.vantages, ...batch.vantages].map((one) => [`${one.from} ${one.watcher}`, one]));
  const lives = new Map(before.lives.map((life) => [life.from, life]));
  if (batch.life !== null) lives.set(batch.life.from, batch.life);
  return {
    streams: [...streams.values()].toSorted((a, b) => (a.target < b.target ? -1 : 1)),
    runs: [...runs.values()].toSorted(byBeginning),
    paces: [...before.paces, ...batch.paces].toSorted(byTime),
    ages: [...before.ages, ...batch.ages].toSorted(byTime),
    words: [...before.words, ...batch.words].toSorted((a, b) => byTime(a, b) || (a.watcher < b.watcher ? -1 : 1)),
    vantages: [...vantages.values()].toSorted((a, b) => a.from - b.from || (a.watcher < b.watcher ? -1 : 1)),
    lives: [...lives.values()].toSorted((a, b) => a.from - b.from),
    configs: batch.config === null ? before.configs : [...before.configs, batch.config],
  };
}

type Dated = { readonly at: Wall; readonly target: string };

function byTime(a: Dated, b: Dated): number {
  return a.at - b.at || (a.target < b.target ? -1 : a.target > b.target ? 1 : 0);
}

/** Those within the time, and of each kind the last before it. */
function within<T extends Dated>(rows: readonly T[], span: { from: Wall; to: Wall }, kindOf: (row: T) => string): T[] {
  const last = new Map(rows.filter(({ at }) => at <= span.from).map((row) => [kindOf(row), row]));
  return rows.filter((row) => row.at <= span.to && (row.at > span.from || last.get(kindOf(row)) === row));
}

function byBeginning(a: RecordedRun, b: RecordedRun): number {
  return a.from - b.from || (a.target < b.target ? -1 : 1);
}

export function withoutOld(record: Recorded, { ms }: RecordingKeep): Recorded {
  const end = Math.max(...record.lives.map(({ to }) => to), 0);
  return pickRecorded(record, { from: (end - ms) as Wall, to: Number.POSITIVE_INFINITY as Wall });
}

export function pickRecorded(record: Recorded, { from, to }: { readonly from: Wall; readonly to: Wall }): Recorded {
  const before = record.configs.findLast(({ at }) => at <= from);
  return {
    streams: record.streams,
    runs: record.runs.filter((run) => run.from <= to && Math.max(run.to, run.goodAt ?? 0) >= from),
    paces: record.paces.filter(({ at }) => at >= from && at <= to),
    ages: within(record.ages, { from, to }, ({ target }) => target),
    words: within(record.words, { from, to }, ({ target, watcher }) => `${target} ${watcher}`),
    vantages: record.vantages.filter((span) => span.from <= to && span.to >= from),
    lives: record.lives.filter((life) => life.from <= to && life.to >= from),
    configs: record.configs.filter((config) => config === before || (config.at > from && config.at <= to)),
  };
}
