import { expect, test } from "vitest";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "../core/fixtures.ts";
import type { PoolConfig } from "../core/model.ts";
import { readMeaning } from "../core/notify-event.ts";
import { Drive, poolOf } from "./drive.ts";

test("D1 ready comes once, when every pool is decided", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1", "192.0.2.2"])]));
  expect(drive.effects.some((effect) => effect.kind === "ready")).toBe(false);
  drive.run(2000);
  expect(drive.effects.filter((effect) => effect.kind === "ready").length).toBe(1);
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.2");
});

test("a member whose first probe hangs delays the start for a limited time", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"])]));
  for (; drive.ms < 4000 && !drive.effects.some((effect) => effect.kind === "ready"); drive.ms++)
    drive.step({ kind: "tick" });
  expect(drive.ms).toBeLessThanOrEqual(3001);
  expect(drive.answer()).toBe("192.0.2.1");
  expect(drive.told("answer")).toEqual(["www.example.org answers 192.0.2.1: no member is fit; 1 answer all the same"]);
});

test("a reload keeps health, counters and running probes of what stays", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1", "192.0.2.2"])]));
  drive.run(2000);
  const before = drive.controller.state.targets.get([...drive.controller.state.targets.keys()][0] ?? "");
  drive.effects.length = 0;
  drive.step({
    kind: "configured",
    config: fixtureConfig([poolOf(["192.0.2.1", "192.0.2.3"])]),
    sentences: ["changed"],
  });
  expect([...drive.controller.state.targets.values()]).toContain(before);
  expect(drive.answer()).toBe("192.0.2.1");
  expect(drive.effects.filter((effect) => effect.kind === "forget").length).toBe(1);
  drive.run(2000);
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.3");
});

test("a reload with another check keeps a member in, marked, until the new check has proved it", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"])]));
  drive.run(2000);
  const probe = { kind: "tcp", port: 8080, send: null, expect: null, replyBytesMax: 1024 } as const;
  drive.step({ kind: "configured", config: fixtureConfig([poolOf(["192.0.2.1"], { probe })]), sentences: ["changed"] });
  const [target] = drive.controller.state.targets.values();
  expect([target?.judgement.health, target?.judgement.restored]).toEqual(["up", true]);
  drive.run(2000);
  expect([target?.judgement.health, target?.judgement.restored]).toEqual(["up", false]);
});

test("members of several pools with the same check are probed once", () => {
  const pools = ["a", "b", "c"].map((letter) => {
    const name = `${letter}.example.org`;
    return fixturePool([fixtureMember("192.0.2.1", { id: `${name}/192.0.2.1`, pool: name })], { name });
  });
  const drive = new Drive(fixtureConfig(pools));
  drive.run(1000);
  expect(drive.controller.state.targets.size).toBe(1);
  expect(drive.effects.filter((effect) => effect.kind === "probe").length).toBe(2);
  expect([...drive.controller.state.pools.values()].every((pool) => pool.decision?.members.length === 1)).toBe(true);
});

test("a pool that leaves the configuration leaves the zone, and nothing is sent when nothing changed", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"])]));
  drive.run(2000);
  drive.effects.length = 0;
  drive.run(5000);
  expect(drive.effects.filter((effect) => effect.kind === "publish" || effect.kind === "save")).toEqual([]);
  drive.step({ kind: "configured", config: fixtureConfig([]), sentences: [] });
  const published = drive.effects.flatMap((effect) => (effect.kind === "publish" ? [effect.transaction] : []));
  expect(published.map(({ put, remove }) => [put.length, remove.length])).toEqual([[0, 2]]);
});

test("other nameservers for a managed zone are a transaction: the pools' names never leave it", () => {
  const config = fixtureConfig([poolOf(["192.0.2.1"])]);
  const drive = new Drive(config);
  drive.run(2000);
  drive.effects.length = 0;
  const zones = config.zones.map((zone) => ({ ...zone, nameservers: ["ns9.example.net"] }));
  drive.step({ kind: "configured", config: { ...config, zones }, sentences: [] });
  expect(drive.effects.filter((effect) => effect.kind === "load-zone" || effect.kind === "remove-zone")).toEqual([]);
  const published = drive.effects.flatMap((effect) => (effect.kind === "publish" ? [effect.transaction] : []));
  expect(published.map(({ put, remove }) => [put.map((set) => set.type), remove.length])).toEqual([[[6, 2], 0]]);
});

test("P7 a zone file is read under the limit of before the reload, but at a start and when it is forced; pools' names are not missed", () => {
  const zones = [fixtureZone({ file: "zone", nameservers: [] })];
  const names = ["mx.example.org", "www.example.org"] as const;
  const pools = names.map((name, at): PoolConfig => {
    const record = at === 0 ? ({ kind: "mx", preference: 10 } as const) : ({ kind: "address" } as const);
    return fixturePool([fixtureMember("192.0.2.1", { pool: name, target: "mail.example.net" })], { name, record });
  });
  const config = fixtureConfig(pools, { zones, removalMax: 0.2 });
  const drive = new Drive(config);
  drive.step({ kind: "configured", config: { ...config, removalMax: 1 }, sentences: [] });
  drive.step({ kind: "configured", config, sentences: [], forced: true });
  const loads = drive.effects.filter((effect) => effect.kind === "load-zone");
  expect(loads.map(({ removalMax }) => removalMax)).toEqual([null, 0.2, null]);
  for (const { decided, hosts } of loads)
    expect({ decided, hosts }).toEqual({ decided: names, hosts: ["www.example.org"] });
});

