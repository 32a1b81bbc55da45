/**
 * What operators were promised, kept in a ledger of its own: which members must be out, which names are pinned, and until
 * when. Lengths (`--for 10m`) are counted in simulated time, whatever the wall clock does; appointments (windows of
 * maintenance that begin later, or come again) are read from the wall clock. What was asked and not acknowledged may or
 * may not survive a crash.
 */
import { later, type Mono, mono, never, type Wall } from "../src/base/time.ts";
import { isMeant, type MaintenanceConfig } from "../src/core/maintenance.ts";
import type { Config, MemberConfig, Override } from "../src/core/model.ts";
import { type Order, orderId } from "../src/core/order.ts";
import type { SavedState } from "../src/ports/store.ts";
import type { ControllerEvent } from "../src/roles/effects.ts";
import type { Host } from "./host.ts";
import { BrokenPromise } from "./zone-witness.ts";

/** `unsure`: at this very moment it may be either. */
export type Certainty = "yes" | "no" | "unsure";

type Ordered = Override | Order;

interface Entry {
  readonly key: string;
  /** Null: taken back, or never set. */
  readonly value: Ordered | null;
  readonly askedAt: Mono;
  /** Of a length; an appointment has none. */
  endsAt: Mono;
  acknowledged: boolean;
  /** The wall clock was beyond it once: it is over, even if the clock is set back. */
  passed: boolean;
}

/** A change is decided, gathered with others and published within so long. */
const settleMs = 50;
const dayMs = 86_400_000;

export class OrderPromises {
  readonly #entries = new Map<string, Entry>();
  /** When the controller first stepped after the last step of the clock. */
  #caughtUpAt: Mono = mono(0);
  #clockSteps = 0;

  /** Returns what is called when muster has acknowledged it. */
  onAsked(event: ControllerEvent, host: Host): () => void {
    const entries = asked(event, host).map(([key, value]): Entry => {
      const askedAt = host.world.agenda.now;
      const lengthMs = value === null ? null : lengthOf(value);
      const endsAt = lengthMs === null ? never : later(askedAt, lengthMs);
      return { key, value, askedAt, endsAt, acknowledged: false, passed: false };
    });
    for (const entry of entries) this.#entries.set(entry.key, entry);
    return () => {
      for (const entry of entries) entry.acknowledged = true;
    };
  }

