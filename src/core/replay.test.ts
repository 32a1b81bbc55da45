import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { HistoryEvent } from "./model.ts";
import { answersBefore } from "./replay.ts";

function answered(id: number, subject: string, change: { from: string | null; to: string }): HistoryEvent {
  return { id, at: wall(id), kind: "answer", subject, rule: "pool/round-robin", sentence: "it answers", ...change };
}

test("what pools answered at the end of a time is what the first change after it took from them, or as now", () => {
  const later = [
    answered(1, "a.example.org", { from: "192.0.2.1, 192.0.2.2", to: "192.0.2.2" }),
    answered(2, "a.example.org", { from: "192.0.2.2", to: "192.0.2.3" }),
    answered(3, "c.example.org", { from: null, to: "192.0.2.9" }),
  ];
  const now = ["a", "b", "c"].map((letter) => [`${letter}.example.org`, ["192.0.2.9"]] as const);
  expect(answersBefore(now, later)).toEqual({
    "a.example.org": ["192.0.2.1", "192.0.2.2"],
    "b.example.org": ["192.0.2.9"],
    "c.example.org": ["192.0.2.9"],
  });
});
