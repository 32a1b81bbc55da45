import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { mono, never, wall } from "../base/time.ts";
import { Wake } from "./wake.ts";

const clock = { now: () => ({ mono: mono(performance.now()), wall: wall(Date.now()) }) };
const now = (): number => clock.now().mono;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** When it ticked, in milliseconds since now. */
function ticking(msMin?: number): { readonly wake: Wake; readonly ticks: number[] } {
  const ticks: number[] = [];
  const began = now();
  const tick = (): number => ticks.push(Math.round(now() - began));
  return { ticks, wake: new Wake(msMin === undefined ? { clock, tick } : { clock, tick, msMin }) };
}

test("it ticks once for what was set, at the soonest of it", () => {
  const { ticks, wake } = ticking();
  for (const inMs of [500, 200, 900]) wake.set(mono(now() + inMs));
  wake.set(never);
  vi.advanceTimersByTime(2000);
  expect(ticks).toEqual([200]);
});

test("after a tick it can be set for what is later than that was", () => {
  const { ticks, wake } = ticking();
  wake.set(mono(now() + 200));
  vi.advanceTimersByTime(200);
  wake.set(mono(now() + 500));
  vi.advanceTimersByTime(2000);
  expect(ticks).toEqual([200, 700]);
});

test("what is over already, and what is sooner than wakes are gathered for, comes after the least time", () => {
  for (const [msMin, expected] of [
    [undefined, 1],
    [20, 20],
  ] as const) {
    const { ticks, wake } = ticking(msMin);
    wake.set(mono(now() - 5));
    vi.advanceTimersByTime(100);
    expect(ticks).toEqual([expected]);
  }
});

test("what is weeks away is waited for in steps: a timer can be set for 24 days at most", () => {
  const { ticks, wake } = ticking();
  wake.set(mono(now() + 30 * 86_400_000));
  vi.advanceTimersByTime(60_000);
  expect(ticks).toEqual([60_000]);
});

test("once it has ended it does not tick, whatever was set or will be", () => {
  const { ticks, wake } = ticking();
  wake.set(mono(now() + 10));
  wake.end();
  wake.set(mono(now() + 10));
  vi.advanceTimersByTime(1000);
  expect(ticks).toEqual([]);
});
