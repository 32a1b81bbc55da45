import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "../core/fixtures.ts";
import type { Config, HistoryEvent, LastResort, Verdict } from "../core/model.ts";
import type { Pin, PlannedMaintenance } from "../core/order.ts";
import { rdataAddress } from "../dns/rdata/index.ts";
import { createMemoryDisk, readDisk, writeDisk } from "../ports/memory-store.ts";
import { Drive, poolOf } from "./drive.ts";
import { saveAll } from "./flush.ts";
import { nothingSaved } from "../ports/store.ts";

const pool = "www.example.org";
const one = "192.0.2.1";
const two = "192.0.2.2";
const refused: Verdict = { kind: "down", tookMs: 1, reason: "connection refused" };

function running(config: Config = fixtureConfig([poolOf([one, two])])): Drive {
  const drive = new Drive(config);
  drive.run(3100);
  drive.effects.length = 0;
  return drive;
}

function pin(drive: Drive, address: string, forMs: number | null = null): Pin {
  const setAt = drive.now.wall;
  const expiresAt = forMs === null ? null : wall(setAt + forMs);
  const order = { kind: "pin", pool, record: "address", address, owner: "ann", reason: "moving", setAt } as const;
  return { id: `pin ${pool}`, ...order, expiresAt };
}

/** What DNS has: the sets of the pool, as addresses. */
function served(drive: Drive): string {
  const sets = drive.controller.state.pools.get(pool)?.sets ?? [];
  return sets.flatMap(({ rdata }) => rdata.map(rdataAddress)).join(" ");
}

function told(drive: Drive): HistoryEvent[] {
  return drive.effects.flatMap((effect) => (effect.kind === "tell" ? [effect.event] : []));
}

test.each([two, "203.0.113.9", "2001:db8::9"])("D9 a pinned name answers exactly %s, whatever happens", (address) => {
  const drive = running();
  drive.step({ kind: "order-set", order: pin(drive, address) });
  expect(served(drive)).toBe(address);
  drive.run(5000, refused);
  expect(served(drive)).toBe(address);
  expect([...drive.controller.state.targets.values()].map(({ judgement }) => judgement.health)).toEqual([
    "down",
    "down",
  ]);
  drive.run(5000);
  drive.step({ kind: "order-ended", id: `pin ${pool}`, owner: "bob", reason: "moved" });
  expect(served(drive)).toBe(`${one} ${two}`);
  expect(told(drive).filter(({ by }) => by !== undefined)).toMatchObject([
    { rule: "operator/pin", from: `${one}, ${two}`, to: address, by: { owner: "ann", reason: "moving" } },
    { rule: "operator/unpin", from: address, to: "none", by: { owner: "bob", reason: "moved" } },
  ]);
});

test("D9 what ended while muster was stopped decides nothing any more", () => {
  const before = running();
  const order = { ...pin(before, "203.0.113.9"), expiresAt: wall(before.now.wall - 1) };
  const override = {
    member: `${pool}/${one}`,
    kind: "disable",
    owner: "ann",
    reason: "moving",
    setAt: order.setAt,
  } as const;
  const effect = saveAll(before.controller.state);
  const targets = effect.kind === "save" ? effect.batch.targets : [];
  const ended = { orders: [order], overrides: [{ ...override, expiresAt: order.expiresAt }] };
  const drive = new Drive(fixtureConfig([poolOf([one, two])]), { ...nothingSaved, targets, ...ended });
  expect(served(drive)).toBe(`${one} ${two}`);
  const events = told(drive);
  expect(events.filter(({ rule }) => rule === "override/expired")).toHaveLength(2);
  expect(events.filter(({ kind, rule }) => kind === "answer" && /pin/.test(rule))).toEqual([]);
});

test("D9 a pin ends by itself, and failover decides again", () => {
  const drive = running();
  drive.step({ kind: "order-set", order: pin(drive, "203.0.113.9", 2000) });
  drive.run(1999, refused);
  expect(served(drive)).toBe("203.0.113.9");
  drive.run(2, refused);
  expect(served(drive)).not.toContain("203.0.113.9");
  expect(told(drive).map(({ rule }) => rule)).toContain("override/expired");
});