  /** A backup may lack what was acknowledged after it was taken. */
  onRestored(): void {
    for (const entry of this.#entries.values()) entry.acknowledged = false;
  }

  onStart(saved: SavedState, host: Host): void {
    const { mono: now, wall } = host.world.now();
    const known = new Map<string, Ordered>([
      ...saved.overrides.map((override): [string, Ordered] => [overrideKey(override.member), override]),
      ...saved.orders.map((order): [string, Ordered] => [order.id, order]),
    ]);
    for (const key of known.keys()) if (!this.#entries.has(key)) this.#adopt(key, null, now);
    for (const [key, entry] of this.#entries) {
      const value = known.get(key) ?? null;
      if (!entry.acknowledged) this.#adopt(key, value, now);
      const adopted = this.#entries.get(key);
      const lengthMs = value === null ? null : lengthOf(value);
      if (adopted === undefined || value === null || lengthMs === null) continue;
      const leftMs = Math.min(lengthMs, (value.expiresAt ?? Number.POSITIVE_INFINITY) - wall);
      adopted.endsAt = mono(now + Math.max(0, leftMs));
    }
    this.onReload(host.config);
    this.#catchUp(host);
  }

  #adopt(key: string, value: Ordered | null, now: Mono): void {
    this.#entries.set(key, { key, value, askedAt: now, endsAt: never, acknowledged: true, passed: false });
  }

  /** Overrides of members and pins of pools that are gone are over; a crash may come before that is durable. */
  onReload(config: Config): void {
    const kept = new Set(keysIn(config));
    for (const [key, entry] of this.#entries) {
      if (entry.value === null || !isBound(key) || kept.has(key)) continue;
      this.#entries.set(key, { ...entry, value: null, acknowledged: false });
    }
  }

  /** Called after each step of the controller. */
  onStepped(host: Host): void {
    if (host.world.clockSteps !== this.#clockSteps) this.#catchUp(host);
    const { wall } = host.world.now();
    for (const entry of this.#entries.values()) {
      const { value } = entry;
      if (value !== null && lengthOf(value) === null && value.expiresAt !== null && wall >= value.expiresAt)
        entry.passed = true;
    }
  }

  #catchUp({ world }: Host): void {
    this.#clockSteps = world.clockSteps;
    this.#caughtUpAt = world.agenda.now;
  }

  /** Whether an override or a window of maintenance keeps the member out. */
  isHeld(member: MemberConfig, host: Host): Certainty {
    const found = [this.#ofLength(this.#entries.get(overrideKey(member.id)), host)];
    for (const rule of host.config.maintenance) if (isMeant(rule, member)) found.push(this.#ofRule(rule, host));
    for (const entry of this.#entries.values()) {
      if (entry.value?.kind === "recurring" && isMeant(entry.value, member)) found.push(this.#ofSeries(entry, host));
      if (entry.value?.kind !== "maintenance" || !isMeant(entry.value, member)) continue;
      found.push(lengthOf(entry.value) === null ? this.#ofAppointment(entry, host) : this.#ofLength(entry, host));
    }
    return found.includes("yes") ? "yes" : found.includes("unsure") ? "unsure" : "no";
  }

  pinOf(pool: string, host: Host): { readonly is: Certainty; readonly address: string } {
    const entry = this.#entries.get(orderId("pin", pool));
    const address = entry?.value?.kind === "pin" ? entry.value.address : "";
    return { is: this.#ofLength(entry, host), address };
  }

  /** Nothing lasts beyond its end, whether it can be seen in an answer or not. */
  checkEnds(host: Host): void {
    if (host.controller === null) return;
    const { orders, overrides } = host.controller.state;
    for (const member of overrides.keys()) this.#checkEnd(overrideKey(member), host);
    for (const { id, kind } of orders.values()) if (kind === "pin") this.#checkEnd(id, host);
  }

  #checkEnd(key: string, host: Host): void {
    if (this.#ofLength(this.#entries.get(key), host) === "no") throw new BrokenPromise(`${key} outlives its end`);
  }

  #ofLength(entry: Entry | undefined, { world }: Host): Certainty {
    if (entry === undefined) return "no";
    const { now } = world.agenda;
    if (now - entry.askedAt < settleMs || Math.abs(now - entry.endsAt) < settleMs) return "unsure";
    return entry.value !== null && now < entry.endsAt ? "yes" : "no";
  }

  /** It was just set, or the clock has stepped and the controller has not looked at it since. */
  #isUnsettled({ world }: Host, askedAt: Mono): boolean {
    const since = Math.max(askedAt, this.#caughtUpAt);
    return world.clockSteps !== this.#clockSteps || world.agenda.now - since < settleMs;
  }

  #ofAppointment(entry: Entry, host: Host): Certainty {
    const { value } = entry;
    if (value?.kind !== "maintenance") return "no";
    if (entry.passed || this.#isUnsettled(host, entry.askedAt)) return "unsure";
    return within(host.world.now().wall, { from: value.from - leadMs(host), to: value.expiresAt });
  }

  #ofSeries(entry: Entry, host: Host): Certainty {
    const { value } = entry;
    if (value?.kind !== "recurring") return "no";
    if (entry.passed || this.#isUnsettled(host, entry.askedAt)) return "unsure";
    return this.#ofRule(value, host, value.expiresAt ?? Number.POSITIVE_INFINITY);
  }

  #ofRule(rule: MaintenanceConfig, host: Host, until = Number.POSITIVE_INFINITY): Certainty {
    if (this.#isUnsettled(host, mono(0))) return "unsure";
    const skip = this.#entries.get(orderId("skip", rule.name));
    const skipped = skip?.value?.kind === "skip" ? skip.value.expiresAt : null;
    const at = host.world.now().wall;
    for (const { from, to: end } of occasions(rule, at)) {
      if (from >= until) continue;
      // The end of the series cuts its last window short, and a skip of that ends there.
      const to = Math.min(end, until);
      const is = within(at, { from: from - leadMs(host), to });
      const isSkipped = skipped !== null && to <= skipped;
      if (is === "no" || (isSkipped && skip?.passed === false && this.#ofLength(skip, host) !== "unsure")) continue;
      return isSkipped ? "unsure" : is;
    }
    return "no";
  }
}

function within(at: Wall, { from, to }: { from: number; to: number }): Certainty {
  if (Math.abs(at - from) < settleMs || Math.abs(at - to) < settleMs) return "unsure";
  return at > from && at < to ? "yes" : "no";
}

/** Members leave one TTL before an appointment. */
function leadMs({ config }: Host): number {
  return (config.zones[0]?.ttlSeconds ?? 0) * 1000;
}

/** Windows near `at`, of a rule whose time zone is a fixed number of hours away from UTC (`Etc/GMT-2` is two ahead). */
function occasions(rule: MaintenanceConfig, at: Wall): readonly { from: number; to: number }[] {
  const aheadMs = Number(/^Etc\/GMT-(\d+)$/.exec(rule.timeZone)?.[1] ?? 0) * 3_600_000;
  const today = Math.floor((at + aheadMs) / dayMs);
  return [-1, 0, 1].flatMap((days) => {
    const day = today + days;
    const from = day * dayMs + rule.atMinute * 60_000 - aheadMs;
    const isDay = rule.days.length === 0 || rule.days.includes((((day + 4) % 7) + 7) % 7);
    return isDay ? [{ from, to: from + rule.lengthMs }] : [];
  });
}

/** How long it was ordered for; null: it has no end, or its end is an appointment. */
function lengthOf(value: Ordered): number | null {
  if (value.expiresAt === null || value.kind === "skip" || value.kind === "recurring") return null;
  if (value.kind === "maintenance" && value.from !== value.setAt) return null;
  return value.expiresAt - value.setAt;
}

const overrideKey = (member: string): string => `override ${member}`;

function asked(event: ControllerEvent, { config }: Host): readonly (readonly [string, Ordered | null])[] {
  if (event.kind === "override-set") return event.overrides.map((override) => [overrideKey(override.member), override]);
  if (event.kind === "override-cleared") return event.members.map((member) => [overrideKey(member), null]);
  if (event.kind === "order-set") return [[event.order.id, event.order]];
  if (event.kind === "order-ended") return [[event.id, null]];
  if (event.kind !== "configured") return [];
  const kept = new Set(keysIn(event.config));
  return keysIn(config)
    .filter((key) => !kept.has(key))
    .map((key) => [key, null]);
}

/** What may be ordered for its members and pools, and goes with them. */
function keysIn({ pools }: Config): readonly string[] {
  return pools.flatMap(({ members, name }) => [orderId("pin", name), ...members.map(({ id }) => overrideKey(id))]);
}

function isBound(key: string): boolean {
  return key.startsWith(overrideKey("")) || key.startsWith(orderId("pin", ""));
}
