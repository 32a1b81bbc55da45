import { expect, test } from "vitest";
import { fixtureCheck } from "./fixtures.ts";
import { createPace, learnPace, suspectAfterMs, timeoutMs } from "./pace.ts";

const check = fixtureCheck({ timeout: { kind: "auto", minMs: 600, maxMs: 5000 }, suspectMs: 150 });

function paceOf(times: readonly number[]): ReturnType<typeof createPace> {
  const pace = createPace();
  for (const ms of times) learnPace(pace, ms);
  return pace;
}

test.each([
  ["never answered", [], 5000, 150],
  ["near", Array(50).fill(2), 600, 150],
  ["far and steady", Array(50).fill(400), 650, 400],
  ["hopeless", Array(50).fill(6000), 5000, 6000],
] as const)("a target that is %s", (_name, times, timeout, suspect) => {
  const pace = paceOf(times);
  expect(Math.abs(timeoutMs(check, pace, "up") - timeout)).toBeLessThanOrEqual(1);
  expect(suspectAfterMs(check, pace)).toBeCloseTo(suspect, 0);
});

test("a target that is not up gets the longest time, so that a slow answer is learned", () => {
  expect(timeoutMs(check, paceOf([2, 2, 2]), "down")).toBe(5000);
});

test("one slow answer widens the timeout, and many quick ones narrow it again", () => {
  const pace = paceOf([20, 20, 20, 20, 900]);
  expect(timeoutMs(check, pace, "up")).toBeGreaterThan(1000);
  for (let i = 0; i < 50; i++) learnPace(pace, 20);
  expect(timeoutMs(check, pace, "up")).toBe(600);
});

test("a fixed timeout is never changed", () => {
  const fixed = fixtureCheck({ timeout: { kind: "fixed", ms: 1234 } });
  expect(timeoutMs(fixed, paceOf([9000]), "up")).toBe(1234);
  expect(timeoutMs(fixed, createPace(), "unproven")).toBe(1234);
});
