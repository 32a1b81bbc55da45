import { expect, test } from "vitest";
import { parseCpuTime, stolenLine } from "./machine.ts";

test("the stolen time is the eighth column, and guests are not counted twice", () => {
  const stat = "cpu  100 10 50 800 5 1 4 30 70 7\ncpu0 50 5 25 400 2 0 2 15 35 3\nintr 12\n";
  expect(parseCpuTime(stat)).toEqual({ total: 1000, stolen: 30 });
});

test("the line tells the time and its share of all cores", () => {
  const line = stolenLine({ total: 1_000, stolen: 30 }, { total: 3_000, stolen: 55 });
  expect(line).toContain("250 ms, 1.25 %");
});
