/** Values and a log for the tests of the store; no part of the test runner, so that started programs use them too. */
import { wall } from "../../src/base/time.ts";
import type { HistoryEvent, Override, SavedTarget } from "../../src/core/model.ts";
import type { MaintenanceWindow } from "../../src/core/maintenance.ts";
import type { Order } from "../../src/core/order.ts";
import type { SavedGroup } from "../../src/core/diagnosis.ts";
import type { RehearsalView } from "../../src/core/rehearsal.ts";
import type { Log } from "../../src/ports/log.ts";
import { emptyBatch, type SaveBatch, type SavedState } from "../../src/ports/store.ts";
import { pastZone } from "./store-zones.ts";

export function target(id: string, change: Partial<SavedTarget> = {}): SavedTarget {
  return {
    id,
    health: "up",
    since: wall(1_700_000_000_000.25),
    reason: "200 OK",
    rises: 2,
    falls: 0,
    flips: [],
    heldUntil: null,
    fault: null,
    holdReason: "",
    ...change,
  };
}

export function drain(member: string, change: Partial<Override> = {}): Override {
  const setAt = wall(1_700_000_000_000);
  return { member, kind: "drain", owner: "root", reason: "new kernel", setAt, expiresAt: null, ...change };
}

export function pinned(pool: string): Order {
  const order = { kind: "pin", pool, record: "address", address: "192.0.2.10" } as const;
  return { id: `pin ${pool}`, ...order, owner: "root", reason: "moving", setAt: wall(7), expiresAt: null };
}

export function window(name: string, change: Partial<MaintenanceWindow> = {}): MaintenanceWindow {
  const scope = { members: [], pools: ["www.example.org"] };
  return { name, owner: "root", reason: "new disk", ...scope, from: wall(1), to: wall(9), series: null, ...change };
}

export function rehearsal(pool: string, change: Partial<RehearsalView> = {}): RehearsalView {
  const found = { verdict: "ok", sentence: "it went through", suspectedMs: 1, decidedMs: 2, servers: [] } as const;
  const terms = { ttlSeconds: 4, totalMs: 4002, recoveryMs: null, returnedMs: 9 };
  return { pool, member: `${pool}/192.0.2.1`, at: wall(1), owner: "root", reason: "", ...found, ...terms, ...change };
}

export function group(subject: string): SavedGroup {
  const lost = {
    rule: "diagnosis/switch",
    name: "switch or uplink lost",
    sentence: "switch or uplink lost: 2 members",
  };
  return { ...lost, subject, since: wall(1), settleMs: 1500 };
}

export function event(id: number, change: Partial<HistoryEvent> = {}): HistoryEvent {
  return {
    id,
    at: wall(1_700_000_000_000 + id),
    kind: "health",
    subject: "www.example.org/192.0.2.10",
    rule: "health/fall",
    sentence: `event ${id} – «naïve» 'quotes'`,
    from: "up",
    to: "down",
    ...change,
  };
}

export function events(from: number, to: number, change: Partial<HistoryEvent> = {}): HistoryEvent[] {
  return Array.from({ length: to - from + 1 }, (_, index) => event(from + index, change));
}

/** A batch whose number stands in every table. */
export function batchNumber(number: number): SaveBatch {
  const reason = String(number);
  return {
    ...emptyBatch,
    targets: [target("a", { reason }), target("b", { reason }), target("c", { reason })],
    pools: [{ name: "www.example.org", activePriority: number }],
    overridesSet: [drain("a", { reason })],
    serials: { "example.com": number, "example.net": number },
  };
}

/** Every number that batches left in a stored state: one, if no batch was ever torn. */
export function numbersIn(state: SavedState): number[] {
  const numbers = [
    ...state.targets.map((saved) => Number(saved.reason)),
    ...state.pools.map((pool) => pool.activePriority ?? 0),
    ...state.overrides.map((override) => Number(override.reason)),
    ...Object.entries(state.serials).flatMap(([zone, serial]) => (zone === pastZone ? [] : [serial])),
  ];
  return [...new Set(numbers)];
}

export interface KeptLog extends Log {
  readonly lines: string[];
}

export function keepLog(): KeptLog {
  const lines: string[] = [];
  const keep = (sentence: string): void => void lines.push(sentence);
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}
