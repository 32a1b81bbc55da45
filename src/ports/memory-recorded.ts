/** The record of what probes found, in memory: the same promises as the tables of SQLite, for tests and simulations. */
import type { Wall } from "../base/time.ts";
import type { RecordingBatch, Recorded, RecordingKeep, RecordedRun } from "../core/recording.ts";

export const nothingRecorded: Recorded = { streams: [], runs: [], paces: [], lives: [], configs: [] };

export function addRecord(before: Recorded, batch: RecordingBatch): Recorded {
  const streams = new Map([...before.streams, ...batch.streams].map((stream) => [stream.target, stream]));
  const runs = new Map([...before.runs, ...batch.runs].map((run) => [`${run.from} ${run.target}`, run]));
  const lives = new Map(before.lives.map((life) => [life.from, life]));
  if (batch.life !== null) lives.set(batch.life.from, batch.life);
  return {
    streams: [...streams.values()].toSorted((a, b) => (a.target < b.target ? -1 : 1)),
    runs: [...runs.values()].toSorted(byBeginning),
    paces: [...before.paces, ...batch.paces].toSorted((a, b) => a.at - b.at || (a.target < b.target ? -1 : 1)),
    lives: [...lives.values()].toSorted((a, b) => a.from - b.from),
    configs: batch.config === null ? before.configs : [...before.configs, batch.config],
  };
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
    lives: record.lives.filter((life) => life.from <= to && life.to >= from),
    configs: record.configs.filter((config) => config === before || (config.at > from && config.at <= to)),
  };
}
