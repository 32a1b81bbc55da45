/** Pins and maintenance, as an operator asks for them: who is meant, whether it can be, and what came of it. */
import { findNearest } from "../base/nearest.ts";
import { type Wall, wall } from "../base/time.ts";
import { parseAddress } from "../config/address.ts";
import { parseName } from "../config/scalars.ts";
import { localText } from "../core/local-time.ts";
import { everyText, nextWindow } from "../core/maintenance.ts";
import {
  orderId,
  type Pin,
  type PlannedMaintenance,
  type Recurrence,
  type RecurringMaintenance,
} from "../core/order.ts";
import type { Force, MaintenanceRequest, Operator, OperatorOutcome, PinRequest } from "../core/view.ts";
import type { Clock } from "../ports/clock.ts";
import type { PoolState } from "../roles/controller-state.ts";
import { pinOf } from "../roles/hold.ts";
import { type Selected, selectableWords, selectMembers } from "../roles/select.ts";
import type { Runner } from "./runner.ts";

interface OrderParts {
  readonly clock: Clock;
  readonly runner: Runner;
  /** Answers when it is durable. */
  readonly durably: (outcome: OperatorOutcome) => Promise<OperatorOutcome>;
  readonly done: (sentences: readonly string[], selected?: readonly Selected[]) => OperatorOutcome;
}

/** Orders that are kept at once; more would be a program gone wrong. */
const ordersMax = 10_000;

type Orders = Pick<Operator, "pin" | "unpin" | "planMaintenance" | "endMaintenance" | "cancelMaintenance">;

export function operateOrders(parts: OrderParts): Orders {
  return {
    pin: (request) => parts.durably(pin(parts, request)),
    unpin: (pool, by) => parts.durably(unpin(parts, pool, by)),
    planMaintenance: (request) => parts.durably(planMaintenance(parts, request)),
    endMaintenance: (name, by) => parts.durably(endMaintenance(parts, name, by)),
    cancelMaintenance: (name, by) => parts.durably(cancelMaintenance(parts, name, by)),
  };
}

function refuse(sentence: string): OperatorOutcome {
  return { kind: "refused", sentence, details: [] };
}

function noPool({ runner }: OrderParts, name: string): OperatorOutcome {
  const nearest = findNearest(name, runner.controller.state.pools.keys());
  return { kind: "not-found", sentence: `no pool is called "${name}"`, nearest };
}

function isFull({ runner }: OrderParts, id: string): boolean {
  const { orders } = runner.controller.state;
  return orders.size >= ordersMax && !orders.has(id);
}

const full = `${ordersMax} pins and windows of maintenance are set; end some of them first`;

function pin(parts: OrderParts, request: PinRequest): OperatorOutcome {
  const { clock, done, runner } = parts;
  const { address: asked, forMs, owner, pool: name, reason } = request;
  const pool = runner.controller.state.pools.get(name);
  if (pool === undefined) return noPool(parts, name);
  const [address = null, ...others] = readPinned(pool, asked);
  if (others.length > 0) {
    const answers = [address, ...others].join(" and ");
    return refuse(
      `${asked} has ${answers} in ${name}: pin one of them; the other kind of address is then not answered`,
    );
  }
  if (address === null) return refuse(`${name} cannot be pinned to "${asked}": expected ${expectedOf(pool)}`);
  const id = orderId("pin", name);
  if (isFull(parts, id)) return refuse(full);
  const setAt = clock.now().wall;
  const expiresAt = forMs === null ? null : wall(setAt + forMs);
  const record = pool.config.record.kind;
  const order: Pin = { id, kind: "pin", pool: name, record, address, owner, reason, setAt, expiresAt };
  runner.dispatch({ kind: "order-set", order });
  return done([`${name} is pinned to ${address}: failover is off`], selectedOf(pool));
}

function selectedOf(pool: PoolState): readonly Selected[] {
  return pool.members.map((member) => ({ pool, member }));
}

/**
 * What members of that name answer, of which there may be one for IPv4 and one for IPv6, or anything that fits into the
 * pool's kind of record. Nothing: it does not fit.
 */
function readPinned({ config, members }: PoolState, asked: string): readonly string[] {
  const named = members.filter(({ config: { id, label } }) => id === asked || label === asked);
  if (named.length > 0) return [...new Set(named.map(({ config: { address, target } }) => target ?? address))];
  if (config.record.kind === "txt") return [asked];
  const address = parseAddress(asked);
  if (config.record.kind === "address") return address === null ? [] : [address.text];
  const name = parseName(asked);
  return name.ok && address === null ? [name.value] : [];
}

function expectedOf({ config }: PoolState): string {
  const { kind } = config.record;
  if (kind === "address") return "an IPv4 or IPv6 address, or a member's name";
  return `a host name, since it has ${kind} records, or a member's name`;
}

function unpin(parts: OrderParts, name: string, by: Force): OperatorOutcome {
  const { done, runner } = parts;
  const pool = runner.controller.state.pools.get(name);
  if (pool === undefined) return noPool(parts, name);
  if (pinOf(runner.controller.state, pool) === null) return done([`${name} is not pinned`]);
  runner.dispatch({ kind: "order-ended", id: orderId("pin", name), ...by });
  const reason = pool.decision?.reason ?? "not decided yet";
  return done([`${name} is unpinned: ${reason}`], selectedOf(pool));
}

