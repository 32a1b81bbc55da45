import { expect, test } from "vitest";
import { fail, ok, type Result } from "../base/result.ts";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "../core/fixtures.ts";
import type { Config, PoolConfig } from "../core/model.ts";
import type { FileComparison } from "../ports/nameserver.ts";
import { Drive, poolOf } from "./drive.ts";
import { type ComparedFiles, planStep } from "./plan.ts";

const three = poolOf(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);

function driven(): Drive {
  const drive = new Drive(fixtureConfig([three]));
  drive.run(3100);
  return drive;
}

function planReload(drive: Drive, pools: readonly PoolConfig[], changes: Partial<Config> = {}, files?: ComparedFiles) {
  const step = { kind: "configured", config: fixtureConfig(pools, changes), sentences: [] } as const;
  return planStep(drive.controller.state, step, { now: drive.now, ...(files === undefined ? {} : { files }) });
}

test("a plan names what goes and what comes, and changes nothing", () => {
  const drive = driven();
  const before = JSON.stringify([...drive.controller.state.pools.values()].map(({ sets }) => sets));
  const plan = planReload(drive, [poolOf(["192.0.2.1", "192.0.2.2"])]);
  expect(plan.zones).toEqual([{ origin: "example.org", removed: ["www.example.org. 30 IN A 192.0.2.3"], added: [] }]);
  expect([plan.published, plan.removed, plan.refusal]).toEqual([3, 1, null]);
  expect(JSON.stringify([...drive.controller.state.pools.values()].map(({ sets }) => sets))).toBe(before);
});

test("a plan that removes more than allowed says why it would be refused", () => {
  const plan = planReload(driven(), [poolOf(["192.0.2.1"])]);
  expect(plan.refusal).toBe(
    "it would remove 2 of 3 records of pools, more than the 50 % that `removal-max` allows; force it with a reason if that is meant",
  );
});

test("no change is an empty plan; a new pool is announced", () => {
  const drive = driven();
  expect(planReload(drive, [three])).toMatchObject({ zones: [], removed: 0, sentences: [] });
  const fresh = fixturePool(
    [fixtureMember("192.0.2.9", { id: "new.example.org/192.0.2.9", pool: "new.example.org" })],
    {
      name: "new.example.org",
    },
  );
  expect(planReload(drive, [three, fresh]).sentences).toEqual([
    "new.example.org would be answered once its members are judged",
  ]);
});

test("P7 a plan of the reset shows what would come back", () => {
  const drive = driven();
  drive.run(5000, { kind: "down", tookMs: 1, reason: "connection refused" });
  const refused = planStep(drive.controller.state, { kind: "reset", owner: "o", reason: "r" }, { now: drive.now });
  // Last resort: all three are answered already, but for a short time only.
  expect(refused.zones[0]?.added).toContain("www.example.org. 30 IN A 192.0.2.1");
  expect(refused.removed).toBe(0);
});

test("P7 what muster makes itself is planned as well: nameservers, and a pool's zone beside them", () => {
  const zones = [fixtureZone({ nameservers: ["ns1.example.net", "ns2.example.net"] })];
  expect(planReload(driven(), [three], { zones })).toMatchObject({
    zones: [{ origin: "example.org", removed: [], added: ["example.org. 30 IN NS ns2.example.net."] }],
    removed: 0,
    refusal: null,
  });
});

test("P7 a pool that moves to another zone is shown in both, and nothing is removed", () => {
  const zones = [fixtureZone(), fixtureZone({ origin: "www.example.org" })];
  const plan = planReload(driven(), [{ ...three, zone: "www.example.org" }], { zones });
  expect(plan.zones.map(({ added, origin, removed }) => [origin, removed.length, added.length])).toEqual([
    ["example.org", 3, 0],
    ["www.example.org", 0, 4],
  ]);
  expect([plan.published, plan.removed, plan.refusal]).toEqual([3, 0, null]);
});

const file = (origin: string) => fixtureZone({ origin, file: `${origin}.zone`, nameservers: [] });

test("P7 zones with records of their own may not go all at once", () => {
  const zones = ["a.example", "b.example", "c.example"].map(file);
  const drive = new Drive(fixtureConfig([three], { zones: [fixtureZone(), ...zones] }));
  drive.run(3100);
  const without = (count: number) => planReload(drive, [three], { zones: [fixtureZone(), ...zones.slice(count)] });
  expect(without(1)).toMatchObject({ refusal: null, sentences: ["zone a.example would no longer be served"] });
  expect(without(2).refusal).toBe(
    "it would remove 2 of 3 zones with records of their own, more than the 50 % that `removal-max` allows; force it with a reason if that is meant",
  );
});

test("P7 zone files are planned beside pools, and each is judged for itself", () => {
  const zones = ["a.example", "b.example", "c.example"].map(file);
  const drive = new Drive(fixtureConfig([three], { zones: [fixtureZone(), ...zones] }));
  drive.run(3100);
  const plan = planReload(
    drive,
    [three],
    { zones: [fixtureZone(), ...zones] },
    new Map<string, Result<FileComparison, readonly string[]>>([
      ["a.example", ok({ published: 4, removed: 3, lost: ['a.example. 60 IN TXT "one"'], gained: [] })],
      ["b.example", ok({ published: 100, removed: 1, lost: [], gained: ['b.example. 60 IN TXT "two"'] })],
      ["c.example", fail(["c.example.zone:7: no such type"])],
    ]),
  );
  expect(plan.zones.map(({ added, origin, removed }) => [origin, removed.length, added.length])).toEqual([
    ["a.example", 1, 0],
    ["b.example", 0, 1],
  ]);
  expect([plan.published, plan.removed]).toEqual([107, 4]);
  expect(plan.refusal).toMatch(/^it would remove 3 of 4 records in the file of zone a\.example, more than/);
  expect(plan.mistakes).toEqual(["the file of zone c.example would be refused: c.example.zone:7: no such type"]);
});
