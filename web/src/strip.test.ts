import { describe, expect, test } from "vitest";
import { makeEvent } from "../../test/fakes/page-scenes.ts";
import type { HistoryEvent } from "../../src/core/model.ts";
import { cutSegments, describeStrip } from "./strip.ts";

const hour = 3_600_000;
const now = 10 * hour;
const turn = (id: number, at: number, from: string, to: string): HistoryEvent =>
  makeEvent(id, at, { kind: "health", subject: "t", sentence: `is ${to}`, rule: "health/x", from, to });
const own = (id: number, at: number, kind: "start" | "stop"): HistoryEvent =>
  makeEvent(id, at, { kind, subject: "muster", sentence: kind, rule: `controller/${kind}` });

function cut(events: readonly HistoryEvent[], present: { health: string; since: number }) {
  const segments = cutSegments({ events, reason: "why", ...present, from: now - hour, to: now });
  return segments.map(({ from, to, state }) => [state, from - (now - hour), to - (now - hour)]);
}

describe("the strip of the last hour", () => {
  test("no event and up for long: one green stretch", () => {
    expect(cut([], { health: "up", since: 0 })).toEqual([["up", 0, hour]]);
  });

  test("what lies before the first proof is unknown, not green", () => {
    expect(cut([], { health: "up", since: now - 600_000 })).toEqual([
      ["unknown", 0, hour - 600_000],
      ["up", hour - 600_000, hour],
    ]);
  });

  test("a fault within the hour", () => {
    const events = [turn(1, now - 2_000_000, "up", "down"), turn(2, now - 1_000_000, "down", "up")];
    expect(cut(events, { health: "up", since: now - 1_000_000 })).toEqual([
      ["up", 0, 1_600_000],
      ["down", 1_600_000, 2_600_000],
      ["up", 2_600_000, hour],
    ]);
  });

  test("events before the left edge only say how it began", () => {
    const events = [turn(1, now - 2 * hour, "up", "down"), turn(2, now - 1_800_000, "down", "up")];
    expect(cut(events, { health: "up", since: now - 1_800_000 })).toEqual([
      ["down", 0, 1_800_000],
      ["up", 1_800_000, hour],
    ]);
  });

  test("while muster was stopped nothing is known", () => {
    const events = [
      turn(1, now - 2 * hour, "unproven", "up"),
      own(2, now - 900_000, "stop"),
      own(3, now - 600_000, "start"),
    ];
    expect(cut(events, { health: "up", since: now - 2 * hour })).toEqual([
      ["up", 0, hour - 900_000],
      ["unknown", hour - 900_000, hour - 600_000],
      ["up", hour - 600_000, hour],
    ]);
  });

  test("a status that is ahead of its event is believed", () => {
    const events = [turn(1, now - 2 * hour, "unproven", "up")];
    expect(cut(events, { health: "down", since: now - 60_000 }).at(-1)).toEqual(["down", hour - 60_000, hour]);
  });

  test("unproven is unknown", () => {
    expect(cut([], { health: "unproven", since: now - 1_000 })).toEqual([["unknown", 0, hour]]);
  });

  test("in words, for those who do not see it", () => {
    const segments = cutSegments({
      events: [turn(1, now - 120_000, "up", "down")],
      health: "down",
      since: now - 120_000,
      reason: "",
      from: now - hour,
      to: now,
    });
    expect(describeStrip(segments, (ms) => `${ms / 60_000} min`)).toBe("Last hour: up 58 min, down 2 min");
  });
});
