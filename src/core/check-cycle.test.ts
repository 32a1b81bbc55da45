import { expect, test } from "vitest";
import { type Mono, mono, never } from "../base/time.ts";
import {
  beginProbe,
  confirmSoon,
  createCycle,
  endConfirming,
  endProbe,
  isProbing,
  nextWake,
  takeConfirm,
  takeFreshness,
  takeRegular,
} from "./check-cycle.ts";
import { fixtureCheck } from "./fixtures.ts";

const check = fixtureCheck({ intervalMs: 1000, fall: 3, confirmMs: 30, freshEvery: 3 });
const at = (ms: number): Mono => mono(ms);

test("a regular probe comes once an interval, however late the clock is looked at", () => {
  const cycle = createCycle(at(0));
  const taken: number[] = [];
  for (const ms of [0, 999, 1000, 1001, 5300, 5400, 6299, 6300]) if (takeRegular(cycle, check, at(ms))) taken.push(ms);
  expect(taken).toEqual([0, 1000, 5300, 6300]);
});

test("no regular probe overlaps another: the next one waits for its end", () => {
  const cycle = createCycle(at(0));
  expect(takeRegular(cycle, check, at(0))).toBe(true);
  beginProbe(cycle, 1, "regular");
  expect(takeRegular(cycle, check, at(1000))).toBe(false);
  expect(nextWake(cycle)).toBe(never);
  expect(endProbe(cycle, 1, at(3500))).toBe(true);
  expect(takeRegular(cycle, check, at(3500))).toBe(true);
});

test("confirming probes are spaced, and no more hang side by side than are needed to decide", () => {
  const cycle = createCycle(never);
  confirmSoon(cycle, check, { now: at(0), inMs: 0 });
  const sent: number[] = [];
  for (let ms = 0; ms < 500; ms++) {
    if (!takeConfirm(cycle, check, at(ms))) continue;
    sent.push(ms);
    beginProbe(cycle, 1 + ms, "confirm");
  }
  expect(sent).toEqual([0, 30, 60]);
});

test("T3 no regular probe comes before the next look at a problem is due", () => {
  const slow = fixtureCheck({ intervalMs: 1000, fall: 3, confirmMs: 2500 });
  const cycle = createCycle(at(0));
  const taken: string[] = [];
  for (let ms = 0; ms < 9000; ms += 10) {
    for (const [role, take] of [
      ["confirm", takeConfirm],
      ["regular", takeRegular],
    ] as const) {
      if (!take(cycle, slow, at(ms))) continue;
      taken.push(`${ms} ${role}`);
      beginProbe(cycle, 1 + ms, role);
      endProbe(cycle, 1 + ms, at(ms));
      if (taken.length < 3) confirmSoon(cycle, slow, { now: at(ms), inMs: slow.confirmMs });
      else endConfirming(cycle, slow, at(ms));
    }
  }
  expect(taken).toEqual(["0 regular", "2500 confirm", "5000 confirm", "6000 regular", "7000 regular", "8000 regular"]);
});

test("one suspicion sends a limited number of confirming probes", () => {
  const cycle = createCycle(never);
  let sent = 0;
  for (let ms = 0; ms < 10_000; ms += 30) {
    confirmSoon(cycle, check, { now: at(ms), inMs: 0 });
    if (takeConfirm(cycle, check, at(ms))) sent += 1;
  }
  expect(sent).toBe(9);
});

test("when the case is closed the probes that still run are given up", () => {
  const cycle = createCycle(at(0));
  beginProbe(cycle, 1, "regular");
  beginProbe(cycle, 2, "confirm");
  confirmSoon(cycle, check, { now: at(10), inMs: 0 });
  expect(endConfirming(cycle, check, at(20))).toEqual([1, 2]);
  expect([isProbing(cycle), cycle.confirmAt, nextWake(cycle)]).toEqual([false, never, 1020]);
  expect(endProbe(cycle, 2, at(30))).toBe(false);
});

test("every n-th regular probe is on a new connection", () => {
  const cycle = createCycle(at(0));
  expect(Array.from({ length: 6 }, () => takeFreshness(cycle, check))).toEqual([
    false,
    false,
    true,
    false,
    false,
    true,
  ]);
});
