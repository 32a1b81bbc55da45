import { expect, test } from "vitest";
import { fixtureConfig, fixtureMember, fixturePool } from "../core/fixtures.ts";
import type { PoolConfig } from "../core/model.ts";
import { Drive, poolOf } from "./drive.ts";
import { planStep } from "./plan.ts";

const three = poolOf(["192.0.2.1", "192.0.2.2", "192.0.2.3"]);

function driven(): Drive {
  const drive = new Drive(fixtureConfig([three]));
  drive.run(3100);
  return drive;
}

function planReload(drive: Drive, pools: readonly PoolConfig[]) {
  const step = { kind: "configured", config: fixtureConfig(pools), sentences: [] } as const;
  return planStep(drive.controller.state, step, drive.now);
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
    "it would remove 2 of 3 records, more than the 50 % that `removal-max` allows; force it with a reason if that is meant",
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
  const refused = planStep(drive.controller.state, { kind: "reset", owner: "o", reason: "r" }, drive.now);
  // Last resort: all three are answered already, but for a short time only.
  expect(refused.zones[0]?.added).toContain("www.example.org. 30 IN A 192.0.2.1");
  expect(refused.removed).toBe(0);
});
