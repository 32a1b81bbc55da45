/**
 * Maintenance: windows of time in which members are out of the answers, and what happens to them is no alarm. Some come
 * again and again, from the configuration; others are ordered once. Members leave one TTL before a window begins, so
 * that nobody uses them any more when somebody pulls a plug.
 */
import { type Wall, wall } from "../base/time.ts";
import { dayNumber, instantOf, weekdayOf } from "./calendar.ts";
import { localTime } from "./local-time.ts";
import type { MaintenanceScope, Order } from "./order.ts";

/** A window that comes again and again. */
export interface MaintenanceConfig extends MaintenanceScope {
  readonly name: string;
  /** Days on which it begins, 0 (Sunday) to 6; empty: every day. */
  readonly days: readonly number[];
  /** Minutes after midnight. */
  readonly atMinute: number;
  readonly lengthMs: number;
  /** IANA name. */
  readonly timeZone: string;
  readonly reason: string;
}

/** One window that holds the time it was looked for at, or comes next. */
export interface MaintenanceWindow extends MaintenanceScope {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  readonly from: Wall;
  readonly to: Wall;
  readonly recurring: boolean;
}

const dayMs = 86_400_000;

/** The window of the configuration that holds `at`, or else the next. */
export function nextWindow(rule: MaintenanceConfig, at: Wall): { readonly from: Wall; readonly to: Wall } {
  const today = dayNumber(localTime(at, rule.timeZone).date);
  const first = today - Math.ceil(rule.lengthMs / dayMs) - 1;
  for (let day = first; ; day++) {
    if (rule.days.length > 0 && !rule.days.includes(weekdayOf(day))) continue;
    const from = instantOf(day, rule.atMinute, rule.timeZone);
    const to = wall(from + rule.lengthMs);
    if (to > at) return { from, to };
  }
}

/** Every window that holds `at` or comes next, by what is configured and ordered. */
export function windowsAt(
  rules: readonly MaintenanceConfig[],
  orders: Iterable<Order>,
  at: Wall,
): readonly MaintenanceWindow[] {
  const skipped = new Map<string, Wall>();
  const once: MaintenanceWindow[] = [];
  for (const order of orders) {
    if (order.kind === "skip") skipped.set(order.name, order.expiresAt);
    if (order.kind !== "maintenance" || order.expiresAt <= at) continue;
    const { expiresAt: to, from, members, name, owner, pools, reason } = order;
    once.push({ name, owner, reason, members, pools, from, to, recurring: false });
  }
  const again = rules.map((rule): MaintenanceWindow => {
    const { members, name, pools, reason } = rule;
    const from = wall(Math.max(at, skipped.get(name) ?? at));
    return { name, owner: "configuration", reason, members, pools, ...nextWindow(rule, from), recurring: true };
  });
  return [...again, ...once];
}

/** What a scope is compared with. */
export interface ScopedMember {
  readonly id: string;
  readonly pool: string;
  readonly label: string;
  readonly address: string;
}

/** Whether the window is about the member: it is named, its pool is, or everything is meant. */
export function isMeant({ members, pools }: MaintenanceScope, member: ScopedMember): boolean {
  if (members.length === 0 && pools.length === 0) return true;
  const { address, id, label, pool } = member;
  return pools.includes(pool) || members.some((name) => name === id || name === label || name === address);
}
