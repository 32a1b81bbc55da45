/** What operators do: overrides, pins, windows of maintenance, and taking them back. */
import { type Wall, wall } from "../../src/base/time.ts";
import { type Order, orderId } from "../../src/core/order.ts";
import type { ControllerEvent } from "../../src/roles/effects.ts";
import { anyMember, anyPool, type Fault, type Life, pick } from "../life.ts";

const owner = "swarm";
const reason = "fault";

/** Asks muster, and remembers what it acknowledged. */
function ask(life: Life, words: string, event: ControllerEvent): void {
  if (life.host.controller === null) return;
  life.note(words);
  const { orders } = life.promises;
  const acknowledge = orders.onAsked(event, life.host);
  life.host.ask(event, (isDurable) => {
    life.note(`${words}: ${isDurable ? "acknowledged" : "in force, and not saved"}`);
    if (isDurable) acknowledge();
  });
}

function lengthMs({ prng }: Life): number {
  return 200 + prng.int(15_000);
}

function until(life: Life, setAt: Wall): Wall | null {
  return life.prng.next() < 0.8 ? wall(setAt + lengthMs(life)) : null;
}

const override: Fault = (life) => {
  const member = anyMember(life).id;
  const setAt = life.world.now().wall;
  const kind = life.prng.next() < 0.5 ? "drain" : "disable";
  const set = { member, kind, owner, reason, setAt, expiresAt: until(life, setAt) } as const;
  ask(life, `${kind} ${member}`, { kind: "override-set", overrides: [set] });
};

const enableAll: Fault = (life) => {
  const members = life.host.config.pools.flatMap((pool) => pool.members.map((member) => member.id));
  ask(life, "enable all", { kind: "override-cleared", members, owner });
};

const pin: Fault = (life) => {
  const { members, name } = anyPool(life);
  const address = life.prng.next() < 0.3 ? "203.0.113.77" : pick(life.prng, members).address;
  const setAt = life.world.now().wall;
  const about = { pool: name, record: "address", address, expiresAt: until(life, setAt) } as const;
  const order: Order = { id: orderId("pin", name), kind: "pin", owner, reason, setAt, ...about };
  ask(life, `pin ${name} ${address}`, { kind: "order-set", order });
};

const unpin: Fault = (life) => {
  const id = orderId("pin", anyPool(life).name);
  ask(life, `end ${id}`, { kind: "order-ended", id, owner, reason });
};

/** Begins at once, or is an appointment. */
const maintain: Fault = (life) => {
  const setAt = life.world.now().wall;
  const from = life.prng.next() < 0.4 ? setAt : wall(setAt + life.prng.int(60_000));
  const name = `m${life.prng.int(2)}`;
  const isPool = life.prng.next() < 0.5;
  const scope = isPool ? { members: [], pools: [anyPool(life).name] } : { members: [anyMember(life).id], pools: [] };
  const expiresAt = wall(from + lengthMs(life));
  const order: Order = {
    id: orderId("maintenance", name),
    kind: "maintenance",
    name,
    from,
    expiresAt,
    owner,
    reason,
    setAt,
    ...scope,
  };
  ask(life, `maintenance ${name} in ${from - setAt} ms`, { kind: "order-set", order });
};

/** Most of its windows lie around this very time. */
const repeat: Fault = (life) => {
  const setAt = life.world.now().wall;
  const name = `r${life.prng.int(2)}`;
  const atMinute = (Math.floor(setAt / 60_000) + life.prng.int(3)) % 1440;
  const expiresAt = life.prng.next() < 0.5 ? null : wall(setAt + 10_000 + life.prng.int(90_000));
  const about = {
    name,
    days: [],
    atMinute,
    lengthMs: 60_000,
    timeZone: "UTC",
    members: [anyMember(life).id],
    pools: [],
  };
  const id = orderId("recurring", name);
  const order: Order = { id, kind: "recurring", ...about, expiresAt, owner, reason, setAt };
  ask(life, `maintenance ${name} again and again`, { kind: "order-set", order });
};

const cancel: Fault = (life) => {
  const id = orderId("recurring", `r${life.prng.int(2)}`);
  if (life.host.controller?.state.orders.has(id) !== true) return;
  ask(life, `cancel ${id}`, { kind: "order-ended", id, owner, reason });
};

/** As `muster maintenance --end` does: a window that comes once goes, one of a series is skipped once. */
const endMaintenance: Fault = (life) => {
  const windows = life.host.controller?.state.maintenance.windows ?? [];
  if (windows.length === 0) return;
  const { name, series, to } = pick(life.prng, windows);
  const words = `end maintenance ${name}`;
  if (series === null)
    return ask(life, words, { kind: "order-ended", id: orderId("maintenance", name), owner, reason });
  const setAt = life.world.now().wall;
  const order: Order = { id: orderId("skip", name), kind: "skip", name, expiresAt: to, setAt, owner, reason };
  ask(life, words, { kind: "order-set", order });
};

const release: Fault = (life) => {
  const targetIds = [...(life.host.controller?.state.targets.keys() ?? [])];
  ask(life, "release all holds", { kind: "released", targetIds, owner });
};

const releaseBrake: Fault = (life) => ask(life, "release the brake", { kind: "brake-released", owner });

export const operatorFaults: readonly Fault[] = [
  override,
  override,
  enableAll,
  pin,
  unpin,
  maintain,
  endMaintenance,
  repeat,
  cancel,
  release,
  releaseBrake,
];
