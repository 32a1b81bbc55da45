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
  const segments = cutSegments({
    events,
    reason: "why",
    suspected: false,
    override: null,
    ...present,
    from: now - hour,
    to: now,
  });
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
      suspected: false,
      override: null,
      from: now - hour,
      to: now,
    });
    expect(describeStrip(segments, (ms) => `${ms / 60_000} min`)).toBe("Last hour: up 58 min, down 2 min");
  });

  const told = (id: number, at: number, kind: "suspicion" | "cleared", rule = "health/suspect"): HistoryEvent =>
    makeEvent(id, at, { kind, subject: "t", sentence: kind, rule });
  const order = (id: number, at: number, from: string, to: string): HistoryEvent =>
    makeEvent(id, at, { kind: "override", subject: "m", sentence: `${from} to ${to}`, rule: "operator/x", from, to });
  const over = (events: readonly HistoryEvent[], present: Partial<Parameters<typeof cutSegments>[0]> = {}) => {
    const base = { health: "up", since: 0, reason: "why", suspected: false, override: null };
    const segments = cutSegments({ events, ...base, ...present, from: now - hour, to: now });
    return segments.map(({ from, hold, reason, state, suspected }) => {
      return [from - (now - hour), state, suspected ? "suspected" : "", hold ?? "", reason];
    });
  };

  test("a suspicion lasts until it is cleared, or until health follows it", () => {
    const start = now - hour;
    const cleared = [told(1, start + 1000, "suspicion"), told(2, start + 3000, "cleared")];
    const fell = [told(3, start + 5000, "suspicion"), turn(4, start + 5200, "up", "down")];
    expect(over([...cleared, ...fell], { health: "down", since: start + 5200 })).toEqual([
      [0, "up", "", "", null],
      [1000, "up", "suspected", "", "suspicion"],
      [3000, "up", "", "", null],
      [5000, "up", "suspected", "", "suspicion"],
      [5200, "down", "", "", "is down"],
    ]);
  });

  test("one that lasts reaches the right edge; what one vantage point alone thinks is none", () => {
    expect(over([told(1, now - 1000, "suspicion")], { suspected: true }).at(-1)).toEqual([
      hour - 1000,
      "up",
      "suspected",
      "",
      "suspicion",
    ]);
    expect(over([told(1, now - 1000, "suspicion")])).toEqual([[0, "up", "", "", null]]);
    expect(over([told(1, now - 1000, "suspicion", "quorum/opinion")], { suspected: true })).toHaveLength(1);
  });

  test("what an operator holds out, from before the left edge, changed on the way, and now", () => {
    const start = now - hour;
    const events = [order(1, start + 1000, "drain", "disable"), order(2, start + 2000, "disable", "none")];
    expect(
      over([...events, order(3, start + 9000, "none", "drain")], {
        override: { kind: "drain", setAt: start + 9000, reason: "kernel" },
      }),
    ).toEqual([
      [0, "up", "", "drain", "drain to disable"],
      [1000, "up", "", "disable", "drain to disable"],
      [2000, "up", "", "", null],
      [9000, "up", "", "drain", "none to drain"],
    ]);
    const window = { kind: "maintenance", setAt: now - 1000, reason: "disk: new disk" } as const;
    expect(over([], { override: window }).at(-1)).toEqual([hour - 1000, "up", "", "maintenance", "disk: new disk"]);
  });

  test("in words, suspicions and what was held out are said too", () => {
    const events = [
      told(1, now - 3000, "suspicion"),
      told(2, now - 1000, "cleared"),
      order(3, now - 500, "none", "drain"),
    ];
    const override = { kind: "drain", setAt: now - 500, reason: "" } as const;
    const segments = cutSegments({
      events,
      health: "up",
      since: 0,
      reason: "",
      suspected: false,
      override,
      from: 0,
      to: now,
    });
    expect(describeStrip(segments, (ms) => `${ms} ms`)).toContain(", suspected once, held out by hand 500 ms");
  });
});
