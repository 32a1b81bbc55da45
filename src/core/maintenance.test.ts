import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { everyText, isMeant, type MaintenanceConfig, nextWindow, windowsAt } from "./maintenance.ts";
import type { PlannedMaintenance, RecurringMaintenance, SkippedMaintenance } from "./order.ts";

const at = (text: string) => wall(Date.parse(text));
const hour = 3_600_000;

function rule(changes: Partial<MaintenanceConfig> = {}): MaintenanceConfig {
  return {
    name: "updates",
    members: [],
    pools: [],
    days: [0],
    atMinute: 120,
    lengthMs: 2 * hour,
    timeZone: "Europe/Berlin",
    reason: "updates",
    ...changes,
  };
}

test.each<[string, Partial<MaintenanceConfig>, string, string, string]>([
  ["before it", {}, "2026-11-21T12:00Z", "2026-11-22T01:00Z", "2026-11-22T03:00Z"],
  ["at its beginning", {}, "2026-11-22T01:00Z", "2026-11-22T01:00Z", "2026-11-22T03:00Z"],
  ["within it", {}, "2026-11-22T02:59:59Z", "2026-11-22T01:00Z", "2026-11-22T03:00Z"],
  ["at its end", {}, "2026-11-22T03:00Z", "2026-11-29T01:00Z", "2026-11-29T03:00Z"],
  ["over midnight", { atMinute: 1380 }, "2026-11-22T23:30Z", "2026-11-22T22:00Z", "2026-11-23T00:00Z"],
  ["every day", { days: [] }, "2026-11-23T12:00Z", "2026-11-24T01:00Z", "2026-11-24T03:00Z"],
  ["two days", { days: [1, 3] }, "2026-11-23T12:00Z", "2026-11-25T01:00Z", "2026-11-25T03:00Z"],
  ["five days long", { lengthMs: 120 * hour }, "2026-11-26T00:00Z", "2026-11-22T01:00Z", "2026-11-27T01:00Z"],
  // The clock goes from 02:00 to 03:00: two o'clock is three o'clock, and two hours are two hours.
  ["clocks put forward", {}, "2026-03-28T12:00Z", "2026-03-29T01:00Z", "2026-03-29T03:00Z"],
  ["clocks put forward, within", { atMinute: 60 }, "2026-03-29T01:30Z", "2026-03-29T00:00Z", "2026-03-29T02:00Z"],
  // 02:00 comes twice: the first time counts.
  ["clocks put back", {}, "2026-10-24T12:00Z", "2026-10-25T00:00Z", "2026-10-25T02:00Z"],
  ["clocks put back, after it", {}, "2026-10-25T02:00Z", "2026-11-01T01:00Z", "2026-11-01T03:00Z"],
])("the next window, %s", (_name, changes, now, from, to) => {
  expect(nextWindow(rule(changes), at(now))).toEqual({ from: at(from), to: at(to) });
});

test("a year of nights: each window once, two hours long, at two o'clock", () => {
  const nightly = rule({ days: [] });
  let now = at("2026-01-01T00:00Z");
  let count = 0;
  for (const end = at("2026-12-31T02:00Z"); now < end; count++) {
    const { from, to } = nextWindow(nightly, now);
    expect(to - from).toBe(2 * hour);
    expect(from).toBeGreaterThanOrEqual(now);
    expect(from - now).toBeLessThan(25 * hour);
    now = to;
  }
  expect(count).toBe(365);
});

const ordered = { owner: "ann", reason: "disk", setAt: wall(0) };

test("what is ordered once stands beside what comes again, until it is over; a skipped window is passed over", () => {
  const once: PlannedMaintenance = {
    id: "maintenance disk",
    kind: "maintenance",
    name: "disk",
    members: ["web1"],
    pools: [],
    from: at("2026-11-22T10:00Z"),
    expiresAt: at("2026-11-22T11:00Z"),
    ...ordered,
  };
  const skip: SkippedMaintenance = {
    id: "skip updates",
    kind: "skip",
    name: "updates",
    expiresAt: at("2026-11-22T03:00Z"),
    ...ordered,
  };
  const names = (now: string, orders: Parameters<typeof windowsAt>[1]) =>
    windowsAt([rule()], orders, at(now)).map(({ from, name }) => `${name} ${(from - at("2026-11-22T00:00Z")) / hour}`);
  expect(names("2026-11-22T02:00Z", [once])).toEqual(["updates 1", "disk 10"]);
  expect(names("2026-11-22T02:00Z", [once, skip])).toEqual(["updates 169", "disk 10"]);
  expect(names("2026-11-22T11:00Z", [once])).toEqual(["updates 169"]);
});

test("a series that was ordered comes until its end, which may cut its last window short", () => {
  const expiresAt = at("2026-11-29T02:00Z");
  const series: RecurringMaintenance = { id: "recurring updates", kind: "recurring", ...rule(), expiresAt, ...ordered };
  const [first] = windowsAt([], [series], at("2026-11-21T00:00Z"));
  expect(first).toMatchObject({ owner: "ann", from: at("2026-11-22T01:00Z"), to: at("2026-11-22T03:00Z") });
  expect(first?.series).toEqual({ every: "Sun 02:00", timeZone: "Europe/Berlin", until: expiresAt, ordered: true });
  const skip = { id: "skip updates", kind: "skip", name: "updates", expiresAt: at("2026-11-22T03:00Z") } as const;
  const [last] = windowsAt([], [series, { ...skip, ...ordered }], at("2026-11-22T02:00Z"));
  expect(last).toMatchObject({ from: at("2026-11-29T01:00Z"), to: expiresAt });
  expect(windowsAt([], [series], expiresAt)).toEqual([]);
  const skipLast = { ...skip, ...ordered, expiresAt };
  expect(windowsAt([], [series, skipLast], at("2026-11-29T01:30Z"))).toEqual([]);
});

test.each([
  [[0], 120, "Sun 02:00"],
  [[1, 4], 1410, "Mon,Thu 23:30"],
  [[], 245, "daily 04:05"],
])("days %j at minute %i are %s", (days, atMinute, text) => {
  expect(everyText({ days, atMinute })).toBe(text);
});

test.each([
  [[], [], true],
  [["web1"], [], true],
  [["192.0.2.1"], [], true],
  [["www.example.org/192.0.2.1"], [], true],
  [["web2"], [], false],
  [[], ["www.example.org"], true],
  [["web2"], ["www.example.org"], true],
  [[], ["db.example.org"], false],
])("members %j and pools %j: %s", (members, pools, expected) => {
  const member = {
    id: "www.example.org/192.0.2.1",
    pool: "www.example.org",
    label: "web1",
    address: "192.0.2.1",
  };
  expect(isMeant({ members, pools }, member)).toBe(expected);
});
