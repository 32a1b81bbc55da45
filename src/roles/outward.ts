/**
 * What happens after a change has left: the secondaries are told, every nameserver is watched until it serves the
 * change, laggards raise an alarm, and audits compare all of them now and then. A state machine like the controller:
 * events go in with the time, effects come out, and it never waits.
 */
import { unreachable } from "../base/assert.ts";
import { type Mono, type Now, type Wall, wall } from "../base/time.ts";
import type { NameserverView } from "../core/view.ts";
import { serialGreater } from "../dns/serial.ts";
import { advanceAudit, endFindings, takeAudit } from "./outward/audit-steps.ts";
import { viewDelays } from "./outward/delays.ts";
import { endpointText, type OutwardEffect, type OutwardEvent } from "./outward/events.ts";
import { advanceNotify, notifyAnswered, notifySilent, startNotify } from "./outward/notify-steps.ts";
import { applyRecalled } from "./outward/recall-steps.ts";
import {
  applyZones,
  createOutwardState,
  newestOf,
  type OutwardState,
  type Publication,
  publicationsMax,
  type SecondaryState,
  type Step,
  setTimer,
  type WatchState,
  type ZoneState,
} from "./outward/state.ts";
import { advanceWatch, expectEverywhere, noteEverywhere, takeSeen, watchedState } from "./outward/watch-steps.ts";

export class Outward {
  readonly state: OutwardState = createOutwardState();

  /** When the next `tick` is due. */
  get nextWakeAt(): Mono {
    return this.state.timers.nextAt;
  }

  step(event: OutwardEvent, now: Now): readonly OutwardEffect[] {
    const step: Step = { state: this.state, now, effects: [] };
    take(step, event);
    return step.effects;
  }
}

function take(step: Step, event: OutwardEvent): void {
  const { state } = step;
  switch (event.kind) {
    case "tick":
      return tick(step);
    case "configured":
      return configure(step, event);
    case "recalled":
      state.recalled = event.alarms;
      return;
    case "published":
      return publish(step, event);
    case "notify-answered": {
      const secondary = state.zones.get(event.origin)?.secondaries.get(event.peer);
      return secondary === undefined ? undefined : notifyAnswered(step, secondary, event.rcode);
    }
    case "notify-silent": {
      const secondary = state.zones.get(event.origin)?.secondaries.get(event.peer);
      return secondary === undefined ? undefined : notifySilent(step, secondary);
    }
    case "soa-seen": {
      const watch = state.zones.get(event.origin)?.watches.get(event.endpoint);
      return watch === undefined ? undefined : takeSeen(step, watch, event.outcome);
    }
    case "audited": {
      const zone = state.zones.get(event.origin);
      return zone === undefined ? undefined : takeAudit(step, zone, event.faults);
    }
    default:
      return unreachable(event);
  }
}

function tick(step: Step): void {
  const { bySlot, timers } = step.state;
  for (let slot = timers.takeDue(step.now.mono); slot !== null; slot = timers.takeDue(step.now.mono)) {
    const item = bySlot[slot];
    if (item !== undefined) advance(step, item);
  }
}

function advance(step: Step, item: SecondaryState | WatchState | ZoneState): void {
  switch (item.kind) {
    case "zone":
      return advanceAudit(step, item);
    case "secondary":
      return advanceNotify(step, item);
    case "watch":
      return advanceWatch(step, item);
  }
}

function configure(step: Step, event: Extract<OutwardEvent, { kind: "configured" }>): void {
  step.state.audit = event.audit;
  applyZones(step, event.zones);
  applyRecalled(step);
  // A nameserver that held up a change, or at which an audit found something, may have left.
  for (const zone of step.state.zones.values()) {
    noteEverywhere(step, zone);
    endFindings(step, zone);
  }
  tick(step);
}

/** A serial that is not ahead of the newest is one that was told already, as after a reload. */
function publish(step: Step, { origin, serial, quiet }: Extract<OutwardEvent, { kind: "published" }>): void {
  const zone = step.state.zones.get(origin);
  const newest = zone === undefined ? null : newestOf(zone);
  if (zone === undefined || (newest !== null && !serialGreater(serial, newest.serial))) return;
  const publication: Publication = { serial, at: step.now.mono, everywhereAt: null };
  zone.publications = [...zone.publications.slice(1 - publicationsMax), publication];
  expectEverywhere(step, zone, publication);
  if (!quiet) for (const secondary of zone.secondaries.values()) startNotify(step, secondary, serial);
  setTimer(step.state, zone);
}

/**
 * The moment after which no watched nameserver served data older than `serial`: the last TTL handed out with them runs
 * out that much later. Null: some may still serve it, or the serial was never published.
 */
export function servedEverywhereAt(state: OutwardState, origin: string, serial: number): Wall | null {
  const publications = state.zones.get(origin)?.publications ?? [];
  const found = publications.find((one) => !serialGreater(serial, one.serial) && one.everywhereAt !== null);
  return found?.everywhereAt ?? null;
}

/** By zone, as they were told: what the last audit found. Zones that were not audited yet are not there. */
export function auditFindings({ zones }: OutwardState): ReadonlyMap<string, readonly string[]> {
  const audited = [...zones.values()].filter(({ wasAudited }) => wasAudited);
  return new Map(audited.map(({ faults, origin }) => [origin, [...faults.values()].map(({ sentence }) => sentence)]));
}

/** Every nameserver of every zone, in the order of the configuration. */
export function viewNameservers({ zones }: OutwardState, now: Now): readonly NameserverView[] {
  return [...zones.values()].flatMap((zone) => [
    ...[...zone.watches.values()].map((watch) => viewWatch(watch, now)),
    ...zone.unresolved.map((unresolved) => viewUnresolved(zone, unresolved, now)),
  ]);
}

function viewWatch(watch: WatchState, now: Now): NameserverView {
  const { alarmed, behindSince, config, delays, lastAskedAt, serial, zone } = watch;
  const { reason, since, state } = viewState(watch, now);
  return {
    zone: zone.origin,
    name: config.name,
    endpoint: endpointText(config.endpoint),
    proof: config.proof,
    state,
    trouble: state === "behind" ? alarmed : state !== "in-step" && state !== "unknown",
    since,
    serial,
    lagSeconds: behindSince === null ? 0 : Math.round((now.mono - behindSince) / 100) / 10,
    lastAskedAt,
    delays: viewDelays(delays),
    pending: false,
    reason,
  };
}

function viewState(watch: WatchState, now: Now): Pick<WatchState, "reason" | "since" | "state"> {
  const seen = watchedState(watch);
  const { behindSince } = watch;
  if (seen.state === watch.state || behindSince === null) return { ...seen, since: watch.since };
  return { ...seen, since: wall(now.wall - (now.mono - behindSince)) };
}

function viewUnresolved(zone: ZoneState, from: ZoneState["unresolved"][number], now: Now): NameserverView {
  const unasked = { serial: null, lagSeconds: 0, lastAskedAt: null };
  const delays = { count: 0, sumMs: 0, lastMs: null, p50Ms: null, p99Ms: null, buckets: [] };
  const { name, pending, reason } = from;
  const found = { zone: zone.origin, name, endpoint: "", proof: "serial", reason, pending } as const;
  return { ...found, ...unasked, state: "unknown", trouble: false, since: now.wall, delays };
}