function planMaintenance(parts: OrderParts, request: MaintenanceRequest): OperatorOutcome {
  const { done, runner } = parts;
  const { state } = runner.controller;
  const { members, pools } = request;
  const pool = pools.find((name) => !state.pools.has(name));
  if (pool !== undefined) return noPool(parts, pool);
  const member = members.find((selector) => selectMembers(state, selector).length === 0);
  if (member !== undefined) {
    const nearest = findNearest(member, selectableWords(state));
    return { kind: "not-found", sentence: `no member is called "${member}"`, nearest };
  }
  const name = request.name ?? ([...pools, ...members].join(", ").slice(0, 100) || "everything");
  const order = orderFor(parts, name, request);
  if (typeof order === "string") return refuse(order);
  const before = state.orders.get(order.id);
  runner.dispatch({ kind: "order-set", order });
  const selected = members.flatMap((selector) => selectMembers(state, selector));
  const sentence = `maintenance ${name} ${whenText(order)}; members leave the answers one TTL before`;
  if (before?.kind !== "maintenance" && before?.kind !== "recurring") return done([sentence], selected);
  const replaced = `it takes the place of the one ${whenText(before)}, which is no more; another --name keeps both`;
  return done([sentence, replaced], selected);
}

type Maintenance = PlannedMaintenance | RecurringMaintenance;

/** Or a sentence on why it cannot be. */
function orderFor(parts: OrderParts, name: string, request: MaintenanceRequest): Maintenance | string {
  const { clock, runner } = parts;
  const { config, orders } = runner.controller.state;
  const { again, forMs, members, owner, pools, reason } = request;
  if (config.maintenance.some((window) => window.name === name))
    return `maintenance ${name} comes from the configuration; choose another --name`;
  const other = again === null ? "recurring" : "maintenance";
  if (orders.has(orderId(other, name)))
    return `maintenance ${name} is ordered ${again === null ? "to come again" : "once"} already; choose another --name`;
  const id = orderId(again === null ? "maintenance" : "recurring", name);
  if (isFull(parts, id)) return full;
  const setAt = clock.now().wall;
  const about = { id, name, members, pools, owner, reason, setAt };
  if (again !== null) return repeated(about, { ...again, lengthMs: forMs });
  const from = request.from ?? setAt;
  const expiresAt = wall(from + forMs);
  if (expiresAt <= setAt) return `maintenance ${name} would be over already`;
  return { ...about, kind: "maintenance", from, expiresAt };
}

const repeatedMs = { min: 60_000, max: 6 * 86_400_000 } as const;

/** As what the configuration may say. */
function repeated(
  about: Omit<RecurringMaintenance, keyof Recurrence | "expiresAt" | "kind">,
  when: Recurrence & { readonly until: Wall | null },
): RecurringMaintenance | string {
  const { until, ...recurrence } = when;
  const { lengthMs } = recurrence;
  if (lengthMs < repeatedMs.min || lengthMs > repeatedMs.max)
    return "a window that comes again lasts from one minute to six days";
  if (until !== null && nextWindow(recurrence, about.setAt).from >= until)
    return `maintenance ${about.name} would never come: its end is before its first time`;
  return { ...about, ...recurrence, kind: "recurring", expiresAt: until };
}

function whenText(order: Maintenance): string {
  if (order.kind === "maintenance")
    return `from ${localText(order.from, "UTC")} to ${localText(order.expiresAt, "UTC")} UTC`;
  const next = localText(nextWindow(order, order.setAt).from, "UTC");
  const until = order.expiresAt === null ? "" : `, until ${localText(order.expiresAt, "UTC")} UTC`;
  return `comes again and again, ${everyText(order)} ${order.timeZone}${until}: next from ${next} UTC`;
}

function endMaintenance(parts: OrderParts, name: string, by: Force): OperatorOutcome {
  const { clock, done, runner } = parts;
  const { windows } = runner.controller.state.maintenance;
  const window = windows.find((one) => one.name === name);
  if (window === undefined) {
    const nearest = findNearest(
      name,
      windows.map((one) => one.name),
    );
    return { kind: "not-found", sentence: `no maintenance is called "${name}"`, nearest };
  }
  if (window.series === null) {
    runner.dispatch({ kind: "order-ended", id: orderId("maintenance", name), ...by });
    return done([`maintenance ${name} is over`]);
  }
  const setAt = clock.now().wall;
  const order = { id: orderId("skip", name), kind: "skip", name, expiresAt: window.to, setAt, ...by } as const;
  runner.dispatch({ kind: "order-set", order });
  const next = runner.controller.state.maintenance.windows.find((one) => one.name === name);
  const comes = next === undefined ? "" : `; it comes again at ${localText(next.from, "UTC")} UTC`;
  return done([`maintenance ${name} ends for now${comes}`]);
}

function cancelMaintenance(parts: OrderParts, name: string, by: Force): OperatorOutcome {
  const { done, runner } = parts;
  const { config, orders } = runner.controller.state;
  const id = orderId("recurring", name);
  if (orders.has(id)) {
    runner.dispatch({ kind: "order-ended", id, ...by });
    return done([`maintenance ${name} comes no more`]);
  }
  if (config.maintenance.some((window) => window.name === name))
    return refuse(`maintenance ${name} comes from the configuration: take it out there, or end it for this time`);
  const known = [...orders.values()].flatMap((order) => (order.kind === "recurring" ? order.name : []));
  return {
    kind: "not-found",
    sentence: `no maintenance that comes again is called "${name}"`,
    nearest: findNearest(name, known),
  };
}