test("a trip hurries one probe an interval, however often the server hangs up", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"])]));
  drive.run(2000);
  const [targetId = ""] = drive.controller.state.targets.keys();
  drive.effects.length = 0;
  for (let i = 0; i < 100; i++) {
    drive.step({ kind: "tripped", targetId, reason: "closed" });
    drive.run(10);
  }
  const probes = drive.effects.filter((effect) => effect.kind === "probe").length;
  expect(probes).toBeGreaterThanOrEqual(1);
  expect(probes).toBeLessThanOrEqual(3);
});

test("the TTL is short while a member is suspected, and long again once it has answered", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1", "192.0.2.2"])]));
  drive.run(2000);
  const ttls = (): number[] =>
    drive.controller.state.pools.get("www.example.org")?.sets.map((set) => set.ttlSeconds) ?? [];
  expect(ttls()).toEqual([30, 30]);
  const [targetId = ""] = drive.controller.state.targets.keys();
  drive.step({ kind: "tripped", targetId, reason: "closed" });
  const probe = drive.controller.state.nextProbe - 1;
  drive.step({ kind: "verdict", targetId, probe, verdict: { kind: "down", tookMs: 1, reason: "refused" } });
  expect([ttls(), drive.answer()]).toEqual([[5, 5], "192.0.2.1 192.0.2.2"]);
  drive.run(200);
  expect(ttls()).toEqual([30, 30]);
});

test("the probe after a trip is on a new connection, whatever is kept", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"], { freshEvery: 1000 })]));
  drive.run(2000);
  const [targetId = ""] = drive.controller.state.targets.keys();
  const probes = drive
    .step({ kind: "tripped", targetId, reason: "closed" })
    .filter((effect) => effect.kind === "probe");
  expect(probes.map(({ fresh }) => fresh)).toEqual([true]);
});

test("a drained member is safe to stop when the last TTL that named it has run out", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1", "192.0.2.2"])]));
  drive.run(2000);
  const [member] = drive.controller.state.pools.get("www.example.org")?.members ?? [];
  const setAt = drive.now.wall;
  const drain = { member: "www.example.org/192.0.2.1", kind: "drain", owner: "operator", reason: "test" } as const;
  drive.step({ kind: "override-set", overrides: [{ ...drain, setAt, expiresAt: null }] });
  expect([drive.answer(), member?.answering, member?.safeToStopAt]).toEqual(["192.0.2.2", false, setAt + 30_000]);
});

test("M8 a member that changes too often is held out, through a restart, and comes back by itself or by an operator", () => {
  const flapping = { kind: "count", changes: 2, withinMs: 600_000, holdMs: 60_000 } as const;
  const config = fixtureConfig([poolOf(["192.0.2.1"], { flapping, intervalMs: 1000 })]);
  const drive = new Drive(config);
  const refused = { kind: "down", tookMs: 1, reason: "connection refused" } as const;
  drive.run(3100);
  drive.run(2000, refused);
  drive.run(3000);
  drive.run(2000, refused);
  expect(drive.told("health").at(-1)).toBe(
    "192.0.2.1 is flapping: it changed 3 times within 10 min; it is held out for 1 min",
  );
  drive.run(5000);
  const [target] = drive.controller.state.targets.values();
  expect([target?.judgement.health, drive.controller.state.pools.get("www.example.org")?.decision?.lastResort]).toEqual(
    ["up", true],
  );
  drive.run(60_000);
  expect(drive.told("health").at(-1)).toBe("the hold is over for 192.0.2.1: it is up");
  expect(drive.controller.state.pools.get("www.example.org")?.decision?.lastResort).toBe(false);
});

test("D1 T10 a pool whose only member falls answers the same, and says that it is the last resort, and when that is over", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1"])]));
  drive.run(2000);
  const [pool] = drive.controller.state.poolBySlot;
  const before = pool?.since;
  drive.effects.length = 0;
  drive.run(3000, { kind: "down", tookMs: 1, reason: "connection refused" });
  expect(pool?.since).toBeGreaterThan(before ?? Number.POSITIVE_INFINITY);
  drive.run(3000);
  const told = drive.effects.flatMap((effect) => (effect.kind === "tell" ? [effect.event] : []));
  const answers = told.filter(({ kind }) => kind === "answer");
  expect(answers.map(({ from, rule, sentence, to }) => [rule, sentence, from, to])).toEqual([
    [
      "pool/last-resort-all",
      "www.example.org answers 192.0.2.1: no member is fit; 1 answer all the same",
      "192.0.2.1",
      "192.0.2.1",
    ],
    ["pool/round-robin", "www.example.org answers 192.0.2.1: 1 of 1 members are fit", "192.0.2.1", "192.0.2.1"],
  ]);
  expect(answers.map(readMeaning).map(({ severity, state }) => `${severity} ${state}`)).toEqual([
    "critical problem",
    "info resolved",
  ]);
});

test("an answer of many members is told by the first eight, and kept with all, for replays", () => {
  const many = Array.from({ length: 12 }, (_, i) => `192.0.2.${i + 1}`);
  const drive = new Drive(fixtureConfig([poolOf(many)]));
  drive.run(2000);
  const told = drive.effects.flatMap((effect) => (effect.kind === "tell" ? [effect.event] : []));
  const answer = told.find(({ kind }) => kind === "answer");
  expect(answer?.to).toBe(many.join(", "));
  expect(answer?.sentence).toContain("192.0.2.8 and 4 more");
});
