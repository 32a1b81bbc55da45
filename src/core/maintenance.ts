/**
 * Maintenance: windows of time in which members are out of the answers, and what happens to them is no alarm. Some come
 * again and again, by the configuration or by order; others are ordered once. Members leave one TTL before a window
 * begins, so that nobody uses them any more when somebody pulls a plug.
 */
import { type Wall, wall } from "../base/time.ts";
import { dayNumber, instantOf, weekdayOf } from "./calendar.ts";
import { localTime } from "./local-time.ts";
import type { MaintenanceScope, Order, Recurrence } from "./order.ts";

/** A window that comes again and again. */
export interface MaintenanceConfig extends MaintenanceScope, Recurrence {
  readonly name: string;
  readonly reason: string;
}

/** One window that holds the time it was looked for at, or comes next. */
export interface MaintenanceWindow extends MaintenanceScope {
  readonly name: string;
  readonly owner: string;
  readonly reason: string;
  readonly from: Wall;
  readonly to: Wall;
  /** Null: it comes once. */
  readonly series: Series | null;
}

/** Of which a window is one. */
export interface Series {
  /** `Sun 02:00`, as it is configured. */
  readonly every: string;
  readonly timeZone: string;
  /** Null: without end. */
  readonly until: Wall | null;
  /** By an operator, who may cancel it; otherwise the configuration has it. */
  readonly ordered: boolean;
}

const dayMs = 86_400_000;

const dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** `Sun 02:00`, `Mon,Thu 23:30` or `daily 04:00`. */
export function everyText({ atMinute, days }: Pick<Recurrence, "atMinute" | "days">): string {
  const two = (number: number): string => String(number).padStart(2, "0");
  const on = days.length === 0 ? "daily" : days.map((day) => dayNames[day]).join(",");
  return `${on} ${two(Math.floor(atMinute / 60))}:${two(atMinute % 60)}`;
}

/** The window that holds `at`, or else the next. */
export function nextWindow(rule: Recurrence, at: Wall): { readonly from: Wall; readonly to: Wall } {
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
  const series: Repeated[] = rules.map((rule) => ({ rule, owner: "configuration", until: null, ordered: false }));
  for (const order of orders) {
    if (order.kind === "skip") skipped.set(order.name, order.expiresAt);
    if (order.kind === "recurring")
      series.push({ rule: order, owner: order.owner, until: order.expiresAt, ordered: true });
    if (order.kind !== "maintenance" || order.expiresAt <= at) continue;
    const { expiresAt: to, from, members, name, owner, pools, reason } = order;
    once.push({ name, owner, reason, members, pools, from, to, series: null });
  }
  const again = series.flatMap((one) => windowOf(one, wall(Math.max(at, skipped.get(one.rule.name) ?? at))) ?? []);
  return [...again, ...once];
}

interface Repeated {
  readonly rule: MaintenanceConfig;
  readonly owner: string;
  readonly until: Wall | null;
  readonly ordered: boolean;
}

/** Null: it comes no more. */
function windowOf({ ordered, owner, rule, until }: Repeated, at: Wall): MaintenanceWindow | null {
  const { members, name, pools, reason, timeZone } = rule;
  const { from, to } = nextWindow(rule, at);
  if (until !== null && (from >= until || at >= until)) return null;
  const end = until === null ? to : wall(Math.min(to, until));
  const series = { every: everyText(rule), timeZone, until, ordered };
  return { name, owner, reason, members, pools, from, to: end, series };
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
