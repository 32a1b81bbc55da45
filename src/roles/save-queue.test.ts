import fc from "fast-check";
import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import type { Override, SavedPool, SavedTarget } from "../core/model.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import type { SavedGroup } from "../core/diagnosis.ts";
import type { MaintenanceWindow } from "../core/maintenance.ts";
import type { Pin } from "../core/order.ts";
import { createMemoryDisk, readDisk, writeDisk } from "../ports/memory-store.ts";
import type { SaveBatch } from "../ports/store.ts";
import { SaveQueue } from "./save-queue.ts";

const ids = ["a", "b", "c", "d"] as const;
const health = fc.constantFrom("up", "down") satisfies fc.Arbitrary<SavedTarget["health"]>;

/** Each thing is either said or unsaid in one batch, as the controller's steps do. */
const choice = fc.record({ a: fc.nat(2), b: fc.nat(2), c: fc.nat(2), d: fc.nat(2) });

const batch: fc.Arbitrary<SaveBatch> = fc
  .record({ targets: choice, pools: choice, overrides: choice, health, priority: fc.nat(5), serial: fc.nat(100) })
  .map(({ health: state, overrides, pools, priority, serial, targets }) => ({
    updates: [],
    ordersSet: ids.filter((id) => overrides[id] === 1).map((id) => pin(id, `reason ${priority}`)),
    ordersCleared: ids.filter((id) => overrides[id] === 2),
    rehearsals: ids.filter((id) => pools[id] === 1).map((pool) => rehearsal(pool, { reason: `${priority}` })),
    groupsTold: overrides.b === 0 ? null : ids.filter((id) => overrides[id] === 1).map(group),
    windowsBegun: overrides.a === 0 ? null : ids.filter((id) => overrides[id] === 1).map(begun),
    poolsForgotten: ids.filter((id) => pools[id] === 2),
    targets: ids.filter((id) => targets[id] === 1).map((id) => target(id, state)),
    targetsForgotten: ids.filter((id) => targets[id] === 2),
    overridesSet: ids.filter((id) => overrides[id] === 1).map((id) => override(id, `reason ${priority}`)),
    overridesCleared: ids.filter((id) => overrides[id] === 2),
    pools: ids.filter((id) => pools[id] === 1).map((name) => ({ name, activePriority: priority }) satisfies SavedPool),
    serials: { [ids[serial % 4] ?? "a"]: serial },
  }));

function target(id: string, state: SavedTarget["health"]): SavedTarget {
  return {
    id,
    health: state,
    since: wall(1),
    reason: "because",
    rises: 0,
    falls: 0,
    flips: [],
    heldUntil: null,
    fault: null,
    holdReason: "",
  };
}

function override(member: string, reason: string): Override {
  return { member, kind: "drain", owner: "operator", reason, setAt: wall(1), expiresAt: null };
}

function rehearsal(pool: string, change: Partial<RehearsalView> = {}): RehearsalView {
  const found = { verdict: "ok", sentence: "it went through", suspectedMs: 1, decidedMs: 2, servers: [] } as const;
  const terms = { ttlSeconds: 4, totalMs: 4002, recoveryMs: null, returnedMs: 9 };
  return {
    pool,
    member: `${pool}/192.0.2.1`,
    at: wall(1),
    owner: "operator",
    reason: "",
    ...found,
    ...terms,
    ...change,
  };
}

function group(subject: string): SavedGroup {
  const lost = {
    rule: "diagnosis/switch",
    name: "switch or uplink lost",
    sentence: "switch or uplink lost: 2 members",
  };
  return { ...lost, subject, since: wall(1), settleMs: 1500 };
}

function begun(name: string): MaintenanceWindow {
  const scope = { members: [], pools: [], series: null };
  return { name, owner: "operator", reason: "disk", ...scope, from: wall(1), to: wall(2) };
}

function pin(id: string, reason: string): Pin {
  const order = { kind: "pin", pool: id, record: "address", address: "192.0.2.1" } as const;
  return { id, ...order, owner: "operator", reason, setAt: wall(1), expiresAt: null };
}

test("M7 a merged batch leaves on disk what its parts would have left one after the other", () => {
  fc.assert(
    fc.property(fc.array(batch, { minLength: 1, maxLength: 6 }), (batches) => {
      const one = createMemoryDisk();
      for (const each of batches) writeDisk(one, each);
      const merged = createMemoryDisk();
      const queue = new SaveQueue();
      for (const each of batches) queue.add(each);
      writeDisk(merged, queue.take());
      expect(readDisk(merged)).toEqual(readDisk(one));
    }),
  );
});
