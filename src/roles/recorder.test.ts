import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureCheck } from "../core/fixtures.ts";
import type { Verdict } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { Recorder } from "./recorder.ts";

const target = makeReference({ address: "192.0.2.1", family: 4, check: fixtureCheck() });
const good: Verdict = { kind: "up", tookMs: 2, detail: "connected" };
const refused: Verdict = { kind: "down", tookMs: 1, reason: "connection refused" };

/** Notes one verdict a second from `fromMs` on. */
function note(recorder: Recorder, verdicts: readonly Verdict[], fromMs = 1000): void {
  for (const [i, verdict] of verdicts.entries())
    recorder.note(target, verdict, { endedAt: wall(fromMs + i * 1000), timeoutMs: 400 });
}

test("a thousand good probes are no row but their pace", () => {
  const recorder = new Recorder();
  recorder.take(wall(0));
  note(
    recorder,
    Array.from({ length: 1000 }, () => good),
  );
  expect(recorder.take(wall(1_000_000))).toEqual({
    runs: [],
    paces: [{ target: target.id, at: 0, count: 1000, meanMs: 2, maxMs: 2, maxAt: 998 }],
  });
  note(recorder, [good], 1_001_000);
  expect(recorder.take(wall(1_100_000))).toEqual({ runs: [], paces: [] });
});

test("bad probes in a row are one row, with what was good before and after", () => {
  const recorder = new Recorder();
  recorder.tripped(target.id, wall(500));
  note(recorder, [good]);
  recorder.tripped(target.id, wall(1500));
  note(recorder, [refused, refused, refused, good], 2000);
  expect(recorder.take(wall(9000)).runs).toEqual([
    {
      target: target.id,
      kind: "down",
      from: 1999,
      to: 4000,
      count: 3,
      tookMsMax: 1,
      late: false,
      trippedAt: 1500,
      goodBefore: 1000,
      goodAt: 4998,
      reason: "connection refused",
    },
  ]);
});

test("a run that lasts is given each time it has grown, under the same beginning", () => {
  const recorder = new Recorder();
  note(recorder, [refused]);
  const [first] = recorder.take(wall(1500)).runs;
  expect(recorder.take(wall(1600)).runs).toEqual([]);
  note(recorder, [refused], 2000);
  const [second] = recorder.take(wall(2500)).runs;
  expect(second).toEqual({ ...first, to: 2000, count: 2 });
});

test("another fault is another run, and a reason that changes each time does not fill the record", () => {
  const recorder = new Recorder();
  const late: Verdict = { kind: "down", tookMs: 400, reason: "no answer within 400 ms" };
  const unknown: Verdict = { kind: "unknown", tookMs: 1, reason: "no route" };
  note(recorder, [refused, late, unknown, good]);
  const kinds = recorder.take(wall(9000)).runs.map(({ kind, late: isLate }) => `${kind} ${isLate}`);
  expect(kinds).toEqual(["down false", "down true", "unknown false"]);
  const behind = Array.from({ length: 100 }, (_, i): Verdict => ({ ...refused, reason: `${i} s behind` }));
  note(recorder, [...behind, good], 10_000);
  const runs = recorder.take(wall(999_000)).runs;
  expect(runs).toHaveLength(8);
  expect(runs.reduce((sum, { count }) => sum + count, 0)).toBe(100);
});

test("a minute with answers twice as slow is worth a row", () => {
  const recorder = new Recorder();
  const paces: number[] = [];
  for (const [minute, tookMs] of [10, 12, 18, 40, 41, 9].entries()) {
    recorder.take(wall(minute * 60_000));
    note(recorder, [{ ...good, tookMs }], minute * 60_000 + 1000);
    paces.push(...recorder.take(wall((minute + 1) * 60_000)).paces.map(({ maxMs }) => maxMs));
  }
  expect(paces).toEqual([10, 40, 9]);
});
