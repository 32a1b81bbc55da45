import { expect, test } from "vitest";
import { formatNumber, percentileOf, spreadOf } from "./statistics.ts";

test("median, min and max of odd and even sets, in any order", () => {
  expect(spreadOf([3, 1, 2])).toEqual({ median: 2, min: 1, max: 3, runs: 3 });
  expect(spreadOf([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4, runs: 4 });
  expect(spreadOf([7])).toEqual({ median: 7, min: 7, max: 7, runs: 1 });
});

test("nothing is said of no samples", () => {
  expect(() => spreadOf([])).toThrow("no samples");
  expect(() => percentileOf([], 0.99)).toThrow("no samples");
});

test("percentiles by nearest rank", () => {
  const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect(percentileOf(hundred, 0.99)).toBe(99);
  expect(percentileOf(hundred, 0.5)).toBe(50);
  expect(percentileOf(hundred, 1)).toBe(100);
  expect(percentileOf([5], 0.01)).toBe(5);
});

test("numbers are shown with three digits, from 100 on as whole numbers", () => {
  expect([0, 0.12345, 1.5, 12.345, 123.4, 123456].map(formatNumber)).toEqual([
    "0",
    "0.123",
    "1.5",
    "12.3",
    "123",
    "123,456",
  ]);
});
