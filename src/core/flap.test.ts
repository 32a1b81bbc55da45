import fc from "fast-check";
import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { createFlap, endHold, flipsMax, noteFlip } from "./flap.ts";
import type { FlapConfig } from "./model.ts";

const count: FlapConfig = { kind: "count", changes: 3, withinMs: 60_000, holdMs: 3_600_000 };
const penalty: FlapConfig = { kind: "penalty", halfLifeMs: 60_000, suppress: 2500, reuse: 750 };

test("M8 more changes than allowed within the window begin a hold, and its end is known", () => {
  const flap = createFlap();
  const begins = [0, 10, 20, 30].map((second) => noteFlip(flap, count, wall(second * 1000)));
  expect(begins).toEqual([false, false, false, true]);
  expect(flap.holdReason).toBe("it changed 4 times within 1 min");
  expect(flap.heldUntil).toBe(3_630_000);
  expect([endHold(flap, wall(3_629_999)), endHold(flap, wall(3_630_000)), flap.heldUntil]).toEqual([false, true, null]);
  expect(noteFlip(flap, count, wall(3_631_000))).toBe(false);
});

test("M8 changes that are far apart never add up", () => {
  const flap = createFlap();
  for (let minute = 0; minute < 100; minute++) expect(noteFlip(flap, count, wall(minute * 21_000))).toBe(false);
});

test("M8 a penalty decays: the hold lasts until it has", () => {
  const flap = createFlap();
  expect([noteFlip(flap, penalty, wall(0)), noteFlip(flap, penalty, wall(0))]).toEqual([false, false]);
  expect(noteFlip(flap, penalty, wall(0))).toBe(true);
  expect(flap.holdReason).toBe("it changed so often that its penalty is 3000, above 2500");
  // 3000 falls to 750 in two half-lives.
  expect(flap.heldUntil).toBe(120_000);
});

test("a change during a hold neither ends nor prolongs it; off counts nothing", () => {
  const flap = createFlap({ heldUntil: wall(500) });
  for (let i = 0; i < 10; i++) expect(noteFlip(flap, count, wall(i))).toBe(false);
  expect(flap.heldUntil).toBe(500);
  expect([noteFlip(flap, { kind: "off" }, wall(600)), flap.flips.length]).toEqual([false, 10]);
});

test("what is remembered stays bounded, and a hold always ends", () => {
  const config = fc.constantFrom(count, penalty, { ...penalty, reuse: 1 });
  fc.assert(
    fc.property(config, fc.array(fc.nat(5000), { maxLength: 400 }), (terms, gaps) => {
      const flap = createFlap();
      let at = 0;
      for (const gap of gaps) {
        at += gap;
        noteFlip(flap, terms, wall(at));
      }
      expect(flap.flips.length).toBeLessThanOrEqual(flipsMax);
      if (flap.heldUntil !== null) expect(endHold(flap, wall(Math.max(at, flap.heldUntil)))).toBe(true);
    }),
  );
});
