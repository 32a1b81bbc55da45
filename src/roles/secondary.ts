/**
 * Zones whose base comes from other primaries: when to ask, whom, what to take, and what to say when that fails. A state
 * machine like the controller: events go in with the time, effects come out, and it never waits (RFC 1034, 4.3.5;
 * RFC 1996).
 *
 * A zone that no primary has confirmed for longer than its SOA's expire time is served on, marked in the status and told
 * in the story. RFC 1034 has a secondary fall silent then; but muster answers for its pools as well, and one dead primary
 * would take down names whose web servers are well. An operator who reads the mark can still take the zone out.
 */
import { unreachable } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { later, type Mono, mono, type Now } from "../base/time.ts";
import { TimerQueue } from "../base/timer-queue.ts";
import { serialGreater } from "../dns/serial.ts";
import { endpointText } from "./outward/events.ts";
import type { SecondaryEffect, SecondaryEvent, SecondaryView } from "./secondary/events.ts";
import { beginDue, takeSoa, takeTransfer, wantRound } from "./secondary/round-steps.ts";
import {
  createZone,
  dropZone,
  expireMs,
  noNews,
  type SecondaryState,
  type Step,
  type ZoneState,
} from "./secondary/state.ts";
import { tellExpired } from "./secondary/words.ts";

export class Secondary {
  readonly #state: SecondaryState;

  constructor(prng: Prng) {
    this.#state = { zones: new Map(), bySlot: [], timers: new TimerQueue(), prng, lastRequest: 0 };
  }

  /** When the next `tick` is due. */
  get nextWakeAt(): Mono {
    return this.#state.timers.nextAt;
  }

  step(event: SecondaryEvent, now: Now): readonly SecondaryEffect[] {
    const step: Step = { state: this.#state, now, effects: [] };
    take(step, event);
    return step.effects;
  }

  /** The primary's serial of what is held; null: nothing is, or the zone is not followed. */
  heldSerial(origin: string): number | null {
    return this.#state.zones.get(origin)?.held?.serial ?? null;
  }

  /** True when something is held, or every primary was asked in vain: there is nothing to wait for. */
  isSettled(origin: string): boolean {
    const zone = this.#state.zones.get(origin);
    return zone === undefined || zone.held !== null || zone.failures > 0;
  }

  view(): readonly SecondaryView[] {
    return Array.from(this.#state.zones.values(), viewZone);
  }
}

function take(step: Step, event: SecondaryEvent): void {
  if (event.kind === "tick") return tick(step);
  if (event.kind === "followed") return follow(step, event);
  const zone = step.state.zones.get(event.origin);
  if (zone === undefined) return;
  switch (event.kind) {
    case "forgotten":
      return dropZone(step.state, zone);
    case "restored":
      return restored(step, zone, event.held);
    case "notified":
      return notified(step, zone, event);
    case "soa-seen":
      return zone.round?.request === event.request ? takeSoa(step, zone, event.outcome) : undefined;
    case "transferred":
      return zone.round?.request === event.request ? takeTransfer(step, zone, event.outcome) : undefined;
    default:
      return unreachable(event);
  }
}

function tick(step: Step): void {
  const { bySlot, timers } = step.state;
  for (let slot = timers.takeDue(step.now.mono); slot !== null; slot = timers.takeDue(step.now.mono)) {
    const zone = bySlot[slot];
    if (zone === undefined) continue;
    expire(step, zone);
    beginDue(step, zone);
  }
}

function expire(step: Step, zone: ZoneState): void {
  if (zone.expired || zone.held === null || zone.expiresAt > step.now.mono) return;
  zone.expired = true;
  zone.acceptOlder = true;
  tellExpired(step, zone);
}

function follow(step: Step, { origin, primaries }: Extract<SecondaryEvent, { kind: "followed" }>): void {
  const known = step.state.zones.get(origin);
  if (known === undefined) {
    createZone(step.state, origin, primaries);
    step.effects.push({ kind: "restore", origin });
    return;
  }
  known.primaries = primaries;
  known.acceptOlder = true;
  wantRound(step, known, noNews);
}

type Held = Extract<SecondaryEvent, { kind: "restored" }>["held"];

/** The time since the last confirmation is by the clock on the wall; one that stepped counts as little as it can. */
function restored(step: Step, zone: ZoneState, held: Held): void {
  const { now } = step;
  zone.restoring = false;
  if (held !== null) {
    const agoMs = Math.max(0, now.wall - held.confirmedAt);
    zone.held = held.soa;
    zone.confirmedAt = held.confirmedAt;
    zone.expiresAt = later(now.mono, Math.max(0, expireMs(held.soa) - agoMs));
  }
  expire(step, zone);
  zone.again = null;
  zone.dueAt = mono(now.mono);
  beginDue(step, zone);
}

/** NOTIFY is a hint that anybody may forge: it costs a question at most, and one about what is held already costs nothing. */
function notified(step: Step, zone: ZoneState, event: Extract<SecondaryEvent, { kind: "notified" }>): void {
  const { from, serial } = event;
  const known = zone.held !== null && serial !== null && !serialGreater(serial, zone.held.serial);
  if (known && zone.failures === 0) return;
  wantRound(step, zone, { hint: serial, from });
}

function viewZone(zone: ZoneState): SecondaryView {
  const { confirmedAt, expired, failures, held, origin, primaries, reason, round } = zone;
  const state = held === null ? "waiting" : expired ? "expired" : failures > 0 ? "stale" : "current";
  return {
    zone: origin,
    primaries: primaries.map(endpointText),
    state,
    busy: round?.stage ?? null,
    serial: held?.serial ?? null,
    confirmedAt,
    reason,
  };
}
