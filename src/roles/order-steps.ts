/** Pins and windows of maintenance that an operator orders: set, ended, expired, and kept until then. */
import type { Wall } from "../base/time.ts";
import { spanText } from "../core/flap.ts";
import { localText } from "../core/local-time.ts";
import { everyText } from "../core/maintenance.ts";
import { type Order, orderId, type PlannedMaintenance, type RecurringMaintenance } from "../core/order.ts";
import type { ControllerState } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";
import { atOnce, pinOf } from "./hold.ts";
import { addressesOf } from "./pool-steps.ts";

export function setOrder(state: ControllerState, order: Order, out: Outbox): void {
  const before = state.orders.get(order.id);
  const { owner, reason } = order;
  const from = before === undefined ? stateBefore(state, order) : orderText(before);
  state.orders.set(order.id, order);
  out.ordersSet.push(order.id);
  touch(state, order, out);
  const story = { kind: "override", subject: subjectOf(order), rule: ruleOf(order) } as const;
  const sentence = `${owner} ${verbOf(order)}${untilText(order)}: ${reason}`;
  out.tell({ ...story, sentence, from, to: orderText(order), by: { owner, reason } });
}

export function endOrder(
  state: ControllerState,
  request: { readonly id: string; readonly owner: string; readonly reason: string },
  out: Outbox,
): void {
  const order = dropOrder(state, request.id, out);
  if (order === null) return;
  const { owner, reason } = request;
  if (order.kind === "recurring") dropOrder(state, orderId("skip", order.name), out);
  const rule = order.kind === "pin" ? "operator/unpin" : "operator/maintenance-end";
  const sentence = `${owner} ${endingOf(order)} ${nameOf(order)}: ${reason}`;
  const story = { kind: "override", subject: subjectOf(order), rule, sentence } as const;
  out.tell({ ...story, from: orderText(order), to: "none", by: { owner, reason } });
}

export function expireOrders(state: ControllerState, out: Outbox): void {
  for (const { expiresAt, id } of [...state.orders.values()]) {
    if (expiresAt === null || expiresAt > out.now.wall) continue;
    const order = dropOrder(state, id, out);
    if (order?.kind === "maintenance") tellPassed(state, order, out);
    if (order?.kind === "recurring") tellLast(order, out);
    if (order?.kind !== "pin") continue;
    const sentence = `the pin of ${order.pool} to ${order.address} has expired`;
    const story = { kind: "override", subject: order.pool, rule: "override/expired", sentence } as const;
    out.tell({ ...story, from: orderText(order), to: "none" });
  }
}

/** The end of a window that has begun is told when members return; one that the clock has jumped over never began. */
function tellPassed(state: ControllerState, { name, owner, reason }: PlannedMaintenance, out: Outbox): void {
  if (state.maintenance.running.has(name)) return;
  const sentence = `maintenance ${name} has passed: muster was stopped or the clock was set meanwhile: ${reason}`;
  const story = { kind: "override", subject: name, rule: "maintenance/passed", sentence } as const;
  out.tell({ ...story, from: "planned", to: "over", by: { owner, reason } });
}

function tellLast(order: RecurringMaintenance, out: Outbox): void {
  const { name, owner, reason } = order;
  const sentence = `maintenance ${name} comes no more: its time is over: ${reason}`;
  const story = { kind: "override", subject: name, rule: "override/expired", sentence } as const;
  out.tell({ ...story, from: orderText(order), to: "none", by: { owner, reason } });
}