test("D9 a pin is there after a restart, before anything was judged", () => {
  const before = running();
  before.step({ kind: "order-set", order: pin(before, "203.0.113.9") });
  const effect = saveAll(before.controller.state);
  const batch = effect.kind === "save" ? effect.batch : null;
  const after = new Drive(fixtureConfig([poolOf([one, two])]), { ...nothingSaved, orders: batch?.ordersSet ?? [] });
  expect(served(after)).toBe("203.0.113.9");
});

test("D9 the failover of a priority pool goes on where it was when the pin ends", () => {
  const members = [one, two].map((address, index) => fixtureMember(address, { priority: index + 1 }));
  const drive = running(fixtureConfig([fixturePool(members, { policy: "priority", failback: { kind: "manual" } })]));
  drive.step({ kind: "order-set", order: pin(drive, two) });
  drive.run(3000);
  drive.step({ kind: "order-ended", id: `pin ${pool}`, owner: "ann", reason: "done" });
  expect(served(drive)).toBe(one);
});

test("P11 other kinds of records are pinned by their target; a pin of another kind has no meaning any more", () => {
  const members = [
    fixtureMember(one, { target: "mx1.example.org" }),
    fixtureMember(two, { target: "mx2.example.org" }),
  ];
  const mx = fixturePool(members, { record: { kind: "mx", preference: 10 } });
  const drive = running(fixtureConfig([mx]));
  drive.step({ kind: "order-set", order: { ...pin(drive, "mx9.example.net"), record: "mx" } });
  expect(drive.controller.state.pools.get(pool)?.sets[0]?.rdata).toHaveLength(1);
  drive.step({ kind: "configured", config: fixtureConfig([poolOf([one, two])]), sentences: [] });
  expect(drive.controller.state.orders.size).toBe(0);
  expect(told(drive).map(({ rule }) => rule)).toContain("override/gone");
});

const hour = 3_600_000;

function planned(drive: Drive, changes: Partial<PlannedMaintenance> = {}): PlannedMaintenance {
  const setAt = drive.now.wall;
  return {
    id: "maintenance disk",
    kind: "maintenance",
    name: "disk",
    members: [one],
    pools: [],
    from: wall(setAt + 10_000),
    expiresAt: wall(setAt + 20_000),
    owner: "ann",
    reason: "new disk",
    setAt,
    ...changes,
  };
}

const quick = fixtureZone({ ttlSeconds: 5 });

test("a member leaves one TTL before its maintenance, is out while it lasts, and comes back", () => {
  const drive = running(fixtureConfig([poolOf([one, two])], { zones: [quick] }));
  drive.step({ kind: "order-set", order: planned(drive) });
  const seen: string[] = [];
  for (let second = 0; second < 22; second++) {
    drive.run(1000);
    if (seen.at(-1)?.replace(/^\d+ /, "") !== served(drive)) seen.push(`${second} ${served(drive)}`);
  }
  expect(seen).toEqual([`0 ${one} ${two}`, `5 ${two}`, `20 ${one} ${two}`]);
  expect(told(drive).flatMap(({ kind, rule }) => (kind === "override" ? [rule] : []))).toEqual([
    "operator/maintenance",
    "maintenance/begin",
    "maintenance/end",
  ]);
});

test("M7 a restart in a window tells nothing twice, and what ended or began meanwhile is told", () => {
  const config = fixtureConfig([poolOf([one, two])], { zones: [quick] });
  const before = running(config);
  const setAt = wall(1_900_000_000_000);
  before.step({ kind: "order-set", order: planned(before, { setAt, from: setAt, expiresAt: wall(setAt + 30_000) }) });
  before.run(1000);
  const disk = createMemoryDisk();
  const windows = (drive: Drive): readonly string[] =>
    told(drive).flatMap(({ rule }) => (/^maintenance\/(begin|end)$/.test(rule) ? [rule] : []));
  for (const effect of before.effects) if (effect.kind === "save") writeDisk(disk, effect.batch);
  expect(windows(before)).toEqual(["maintenance/begin"]);
  const after = new Drive(config, readDisk(disk));
  after.run(20_000);
  expect(windows(after)).toEqual([]);
  after.run(20_000);
  expect(windows(after)).toEqual(["maintenance/end"]);
  const late = new Drive(config, { ...readDisk(disk), orders: [] });
  expect(windows(late)).toEqual(["maintenance/end"]);
});

