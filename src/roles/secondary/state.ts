/**
 * What is known of zones that are taken from primaries, and the waits between looks at them: those that the zone's own
 * SOA asks for (RFC 1035, 3.3.13), within limits, since a typing error there should neither hammer a primary nor leave a
 * zone old for months.
 */
import { later, type Mono, type Now, never, type Wall } from "../../base/time.ts";
import type { Prng } from "../../base/prng.ts";
import type { TimerQueue } from "../../base/timer-queue.ts";
import type { PeerConfig } from "../../core/model.ts";
import type { PrimaryFault, SecondaryEffect, SoaNumbers } from "./events.ts";

const refreshSecondsMin = 5;
const refreshSecondsMax = 86_400;
const retrySecondsMin = 2;
const retrySecondsMax = 3600;
const expireSecondsMin = 60;
const expireSecondsMax = 28 * 86_400;
/** The first wait after looking in vain; each next is twice as long, up to the zone's retry time. */
const backOffMsMin = 1000;
/** The longest, while there is no SOA to say. */
const backOffMsMax = 60_000;
/** Share by which waits are shortened at random, so that a thousand zones do not ask in one moment. */
const jitterShare = 0.2;

/** One walk through the primaries, until one of them confirms or gives the zone. */
export interface Round {
  request: number;
  /** In the order in which they are asked; the first is the one that sent NOTIFY. */
  readonly order: readonly PeerConfig[];
  at: number;
  stage: "asking" | "transferring";
  /** The serial that the primary has. */
  promised: number;
  /** Differences were tried in vain. */
  whole: boolean;
  /** The serial that NOTIFY spoke of. */
  readonly hint: number | null;
  /** One has the serial that we have. */
  confirmed: boolean;
  /** The first that has an older one. */
  behind: { readonly primary: PeerConfig; readonly serial: number } | null;
  readonly faults: { readonly primary: PeerConfig; readonly fault: PrimaryFault }[];
}

export interface ZoneState {
  readonly origin: string;
  readonly slot: number;
  primaries: readonly PeerConfig[];
  /** The primary's SOA of what is held; null: nothing is. */
  held: SoaNumbers | null;
  confirmedAt: Wall | null;
  restoring: boolean;
  round: Round | null;
  /** Something came up during the round: another follows. */
  again: { readonly hint: number | null; readonly from: string | null } | null;
  /** Who sent the NOTIFY that the next round answers, and the serial in it. */
  next: { readonly hint: number | null; readonly from: string | null };
  dueAt: Mono;
  expiresAt: Mono;
  expired: boolean;
  lastBeganAt: Mono;
  /** A zone that is older than what is held may be taken, if no primary has better. */
  acceptOlder: boolean;
  /** Rounds in vain, in a row. */
  failures: number;
  /** What the story was last told; null: all is well. */
  toldKey: string | null;
  reason: string | null;
}

export interface SecondaryState {
  readonly zones: Map<string, ZoneState>;
  readonly bySlot: (ZoneState | undefined)[];
  readonly timers: TimerQueue;
  readonly prng: Prng;
  lastRequest: number;
}

/** One step: where it looks and what it wants. */
export interface Step {
  readonly state: SecondaryState;
  readonly now: Now;
  readonly effects: SecondaryEffect[];
}

export const noNews: ZoneState["next"] = { hint: null, from: null };

export function createZone(state: SecondaryState, origin: string, primaries: readonly PeerConfig[]): ZoneState {
  const free = state.bySlot.indexOf(undefined);
  const slot = free < 0 ? state.bySlot.length : free;
  const zone: ZoneState = {
    origin,
    slot,
    primaries,
    held: null,
    confirmedAt: null,
    restoring: true,
    round: null,
    again: null,
    next: noNews,
    dueAt: never,
    expiresAt: never,
    expired: false,
    lastBeganAt: -1e12 as Mono,
    acceptOlder: false,
    failures: 0,
    toldKey: null,
    reason: null,
  };
  state.bySlot[slot] = zone;
  state.zones.set(origin, zone);
  return zone;
}

export function dropZone(state: SecondaryState, zone: ZoneState): void {
  state.zones.delete(zone.origin);
  state.bySlot[zone.slot] = undefined;
  state.timers.set(zone.slot, never);
}

/** When the zone must be looked at next: for its round, or because it expires. */
export function setTimer(state: SecondaryState, zone: ZoneState): void {
  const dueAt = zone.round === null && !zone.restoring ? zone.dueAt : never;
  const expiresAt = zone.expired ? never : zone.expiresAt;
  state.timers.set(zone.slot, Math.min(dueAt, expiresAt) as Mono);
}

function within(seconds: number, min: number, max: number): number {
  return 1000 * Math.min(max, Math.max(min, seconds));
}

export function expireMs({ expireSeconds }: SoaNumbers): number {
  return within(expireSeconds, expireSecondsMin, expireSecondsMax);
}

function shortened(state: SecondaryState, ms: number): number {
  return ms * (1 - jitterShare * state.prng.next());
}

/** The next round after one that went well. */
export function refreshAt({ state, now }: Step, { refreshSeconds }: SoaNumbers): Mono {
  return later(now.mono, shortened(state, within(refreshSeconds, refreshSecondsMin, refreshSecondsMax)));
}

/** The next round after some in vain. */
export function retryAt({ state, now }: Step, { failures, held }: ZoneState): Mono {
  const longest = held === null ? backOffMsMax : within(held.retrySeconds, retrySecondsMin, retrySecondsMax);
  const grown = backOffMsMin * 2 ** Math.min(failures - 1, 20);
  return later(now.mono, shortened(state, Math.min(longest, grown)));
}
