/**
 * What an operator orders for a name or for a time, beside what is observed: kept across restarts until it ends.
 * `pin`: a pool's name answers one thing, whatever its members do. `maintenance`: a window in which members are out of
 * the answers. `recurring`: the same, again and again. `skip`: one window of those that come again ends before its time.
 */
import { type Wall, wall } from "../base/time.ts";
import type { RecordConfig } from "./model.ts";

/** Where an operator said nothing. */
export const noReason = "no reason given";

interface OrderBase {
  /** Its kind and what it is about: a second order with the same id replaces the first. */
  readonly id: string;
  readonly owner: string;
  readonly reason: string;
  readonly setAt: Wall;
}

export interface Pin extends OrderBase {
  readonly kind: "pin";
  readonly pool: string;
  /** The pool's kind of record when the pin was set: for another kind it has no meaning. */
  readonly record: RecordConfig["kind"];
  /** An address, or the target of another kind of record. */
  readonly address: string;
  /** Null: until it is unpinned. */
  readonly expiresAt: Wall | null;
}

/** Members and pools by name; both empty: everything. */
export interface MaintenanceScope {
  /** Ids, labels or addresses. */
  readonly members: readonly string[];
  readonly pools: readonly string[];
}

export interface PlannedMaintenance extends OrderBase, MaintenanceScope {
  readonly kind: "maintenance";
  readonly name: string;
  readonly from: Wall;
  readonly expiresAt: Wall;
}

/** When a window comes again. */
export interface Recurrence {
  /** Days on which it begins, 0 (Sunday) to 6; empty: every day. */
  readonly days: readonly number[];
  /** Minutes after midnight. */
  readonly atMinute: number;
  readonly lengthMs: number;
  /** IANA name. */
  readonly timeZone: string;
}

export interface RecurringMaintenance extends OrderBase, MaintenanceScope, Recurrence {
  readonly kind: "recurring";
  readonly name: string;
  /** Null: until it is cancelled. */
  readonly expiresAt: Wall | null;
}

export interface SkippedMaintenance extends OrderBase {
  readonly kind: "skip";
  /** A window that comes again; its times before `expiresAt` do not count. */
  readonly name: string;
  readonly expiresAt: Wall;
}

export type Order = Pin | PlannedMaintenance | RecurringMaintenance | SkippedMaintenance;

/** Whether it was ordered for a length of time from when it was set on. Else its end is an appointment, or it has none. */
export function isLength(order: Order): boolean {
  if (order.kind === "maintenance") return order.from === order.setAt;
  return order.kind === "pin" && order.expiresAt !== null;
}

/** The same length at another time. */
export function shiftOrder(order: Order, byMs: number): Order {
  const move = (at: Wall): Wall => wall(at + byMs);
  const setAt = move(order.setAt);
  if (order.kind === "pin" || order.kind === "recurring")
    return { ...order, setAt, expiresAt: order.expiresAt === null ? null : move(order.expiresAt) };
  const expiresAt = move(order.expiresAt);
  return order.kind === "skip"
    ? { ...order, setAt, expiresAt }
    : { ...order, setAt, from: move(order.from), expiresAt };
}

export function orderId(kind: Order["kind"], name: string): string {
  return `${kind} ${name}`;
}
