import { expect, test } from "vitest";
import { type Wall, wall } from "../base/time.ts";
import type { RecordedPace, RecordedRun } from "./recording.ts";
import { clipLives, Look, mergeLives, Timeline } from "./timeline.ts";

const at = (ms: number): Wall => wall(1_000_000 + ms);
const stream = { target: "a", key: "k", address: "192.0.2.1", intervalMs: 1000 };
const life = [{ from: at(0), to: at(1_000_000) }];

function run(fromMs: number, toMs: number, changes: Partial<RecordedRun> = {}): RecordedRun {
  return {
    target: "a",
    kind: "down",
    from: at(fromMs),
    to: at(toMs),
    count: 2,
    tookMsMax: 3,
    late: false,
    trippedAt: null,
    goodBefore: at(fromMs - 500),
    goodAt: at(toMs + 1000),
    reason: "connection refused",
    ...changes,
  };
}

function lineOf(runs: readonly RecordedRun[], paces: readonly RecordedPace[] = [], lives = life): Timeline {
  return new Timeline(stream, { runs, paces, ages: [], words: [] }, lives);
}

/** What probes at these moments find, in a letter each: up, down, unknown; in capitals where it is guessed. */
function look(timeline: Timeline, moments: readonly number[], timeoutMs = 500): string {
  const probes = new Look(timeline, at(0));
  return moments
    .map((ms) => {
      const { guessed, verdict } = probes.find(at(ms), timeoutMs);
      const letter = verdict.kind === "up" ? "u" : verdict.kind === "down" ? "d" : "n";
      return guessed ? letter.toUpperCase() : letter;
    })
    .join("");
}

test("good before, bad from the first bad probe on, and between two probes the nearer one", () => {
  expect(look(lineOf([run(10_000, 20_000)]), [9_999, 10_000, 20_000, 20_400, 20_600, 21_000])).toBe("uddDUu");
});

test("a fault shorter than the interval is met by the first probe within an interval, and lasts from there", () => {
  const blip = lineOf([run(10_000, 10_002, { goodAt: at(10_050) })]);
  expect(look(blip, [9_700, 10_700, 10_701, 10_800])).toBe("uddu");
  expect(look(blip, [9_000, 11_500])).toBe("uu");
});

test("who hung until a moment answers then, if the timeout allows", () => {
  const frozen = lineOf([run(10_000, 19_000, { late: true, tookMsMax: 500, goodAt: at(19_300) })]);
  const probes = new Look(frozen, at(0));
  expect(probes.find(at(12_000), 700).verdict).toMatchObject({ kind: "down", tookMs: 700 });
  expect(probes.find(at(18_900), 700).verdict).toMatchObject({ kind: "up", tookMs: 400 });
});

test("runs that follow one another are one outage; the checker's own faults are none", () => {
  const bad = run(10_000, 12_000, { goodAt: null });
  const worse = run(13_000, 15_000, { goodBefore: bad.goodBefore, reason: "no answer" });
  const own = run(30_000, 32_000, { kind: "unknown" });
  expect(lineOf([bad, worse, own]).outages).toEqual([
    { from: at(10_000), to: at(16_000), reason: "connection refused", earlierMs: 500 },
  ]);
  expect(look(lineOf([own]), [31_000])).toBe("n");
});

test("between a fault of the checker's own and one of the target it is not known to be down, nor good", () => {
  const own = run(10_000, 12_000, { kind: "unknown", goodAt: null });
  const bad = run(13_000, 15_000, { goodBefore: own.goodBefore });
  expect(look(lineOf([own, bad]), [12_100, 12_900, 13_000])).toBe("nnd");
});

test("what was bad when muster ended is not bad for ever", () => {
  const lives = [
    { from: at(0), to: at(20_000) },
    { from: at(50_000), to: at(90_000) },
  ];
  expect(look(lineOf([run(10_000, 19_000, { goodAt: null })], [], lives), [19_000, 60_000])).toBe("du");
});

test("lives that touch are one, and only what lies within the time counts", () => {
  const lives = mergeLives([
    { from: at(0), to: at(10) },
    { from: at(10), to: at(20) },
    { from: at(40), to: at(50) },
  ]);
  expect(lives).toEqual([
    { from: at(0), to: at(20) },
    { from: at(40), to: at(50) },
  ]);
  expect(clipLives(lives, { from: at(5), to: at(40) })).toEqual([{ from: at(5), to: at(20) }]);
});
