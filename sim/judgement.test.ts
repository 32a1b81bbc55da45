import { expect, test } from "vitest";
import { historyKinds, judgeHistory } from "./judgement.ts";

test.each(historyKinds.map((kind, seed) => [kind, seed] as const))(
  "M8 T1 D1 a history of %s: nobody is removed while well, and every fault is seen",
  (kind, seed) => {
    for (const each of [seed, seed + historyKinds.length]) {
      const judged = judgeHistory(each);
      expect(judged).toMatchObject({ seed: each, kind, falseRemovals: 0, missedFaults: 0 });
    }
  },
);

test("faults are measured: a history with one has its time, one without has none", () => {
  expect(judgeHistory(0).detections).toHaveLength(1);
  expect(judgeHistory(2).detections).toEqual([]);
});
