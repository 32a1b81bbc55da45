import { expect, test } from "vitest";
import { type Absence, Absences, type Fault, judge } from "./absences.ts";

const [one, two] = ["192.0.2.1", "192.0.2.2"];
const fault: Fault = { kind: "crash", address: one, from: 100, to: 200 };
const forever = Number.POSITIVE_INFINITY;

test("an address is absent from the first answer without it to the first with it", () => {
  const absences = new Absences([one, two]);
  for (const [at, ...addresses] of [[1, one, two], [2, two], [3, two], [4, one, two], [5]] as const) {
    absences.see({ at, addresses });
  }
  expect(absences.all()).toEqual([
    { address: one, from: 2, to: 4 },
    { address: one, from: 5, to: forever },
    { address: two, from: 5, to: forever },
  ]);
  expect(absences.absent).toBe(2);
});

const calm = { falseRemovals: 0, missedFaults: 0, detectionsMs: [] };

test.each<[string, readonly Absence[], object]>([
  ["it leaves while it is down", [{ address: one, from: 110, to: 220 }], { ...calm, detectionsMs: [10] }],
  ["it never leaves", [], { ...calm, missedFaults: 1 }],
  ["it leaves just after", [{ address: one, from: 210, to: 220 }], { ...calm, missedFaults: 1 }],
  ["it leaves long after", [{ address: one, from: 260, to: 270 }], { ...calm, missedFaults: 1, falseRemovals: 1 }],
  ["another one leaves", [{ address: two, from: 110, to: 120 }], { ...calm, missedFaults: 1, falseRemovals: 1 }],
  ["it was out already", [{ address: one, from: 90, to: 220 }], { ...calm, falseRemovals: 1 }],
  [
    "it leaves twice",
    [
      { address: one, from: 110, to: 120 },
      { address: one, from: 130, to: 210 },
    ],
    { ...calm, detectionsMs: [10] },
  ],
])("a fault: %s", (_what, absences, judged) => {
  const { detectionsMs, falseRemovals, missedFaults } = judge(absences, [fault], 50);
  expect({ detectionsMs, falseRemovals: falseRemovals.length, missedFaults: missedFaults.length }).toEqual(judged);
});
