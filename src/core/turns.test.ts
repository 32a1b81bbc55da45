import fc from "fast-check";
import { expect, test } from "vitest";
import { turnOrder } from "../dns/answer/turns.ts";
import type { Turns } from "../dns/types.ts";
import { rotations, weightedTurns } from "./turns.ts";

function orders(turns: Turns): (readonly number[])[] {
  return Array.from({ length: turns.count }, (_, turn) => turnOrder(turns, turn));
}

test("rotations put every member first once", () => {
  expect(orders(rotations(3, 3))).toEqual([
    [0, 1, 2],
    [1, 2, 0],
    [2, 0, 1],
  ]);
  expect(orders(rotations(4, 2))).toEqual([
    [0, 1],
    [1, 2],
    [2, 3],
    [3, 0],
  ]);
});

test("a huge answer has few turns, spread over all its members", () => {
  const turns = orders(rotations(5000, 5000));
  expect(turns.map(([first]) => first)).toEqual([0]);
  expect(
    orders(rotations(1000, 20))
      .map(([first]) => first)
      .slice(0, 4),
  ).toEqual([0, 3, 7, 11]);
});

test("W4 each member is first exactly in proportion to its weight", () => {
  const small = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(small, fc.integer({ min: 1, max: 8 }), (weights, count) => {
      const turns = orders(weightedTurns(weights, count));
      const sum = weights.reduce((a, b) => a + b, 0);
      for (const [i, weight] of weights.entries()) {
        const first = turns.filter((turn) => turn[0] === i).length;
        expect(first / turns.length).toBeCloseTo(weight / sum, 9);
      }
      for (const turn of turns) expect(new Set(turn).size).toBe(Math.min(count, weights.length));
    }),
  );
});

test("W4 huge weights keep their proportions within one in a hundred", () => {
  const turns = orders(weightedTurns([1_000_003, 2_000_003, 7_000_001], 1));
  const share = [0, 1, 2].map((i) => turns.filter((turn) => turn[0] === i).length / turns.length);
  expect(turns.length).toBeLessThanOrEqual(260);
  for (const [i, wanted] of [0.1, 0.2, 0.7].entries()) expect(Math.abs((share[i] ?? 0) - wanted)).toBeLessThan(0.01);
});

test("weights are spread over the round and not in blocks", () => {
  expect(orders(weightedTurns([5, 1, 1], 1)).map(([first]) => first)).toEqual([0, 0, 1, 0, 2, 0, 0]);
});
