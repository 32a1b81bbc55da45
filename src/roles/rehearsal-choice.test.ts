import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { fixtureConfig, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { Config, PoolConfig } from "../core/model.ts";
import type { RehearsalWish } from "../core/view.ts";
import { Drive } from "./drive.ts";
import { chooseCanary } from "./rehearsal-choice.ts";

const name = "canary.example.org";
const wish: RehearsalWish = {
  subject: name,
  forMs: 30_000,
  manner: "refused",
  at: [],
  force: false,
  owner: "ops",
  reason: "to see",
};

function poolOf(pool: string, addresses: readonly string[], changes: Partial<PoolConfig> = {}): PoolConfig {
  const members = addresses.map((address) => fixtureMember(address, { pool, id: `${pool}/${address}` }));
  return fixturePool(members, { name: pool, canary: pool === name, ...changes });
}

function running(pools: readonly PoolConfig[], changes: Partial<Config> = {}): Drive {
  const drive = new Drive(fixtureConfig(pools, changes));
  drive.run(3100);
  return drive;
}

function choose(drive: Drive, changes: Partial<RehearsalWish> = {}): string {
  const choice = chooseCanary(drive.controller.state, { ...wish, ...changes }, drive.now);
  return choice.kind === "canary" ? choice.canary.member : choice.sentence;
}

const two = ["192.0.2.1", "192.0.2.2"];

test("a canary that is well is chosen, whole or one member of it", () => {
  const drive = running([poolOf(name, two, { recoveryMs: 9000 })]);
  expect(choose(drive)).toBe(`${name}/192.0.2.1`);
  expect(choose(drive, { subject: `${name}/192.0.2.2` })).toBe(`${name}/192.0.2.2`);
  expect(choose(drive, { subject: "canari.example.org" })).toContain("no pool and no member");
});

test("a pool that is no canary is left alone, unless it is named by force", () => {
  const drive = running([poolOf("www.example.org", two)]);
  expect(choose(drive, { subject: "www.example.org" })).toContain("is no canary");
  expect(choose(drive, { subject: "www.example.org", force: true })).toBe("www.example.org/192.0.2.1");
});

test("a check that also decides for a pool that is no canary is left alone", () => {
  const drive = running([poolOf(name, two), poolOf("www.example.org", two)]);
  expect(choose(drive)).toContain("also decides for pools that are no canaries");
});

test("an answer that would not change shows nothing", () => {
  expect(choose(running([poolOf(name, ["192.0.2.1"])]))).toContain("would go on naming the member");
  const spare = poolOf(name, ["192.0.2.1"], { lastResort: { kind: "address", address: "198.51.100.9" } });
  expect(choose(running([spare]))).toBe(`${name}/192.0.2.1`);
});

test("a pool that is not well is left alone, and says why", () => {
  const drained = running([poolOf(name, two)]);
  const override = { member: `${name}/192.0.2.2`, kind: "drain", owner: "ops", reason: "r" } as const;
  drained.step({ kind: "override-set", overrides: [{ ...override, setAt: wall(0), expiresAt: null }] });
  expect(choose(drained)).toContain("is drained, disabled or in maintenance");

  const suspected = running([poolOf(name, two)]);
  const [id = ""] = [...suspected.controller.state.targets.keys()];
  const target = suspected.controller.state.targets.get(id);
  if (target !== undefined) target.judgement.falls = 1;
  expect(choose(suspected)).toContain("is suspected");

  const fallen = running([poolOf(name, two)]);
  fallen.run(5000, { kind: "down", tookMs: 1, reason: "connection refused" });
  expect(choose(fallen)).toContain("is not well");
});
