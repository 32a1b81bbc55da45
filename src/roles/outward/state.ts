/**
 * What the outward machine knows: of each zone the changes that left, of each secondary the NOTIFY that is under way,
 * of each watched nameserver what it serves. A reload keeps whatever is still configured.
 */
import { later, type Mono, mono, type Now, never, type Wall } from "../../base/time.ts";
import { TimerQueue } from "../../base/timer-queue.ts";
import type { AuditConfig, PeerConfig } from "../../core/model.ts";
import type { NameserverState } from "../../core/view.ts";
import { createDelays, type Delays } from "./delays.ts";
import {
  type AuditFault,
  endpointKey,
  endpointText,
  type OutwardEffect,
  type OutwardZone,
  type RecalledAlarm,
  type WatchConfig,
} from "./events.ts";

/** Changes of a zone of which it is remembered who serves them; the oldest goes first. */
export const publicationsMax = 100;
/** The first question after a change comes so soon. */
export const askMsMin = 10;

export interface Publication {
  readonly serial: number;
  readonly at: Mono;
  /** When the last watched nameserver was seen to serve it; null: not yet. */
  everywhereAt: Wall | null;
}

/** One secondary of one zone. At most one NOTIFY is under way. */
export interface SecondaryState {
  readonly kind: "secondary";
  readonly zone: ZoneState;
  readonly peer: PeerConfig;
  slot: number;
  /** Not told yet, or not answered yet; null: nothing to tell. */
  serial: number | null;
  /** The serial in the NOTIFY that is under way; null: none is. */
  sent: number | null;
  tries: number;
  nextAt: Mono;
  lastSentAt: Mono;
  /** It was told that this secondary does not take NOTIFY. */
  complained: boolean;
}

/** One nameserver of one zone, at one address. */
export interface WatchState {
  readonly kind: "watch";
  readonly zone: ZoneState;
  config: WatchConfig;
  slot: number;
  state: NameserverState;
  since: Wall;
  reason: string;
  serial: number | null;
  lastAskedAt: Wall | null;
  asking: boolean;
  askAt: Mono;
  /** The next wait between two questions, in ms. */
  waitMs: number;
  /** Questions in a row without any answer. */
  silences: number;
  /** Changes that it was not seen to serve, oldest first. */
  pending: Publication[];
  /** Since when it should serve something that it was not seen to serve; null: all well. */
  behindSince: Mono | null;
  alarmed: boolean;
  /** The state that was told last of the alarm; null: none is. */
  toldState: NameserverState | null;
  alarmAt: Mono;
  /** When the secondaries are told again, and the wait after that. */
  renotifyAt: Mono;
  renotifyMs: number;
  /** The last audit found other records than those decided. */
  different: string | null;
  readonly delays: Delays;
}

export interface ZoneState {
  readonly kind: "zone";
  readonly origin: string;
  slot: number;
  /** Oldest first. */
  publications: Publication[];
  readonly secondaries: Map<string, SecondaryState>;
  readonly watches: Map<string, WatchState>;
  unresolved: OutwardZone["unresolved"];
  auditAt: Mono;
  auditing: boolean;
  /** What the last audit found, by key, each as it was told. */
  faults: ReadonlyMap<string, AuditFault>;
  /** Since the start. */
  wasAudited: boolean;
}

export interface OutwardState {
  audit: AuditConfig;
  /** Alarms of before a restart whose nameservers were not found yet. */
  recalled: readonly RecalledAlarm[];
  readonly zones: Map<string, ZoneState>;
  timers: TimerQueue;
  bySlot: (SecondaryState | WatchState | ZoneState)[];
}

/** What one step works with. */
export interface Step {
  readonly state: OutwardState;
  readonly now: Now;
  readonly effects: OutwardEffect[];
}

export function createOutwardState(): OutwardState {
  const audit = { intervalMs: 300_000, lagMsMax: 10_000 };
  return { audit, recalled: [], zones: new Map(), timers: new TimerQueue(), bySlot: [] };
}

export function newestOf(zone: ZoneState): Publication | null {
  return zone.publications.at(-1) ?? null;
}

function createZone(origin: string): ZoneState {
  return {
    kind: "zone",
    origin,
    slot: -1,
    publications: [],
    secondaries: new Map(),
    watches: new Map(),
    unresolved: [],
    auditAt: never,
    auditing: false,
    faults: new Map(),
    wasAudited: false,
  };
}

/** A secondary that joins a zone which was published before is told of it. */
function createSecondary(zone: ZoneState, peer: PeerConfig, now: Now): SecondaryState {
  const serial = newestOf(zone)?.serial ?? null;
  const nextAt = serial === null ? never : now.mono;
  const times = { tries: 0, nextAt, lastSentAt: mono(Number.NEGATIVE_INFINITY) };
  return { kind: "secondary", zone, peer, slot: -1, serial, sent: null, ...times, complained: false };
}

