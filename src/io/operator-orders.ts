/** Pins and maintenance, as an operator asks for them: who is meant, whether it can be, and what came of it. */
import { findNearest } from "../base/nearest.ts";
import { wall } from "../base/time.ts";
import { parseAddress } from "../config/address.ts";
import { parseName } from "../config/scalars.ts";
import { localText } from "../core/local-time.ts";
import { orderId, type Pin, type PlannedMaintenance } from "../core/order.ts";
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

type Orders = Pick<Operator, "pin" | "unpin" | "planMaintenance" | "endMaintenance">;

export function operateOrders(parts: OrderParts): Orders {
  return {
    pin: (request) => parts.durably(pin(parts, request)),
    unpin: (pool, by) => parts.durably(unpin(parts, pool, by)),
    planMaintenance: (request) => parts.durably(planMaintenance(parts, request)),
    endMaintenance: (name, by) => parts.durably(endMaintenance(parts, name, by)),
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
  const address = readPinned(pool, asked);
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

/** A member by its label, or anything that fits into the pool's kind of record. */
function readPinned({ config, members }: PoolState, asked: string): string | null {
  const member = members.find(({ config: { id, label } }) => id === asked || label === asked)?.config;
  if (member !== undefined) return member.target ?? member.address;
  if (config.record.kind === "address") return parseAddress(asked)?.text ?? null;
  if (config.record.kind === "txt") return asked;
  const name = parseName(asked);
  return name.ok && parseAddress(asked) === null ? name.value : null;
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
  const { clock, done, runner } = parts;
  const { state } = runner.controller;
  const { forMs, members, owner, pools, reason } = request;
  const pool = pools.find((name) => !state.pools.has(name));
  if (pool !== undefined) return noPool(parts, pool);
  const member = members.find((selector) => selectMembers(state, selector).length === 0);
  if (member !== undefined) {
    const nearest = findNearest(member, selectableWords(state));
    return { kind: "not-found", sentence: `no member is called "${member}"`, nearest };
  }
  const name = request.name ?? ([...pools, ...members].join(", ").slice(0, 100) || "everything");
  if (state.config.maintenance.some((window) => window.name === name))
    return refuse(`maintenance ${name} comes from the configuration; choose another --name`);
  const id = orderId("maintenance", name);
  if (isFull(parts, id)) return refuse(full);
  const setAt = clock.now().wall;
  const from = request.from ?? setAt;
  const expiresAt = wall(from + forMs);
  if (expiresAt <= setAt) return refuse(`maintenance ${name} would be over already`);
  const about = { name, members, pools, from, expiresAt, owner, reason, setAt };
  const order: PlannedMaintenance = { id, kind: "maintenance", ...about };
  runner.dispatch({ kind: "order-set", order });
  const when = `from ${localText(from, "UTC")} to ${localText(expiresAt, "UTC")} UTC`;
  const selected = [...members.flatMap((selector) => selectMembers(state, selector))];
  return done([`maintenance ${name} ${when}; members leave the answers one TTL before`], selected);
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
  if (!window.recurring) {
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