/** Orders about what has left the configuration, or became something else there. */
export function dropOrders(state: ControllerState, out: Outbox): void {
  const orders = [...state.orders.values()];
  const ordered = orders.flatMap((order) => (order.kind === "recurring" ? order.name : []));
  const names = new Set([...state.config.maintenance.map(({ name }) => name), ...ordered]);
  for (const order of orders) {
    if (order.kind === "maintenance" || order.kind === "recurring" || (order.kind === "skip" && names.has(order.name)))
      continue;
    const pool = order.kind === "pin" ? state.pools.get(order.pool) : undefined;
    if (pool !== undefined && pinOf(state, pool) !== null) continue;
    dropOrder(state, order.id, out);
    if (order.kind !== "pin") continue;
    const why = pool === undefined ? "left the configuration" : `has ${pool.config.record.kind} records now`;
    const sentence = `the pin of ${order.pool} to ${order.address} is over: the pool ${why}`;
    out.tell({ kind: "override", subject: order.pool, rule: "override/gone", sentence, from: orderText(order) });
  }
}

/** The normal state has none. */
export function clearOrders(state: ControllerState, out: Outbox): void {
  for (const id of [...state.orders.keys()]) dropOrder(state, id, out);
}

/** Milliseconds until the first order ends; infinite when none does. */
export function nextOrderMs(state: ControllerState, at: Wall): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of state.orders.values()) {
    if (expiresAt !== null) soonest = Math.min(soonest, Math.max(0, expiresAt - at));
  }
  return soonest;
}

function dropOrder(state: ControllerState, id: string, out: Outbox): Order | null {
  const order = state.orders.get(id);
  if (order === undefined) return null;
  state.orders.delete(id);
  out.ordersCleared.push(id);
  touch(state, order, out);
  return order;
}

function touch(state: ControllerState, order: Order, out: Outbox): void {
  if (order.kind !== "pin") {
    // Looked at again in this step.
    state.maintenance.nextAt = atOnce;
    return;
  }
  const pool = state.pools.get(order.pool);
  if (pool !== undefined) out.duePools.add(pool);
}

function subjectOf(order: Order): string {
  return order.kind === "pin" ? order.pool : order.name;
}

function nameOf(order: Order): string {
  return order.kind === "pin" ? `${order.pool} from ${order.address}` : `maintenance ${order.name}`;
}

function endingOf({ kind }: Order): string {
  return kind === "pin" ? "unpins" : kind === "recurring" ? "cancels" : "ends";
}

const rules = {
  pin: "operator/pin",
  maintenance: "operator/maintenance",
  recurring: "operator/maintenance",
  skip: "operator/maintenance-end",
} as const;

function ruleOf({ kind }: Order): string {
  return rules[kind];
}

function verbOf(order: Order): string {
  if (order.kind === "pin") return `pins ${order.pool} to ${order.address}`;
  if (order.kind === "skip") return `ends maintenance ${order.name}`;
  if (order.kind === "recurring") return `orders maintenance ${order.name} ${againText(order)}`;
  return `orders maintenance ${order.name} from ${localText(order.from, "UTC")} UTC`;
}

function untilText(order: Order): string {
  if (order.kind === "skip") return " before its time";
  if (order.expiresAt === null) return order.kind === "pin" ? " until unpinned" : " until cancelled";
  return ` until ${localText(order.expiresAt, "UTC")} UTC`;
}

/** `every Sun 02:00 Europe/Berlin for 2 h`. */
function againText(order: RecurringMaintenance): string {
  return `every ${everyText(order)} ${order.timeZone} for ${spanText(order.lengthMs)}`;
}

function stateBefore(state: ControllerState, order: Order): string {
  if (order.kind !== "pin") return "none";
  const decision = state.pools.get(order.pool)?.decision ?? null;
  return decision === null ? "undecided" : addressesOf(decision).join(", ");
}

function orderText(order: Order): string {
  if (order.kind === "pin") return order.address;
  if (order.kind === "skip") return "skipped";
  const { members, pools } = order;
  const scope = [...pools, ...members].join(", ") || "everything";
  if (order.kind === "recurring") return `${scope} ${againText(order)}${untilText(order)}`;
  const { expiresAt, from } = order;
  return `${scope} from ${localText(from, "UTC")} to ${localText(expiresAt, "UTC")} UTC`;
}
