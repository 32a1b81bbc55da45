import { expect, test } from "vitest";
import type { CompositeProbe, ProbeConfig } from "./model.ts";
import { Tally } from "./tally.ts";

function tcp(port: number): ProbeConfig {
  return { kind: "tcp", port, send: null, expect: null, replyBytesMax: 1_024 };
}

const of = [tcp(1), tcp(2), tcp(3)];
const all: CompositeProbe = { kind: "all", of };
const any: CompositeProbe = { kind: "any", of };
const two: CompositeProbe = { kind: "at-least", count: 2, of };

/** The verdicts of the parts in the order in which they come, then how many it took, and the outcome. */
const cases: readonly (readonly [CompositeProbe, string, number, string])[] = [
  [all, "up up up", 3, "up: all 3 up; tcp:3: fine"],
  [all, "up down up", 2, "down: not all 3 up; tcp:2: bad"],
  [all, "down up up", 1, "down: not all 3 up; tcp:1: bad"],
  [all, "up unknown up", 3, "up: all 2 up; tcp:3: fine"],
  [all, "unknown unknown down", 3, "down: not all 3 up; tcp:3: bad"],
  [all, "unknown unknown unknown", 3, "unknown: no part can be judged; tcp:3: odd"],
  [any, "up down down", 1, "up: one of 3 up; tcp:1: fine"],
  [any, "down unknown up", 3, "up: one of 3 up; tcp:3: fine"],
  [any, "down down down", 3, "down: none of 3 up; tcp:3: bad"],
  [any, "down down unknown", 3, "down: none of 2 up; tcp:3: odd"],
  [any, "unknown unknown unknown", 3, "unknown: no part can be judged; tcp:3: odd"],
  [two, "up up down", 2, "up: 2 of 3 up; tcp:2: fine"],
  [two, "down down up", 2, "down: fewer than 2 of 3 up; tcp:2: bad"],
  [two, "up unknown up", 3, "up: 2 of 3 up; tcp:3: fine"],
  [two, "up unknown down", 3, "down: fewer than 2 of 3 up; tcp:3: bad"],
  [two, "up unknown unknown", 3, "unknown: only 1 of 3 can be judged; tcp:3: odd"],
  [two, "down unknown unknown", 3, "unknown: only 1 of 3 can be judged; tcp:3: odd"],
];

test.each(cases)("%j with %s is settled after %i: %s", (probe, verdicts, after, expected) => {
  const tally = new Tally(probe);
  const outcomes = verdicts.split(" ").map((kind, index) => {
    if (kind === "up") return tally.add(index, { kind: "up", tookMs: 1, detail: "fine" });
    return kind === "down"
      ? tally.add(index, { kind: "down", tookMs: 1, reason: "bad" })
      : tally.add(index, { kind: "unknown", tookMs: 1, reason: "odd" });
  });
  const settled = outcomes.findIndex((outcome) => outcome !== null);
  const outcome = outcomes[settled] ?? null;
  expect(settled + 1).toBe(after);
  expect(outcome === null ? "" : `${outcome.kind}: ${outcome.kind === "up" ? outcome.detail : outcome.reason}`).toBe(
    expected,
  );
});
