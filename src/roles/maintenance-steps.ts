/**
 * Windows of maintenance, as time goes by: a member leaves the answers one TTL before its window begins, is out while it
 * lasts, and counts again when it is over. What happens to members meanwhile is told as maintenance, not as a fault.
 *
 * | from     | to       | when                                                             |
 * |----------|----------|------------------------------------------------------------------|
 * | planned  | draining | the largest TTL before it begins; each member one TTL of its own |
 * | draining | running  | it begins                                                        |
 * | running  | over     | it ends, or an operator ends it                                  |
 */
import { type Wall, wall } from "../base/time.ts";
import { isMeant, type MaintenanceWindow, windowsAt } from "../core/maintenance.ts";
import type { ControllerState, MemberState, PoolState } from "./controller-state.ts";
import { type MaintenanceState, maintenanceOf } from "./hold.ts";
import type { Outbox } from "./outbox.ts";

/** A clock that was set back is an occasion, too. */
export function settleMaintenance(state: ControllerState, out: Outbox): void {
  const { maintenance } = state;
  const at = out.now.wall;
  if (at < maintenance.nextAt && at >= maintenance.seenAt) return;
  maintenance.seenAt = at;
  maintenance.windows = windowsAt(state.config.maintenance, state.orders.values(), at);
  let nextAt = wall(Number.POSITIVE_INFINITY);
  for (const { from, to } of maintenance.windows) nextAt = soonest(nextAt, at, [from, to]);
  for (const pool of state.poolBySlot) nextAt = settleMembers(state, pool, { nextAt, out });
  maintenance.nextAt = nextAt;
  tellWindows(maintenance, out);
}

function soonest(known: Wall, at: Wall, times: readonly Wall[]): Wall {
  return wall(Math.min(known, ...times.filter((time) => time > at)));
}

/** Returns when the next change is due. */
function settleMembers(state: ControllerState, pool: PoolState, step: { nextAt: Wall; out: Outbox }): Wall {
  const { out } = step;
  const at = out.now.wall;
  const leadMs = (state.zones.get(pool.config.zone)?.config.ttlSeconds ?? 0) * 1000;
  let { nextAt } = step;
  for (const member of pool.members) {
    const meant = state.maintenance.windows.filter((window) => isMeant(window, member.config));
    const window = meant.find(({ from }) => from - leadMs <= at) ?? null;
    for (const { from } of meant) nextAt = soonest(nextAt, at, [wall(from - leadMs)]);
    const before = member.maintenance;
    member.maintenance = window;
    if (before?.name === window?.name) continue;
    out.duePools.add(pool);
    if (window === null && before !== null) tellStillDown(member, before, out);
  }
  return nextAt;
}

/** Told once as a fault what was only maintenance until now. */
function tellStillDown({ target }: MemberState, window: MaintenanceWindow, out: Outbox): void {
  const { diagnosis } = target;
  const { address, id } = target.target;
  const { health, reason } = target.judgement;
  if (health !== "down" || maintenanceOf(target) !== null) return;
  const sentence = `${address} is still down after maintenance ${window.name}: ${reason}`;
  out.tell({ kind: "health", subject: id, rule: "health/still-down", sentence, from: "down", to: "down", diagnosis });
}

function tellWindows({ running, windows }: MaintenanceState, out: Outbox): void {
  const now = new Map(windows.filter(({ from }) => from <= out.now.wall).map((window) => [window.name, window]));
  for (const [name, window] of [...running]) {
    const { owner, reason } = window;
    if (isSame(window, now.get(name))) continue;
    running.delete(name);
    out.windowsMoved = true;
    const sentence = `maintenance ${name} is over: ${reason}`;
    const story = { kind: "override", subject: name, rule: "maintenance/end", sentence } as const;
    out.tell({ ...story, from: "running", to: "over", by: { owner, reason } });
  }
  for (const [name, window] of now) {
    if (running.has(name)) continue;
    running.set(name, window);
    out.windowsMoved = true;
    const { members, owner, pools, reason } = window;
    const scope = [...pools, ...members].join(", ") || "everything";
    const sentence = `maintenance ${name} of ${scope} begins: ${reason}`;
    const story = { kind: "override", subject: name, rule: "maintenance/begin", sentence } as const;
    out.tell({ ...story, from: "planned", to: "running", by: { owner, reason } });
  }
}

/** One that comes again and again is another each time; one that was ordered for a length of time moves with a clock that is set. */
function isSame(begun: MaintenanceWindow, running: MaintenanceWindow | undefined): boolean {
  return running !== undefined && (running.series === null || running.from === begun.from);
}

/** Milliseconds until a window begins, ends, or makes a member leave. */
export function nextMaintenanceMs({ maintenance }: ControllerState, at: Wall): number {
  return Math.max(0, maintenance.nextAt - at);
}
