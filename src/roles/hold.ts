/**
 * What stands between health and answers: an operator's override of a member, or maintenance that it is in; and the pin
 * of a pool, which no member has a say in.
 */
import { type Wall, wall } from "../base/time.ts";
import type { MaintenanceWindow } from "../core/maintenance.ts";
import type { OverrideKind } from "../core/model.ts";
import { orderId, type Pin } from "../core/order.ts";
import type { ControllerState, MemberState, PoolState, TargetState } from "./controller-state.ts";

/** Why a member is out of the answers whatever its health. */
interface Hold {
  readonly kind: OverrideKind | "maintenance";
  readonly owner: string;
  readonly reason: string;
  readonly setAt: Wall;
  readonly expiresAt: Wall | null;
}

/** What an operator says of the very member comes before a window. */
export function holdOf(state: ControllerState, { config, maintenance }: MemberState): Hold | null {
  const override = state.overrides.get(config.id);
  if (override !== undefined) return override;
  if (maintenance === null) return null;
  const { from, name, owner, reason, to } = maintenance;
  return { kind: "maintenance", owner, reason: `${name}: ${reason}`, setAt: from, expiresAt: to };
}

export function isHeld(state: ControllerState, member: MemberState): boolean {
  return member.maintenance !== null || state.overrides.has(member.config.id);
}

export function pinOf(state: ControllerState, { config }: PoolState): Pin | null {
  const order = state.orders.get(orderId("pin", config.name));
  return order?.kind === "pin" && order.record === config.record.kind ? order : null;
}

/** The maintenance that every member with this target is in; null: one of them is not. */
export function maintenanceOf({ pools, target }: TargetState): MaintenanceWindow | null {
  let found: MaintenanceWindow | null = null;
  for (const pool of pools) {
    for (const member of pool.members) {
      if (member.target.target.id !== target.id) continue;
      if (member.maintenance === null) return null;
      found = member.maintenance;
    }
  }
  return found;
}

export interface MaintenanceState {
  /** Of each window that is configured or ordered, the one that runs or comes next. */
  windows: readonly MaintenanceWindow[];
  /** When it was looked at, and when it must be again. */
  seenAt: Wall;
  nextAt: Wall;
  /** Windows that were told to have begun, by name; also before a restart. */
  readonly running: Map<string, MaintenanceWindow>;
}

/** Anything is due. */
export const atOnce = wall(Number.NEGATIVE_INFINITY);

export function createMaintenance(begun: readonly MaintenanceWindow[]): MaintenanceState {
  const running = new Map(begun.map((window) => [window.name, window]));
  return { windows: [], seenAt: atOnce, nextAt: atOnce, running };
}
