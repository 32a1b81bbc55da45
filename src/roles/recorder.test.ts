import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureCheck } from "../core/fixtures.ts";
import type { Verdict } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { Recorder } from "./recorder.ts";

const target = makeReference({ address: "192.0.2.1", family: 4, check: fixtureCheck() });
const good = { kind: "up", tookMs: 2, detail: "connected" } as const;
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
  const none = { ages: [], words: [], vantages: [] };
  expect(recorder.take(wall(1_000_000))).toEqual({
    ...none,
    runs: [],
    paces: [{ target: target.id, at: 0, count: 1000, meanMs: 2, maxMs: 2, maxAt: 998 }],
  });
  note(recorder, [good], 1_001_000);
  expect(recorder.take(wall(1_100_000))).toEqual({ ...none, runs: [], paces: [] });
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

test("who hung until an answer came did so until then, and that answer is no pace", () => {
  const recorder = new Recorder();
  recorder.take(wall(0));
  const late: Verdict = { kind: "down", tookMs: 400, reason: "no answer within 400 ms" };
  note(recorder, [good, late, late]);
  note(recorder, [{ ...good, tookMs: 4500 }, good], 8000);
  const { paces, runs } = recorder.take(wall(70_000));
  expect(runs).toMatchObject([{ from: 1600, to: 3000, goodAt: 8000 }]);
  expect(paces).toMatchObject([{ count: 2, maxMs: 2 }]);
});

/** One verdict a minute: how far the data is behind, in minutes. */
function follow(recorder: Recorder, lagMinutes: readonly number[], fromMs: number): void {
  for (const [i, lag] of lagMinutes.entries()) {
    const endedAt = wall(fromMs + i * 60_000);
    const data = { at: wall(endedAt - lag * 60_000), staleMs: lag * 60_000 };
    recorder.note(target, { ...good, data }, { endedAt, timeoutMs: 400 });
  }
}

test("M5 a mirror that follows its origin costs one row; one that falls behind, one each time that doubles", () => {
  const recorder = new Recorder();
  const following = Array.from({ length: 1000 }, () => 0);
  follow(recorder, following, 0);
  expect(recorder.take(wall(0)).ages).toEqual([{ target: target.id, at: 0, dataAt: 0, staleMs: 0 }]);
  const stuck = Array.from({ length: 64 }, (_, i) => i + 1);
  follow(recorder, stuck, 60_000_000);
  // Its data stays the same, and so it is kept only as it doubles.
  expect(recorder.take(wall(0)).ages.map(({ staleMs }) => staleMs / 60_000)).toEqual([1, 2, 4, 8, 16, 32, 64]);
});

test("D6 of what watchers say only changes are rows, and when they were heard is one", () => {
  const recorder = new Recorder();
  const word = { targetId: target.id, reason: "status 200", fault: null, since: wall(0), suspected: false, able: true };
  const say = (at: number, health: "up" | "down", sick: string | null = null): void =>
    recorder.hear({ watcher: "fra", sick, words: [{ ...word, health }] }, wall(at));
  for (let at = 1000; at <= 100_000; at += 1000) say(at, at === 50_000 ? "down" : "up");
  say(101_000, "up", "its own network");
  say(200_000, "up");
  const { vantages, words } = recorder.take(wall(200_000));
  expect(words.map(({ at, health }) => `${at} ${health}`)).toEqual(["1000 up", "50000 down", "51000 up"]);
  expect(vantages.map(({ from, sick, to }) => [from, to, sick])).toEqual([
    [1000, 100_000, null],
    [101_000, 101_000, "its own network"],
    [200_000, 200_000, null],
  ]);
  expect(recorder.take(wall(201_000))).toMatchObject({ words: [], vantages: [] });
});