test("what fails in maintenance is told as that; what is still down afterwards is told as a fault", () => {
  const drive = running(fixtureConfig([poolOf([one], { flapping: { kind: "off" } })], { zones: [quick] }));
  drive.step({ kind: "order-set", order: planned(drive, { from: drive.now.wall }) });
  drive.run(5000, refused);
  drive.run(16_000, refused);
  const rules = told(drive).flatMap(({ kind, rule }) => (kind === "health" || kind === "suspicion" ? [rule] : []));
  expect(rules).toEqual(["maintenance/suspect", "maintenance/fall", "health/still-down"]);
  const answers = told(drive).flatMap(({ kind, rule }) => (kind === "answer" ? [rule] : []));
  expect(answers).toEqual(["maintenance/last-resort", "pool/last-resort-all"]);
});

test.each<[LastResort, string, string]>([
  [{ kind: "all" }, `${one} ${two}`, "maintenance/last-resort"],
  [{ kind: "none" }, "", "maintenance/last-resort"],
  [{ kind: "address", address: "203.0.113.9" }, "203.0.113.9", "maintenance/last-resort"],
])("everything in maintenance: the last resort %j says who answers", (lastResort, answer, rule) => {
  const drive = running(fixtureConfig([{ ...poolOf([one, two]), lastResort }], { zones: [quick] }));
  drive.step({ kind: "order-set", order: planned(drive, { members: [], from: drive.now.wall }) });
  expect(served(drive)).toBe(answer);
  expect(drive.controller.state.pools.get(pool)?.decision?.rule).toBe(rule);
  drive.run(21_000);
  expect(served(drive)).toBe(`${one} ${two}`);
});

test("a member that works answers in its maintenance when all others are down", () => {
  const drive = running(fixtureConfig([poolOf([one, two])], { zones: [quick] }));
  drive.step({ kind: "order-set", order: planned(drive, { members: [one], from: drive.now.wall }) });
  for (const end = drive.ms + 5000; drive.ms < end; drive.ms++) {
    for (const effect of drive.step({ kind: "tick" })) {
      if (effect.kind !== "probe") continue;
      const verdict = effect.target.address === two ? refused : ({ kind: "up", tookMs: 1, detail: "ok" } as const);
      drive.step({ kind: "verdict", targetId: effect.target.id, probe: effect.probe, verdict });
    }
  }
  expect(served(drive)).toBe(one);
});

test("a window of the configuration comes each day, can be ended before its time, and follows a reload", () => {
  const base = fixtureConfig([poolOf([one, two])], { zones: [quick] });
  const drive = running(base);
  const minute = Math.floor((drive.now.wall % (24 * hour)) / 60_000);
  const window = {
    name: "nightly",
    members: [one],
    pools: [],
    days: [],
    atMinute: minute,
    lengthMs: hour,
    timeZone: "UTC",
    reason: "updates",
  };
  drive.step({ kind: "configured", config: { ...base, maintenance: [window] }, sentences: [] });
  expect(served(drive)).toBe(two);
  const order = { owner: "ann", reason: "done early", setAt: drive.now.wall };
  const to = drive.controller.state.maintenance.windows[0]?.to ?? wall(0);
  drive.step({
    kind: "order-set",
    order: { id: "skip nightly", kind: "skip", name: "nightly", expiresAt: to, ...order },
  });
  expect(served(drive)).toBe(`${one} ${two}`);
  expect(drive.controller.state.maintenance.windows[0]?.from).toBe(to + 23 * hour);
  drive.step({ kind: "configured", config: base, sentences: [] });
  expect(drive.controller.state.orders.size).toBe(0);
});

test("a reset ends pins and ordered windows, and what an operator does says before and after", () => {
  const drive = running();
  drive.step({ kind: "order-set", order: pin(drive, "203.0.113.9") });
  drive.step({ kind: "brake-released", owner: "ann", reason: "real" });
  drive.step({ kind: "failback", pool, owner: "ann" });
  drive.step({ kind: "reset", owner: "ann", reason: "exercise" });
  expect(served(drive)).toBe(`${one} ${two}`);
  const acts = told(drive).filter(({ by }) => by !== undefined);
  expect(acts.map(({ rule }) => rule)).toEqual([
    "operator/pin",
    "operator/brake",
    "operator/failback",
    "operator/reset",
  ]);
  for (const { from, to } of acts) expect([from, to]).not.toContain(null);
});