function createWatch(zone: ZoneState, config: WatchConfig, now: Now): WatchState {
  const isDue = newestOf(zone) !== null;
  return {
    kind: "watch",
    zone,
    config,
    slot: -1,
    state: "unknown",
    since: now.wall,
    reason: "not asked yet",
    serial: null,
    lastAskedAt: null,
    asking: false,
    askAt: isDue ? now.mono : never,
    waitMs: askMsMin,
    silences: 0,
    pending: [],
    behindSince: isDue ? now.mono : null,
    alarmed: false,
    toldState: null,
    alarmAt: never,
    renotifyAt: never,
    renotifyMs: 0,
    different: null,
    delays: createDelays(),
  };
}

/** Makes the state that of a configuration. Zones, peers and nameservers that are still there go on as they were. */
export function applyZones(step: Step, zones: readonly OutwardZone[]): void {
  const { state } = step;
  const before = new Map(state.zones);
  state.zones.clear();
  for (const [i, config] of zones.entries()) {
    const zone = before.get(config.origin) ?? createZone(config.origin);
    before.delete(config.origin);
    state.zones.set(config.origin, zone);
    fillZone(step, zone, config);
    zone.unresolved = config.unresolved;
    // Audits are spread over the interval, and never all at once.
    const firstMs = (state.audit.intervalMs * (i + 1)) / zones.length;
    const at = Math.min(zone.auditAt, later(step.now.mono, firstMs)) as Mono;
    zone.auditAt = zone.auditing ? never : at;
  }
  for (const { watches } of before.values()) for (const watch of watches.values()) endWatch(step, watch);
  linkSlots(state);
}

/** Whoever heard of an alarm hears that nobody looks any more. */
function endWatch(step: Step, { alarmed, config, zone }: WatchState): void {
  if (alarmed) tellGone(step, { origin: zone.origin, name: config.name, place: endpointText(config.endpoint) });
}

export function tellGone({ effects }: Step, { name, origin, place }: Omit<RecalledAlarm, "state">): void {
  const sentence = `${name} (${place}) is no longer asked for zone ${origin}: it left the configuration`;
  effects.push({ kind: "tell", subject: origin, rule: "nameserver/gone", sentence });
}

function fillZone(step: Step, zone: ZoneState, config: OutwardZone): void {
  const { now } = step;
  const secondaries = new Map(zone.secondaries);
  const watches = new Map(zone.watches);
  zone.secondaries.clear();
  zone.watches.clear();
  for (const peer of config.secondaries) {
    const key = endpointKey(peer);
    const kept = secondaries.get(key);
    const isSame = kept?.peer.key === peer.key;
    zone.secondaries.set(key, kept !== undefined && isSame ? kept : createSecondary(zone, peer, now));
  }
  for (const watch of config.watches) {
    const key = endpointKey(watch.endpoint);
    if (zone.watches.has(key)) continue;
    const kept = watches.get(key);
    watches.delete(key);
    if (kept !== undefined) renameWatch(step, kept, watch);
    zone.watches.set(key, kept ?? createWatch(zone, watch, now));
  }
  for (const gone of watches.values()) endWatch(step, gone);
}

/** An alarm is told under a name, and goes on under the new one. */
function renameWatch(step: Step, watch: WatchState, config: WatchConfig): void {
  if (watch.config.name !== config.name) {
    endWatch(step, watch);
    if (watch.alarmed) watch.alarmAt = step.now.mono;
    watch.alarmed = false;
    watch.toldState = null;
  }
  watch.config = config;
}

function linkSlots(state: OutwardState): void {
  state.bySlot = [...state.zones.values()].flatMap((zone) => [
    zone,
    ...zone.secondaries.values(),
    ...zone.watches.values(),
  ]);
  state.timers = new TimerQueue();
  for (const [slot, item] of state.bySlot.entries()) {
    item.slot = slot;
    setTimer(state, item);
  }
}

/** Puts the next thing that is due for an item into the queue. */
export function setTimer(state: OutwardState, item: SecondaryState | WatchState | ZoneState): void {
  if (state.bySlot[item.slot] !== item) return;
  state.timers.set(item.slot, dueAt(item));
}

function dueAt(item: SecondaryState | WatchState | ZoneState): Mono {
  switch (item.kind) {
    case "zone":
      return item.auditAt;
    case "secondary":
      return item.nextAt;
    case "watch":
      return Math.min(item.asking ? never : item.askAt, item.alarmAt, item.renotifyAt) as Mono;
  }
}
