/**
 * A start and a reload are the same thing: make the state that of a configuration, keep whatever is still in it, and
 * let the rest go. Zones with a file are read again at each reload, for the file may have changed.
 */
import { counted } from "../base/listed.ts";
import type { Prng } from "../base/prng.ts";
import { nextWake, runningProbes } from "../core/check-cycle.ts";
import type { Config, ZoneConfig } from "../core/model.ts";
import { catalogSets, zonesOf } from "../core/catalog.ts";
import { apexSets } from "../core/zone-plan.ts";
import { ownerTypeKey, textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import type { SavedState } from "../ports/store.ts";
import { applyConfig, type ControllerState, livePast, type Past, savedPast } from "./controller-state.ts";
import { fitToClock } from "./clock-steps.ts";
import { seatAgents } from "./agent-steps.ts";
import type { ControllerEvent } from "./effects.ts";
import { dropReferences } from "./guard-steps.ts";
import { atOnce } from "./hold.ts";
import { dropOrders, expireOrders } from "./order-steps.ts";
import type { Outbox } from "./outbox.ts";
import { expireOverrides } from "./override-steps.ts";
import { resetToNormal } from "./reset-steps.ts";
import { createZone, isServedHere, putSet, removeSet, servedSerial, type ZoneState } from "./zone-state.ts";
import { takeSerial } from "./zone-steps.ts";

export function startWith(state: ControllerState, context: { saved: SavedState; prng: Prng; out: Outbox }): void {
  const { out, prng, saved } = context;
  for (const zone of zonesOf(state.config)) loadZone(state, { zone, config: state.config, removalMax: null, out });
  enter(state, state.config, { past: savedPast(saved, prng), out });
  forgetPools(state, saved, out);
  dropOverrides(state, out);
  dropOrders(state, out);
  fitToClock(state, out);
  if (state.config.onStart === "reset") resetToNormal(state, { owner: "muster", reason: "on-start: reset" }, out);
  out.targetsForgotten.push(...saved.targets.map((target) => target.id).filter((id) => !state.targets.has(id)));
  const sentence = `muster starts with ${sizeOf(state.config)}, and remembers ${counted(saved.targets.length, "state")}`;
  out.tell({ kind: "start", subject: "muster", rule: "controller/start", sentence });
  // What ended while muster was stopped decides nothing any more.
  expireOverrides(state, out);
  expireOrders(state, out);
}

export function reconfigure(
  state: ControllerState,
  event: Extract<ControllerEvent, { kind: "configured" }>,
  context: { prng: Prng; out: Outbox },
): void {
  const { out, prng } = context;
  const before = sizeOf(state.config);
  const { by, config, forced = false } = event;
  dropPools(state, config, out);
  replaceZones(state, { config, removalMax: forced ? null : state.config.removalMax, out });
  enter(state, config, { past: livePast(state, prng), out });
  dropOverrides(state, out);
  dropOrders(state, out);
  out.diagnoseAll = true;
  const changes = event.sentences.length === 0 ? "nothing changed" : event.sentences.join("; ");
  const sentence = `configuration read again: ${changes}`;
  const story = { kind: "reload", subject: "muster", rule: "controller/reload", sentence } as const;
  const to = `${sizeOf(config)}${forced ? ", forced" : ""}`;
  out.tell(by === undefined ? story : { ...story, from: before, to, by });
}

function sizeOf({ pools, zones }: Config): string {
  const members = pools.reduce((sum, pool) => sum + pool.members.length, 0);
  return [counted(zones.length, "zone"), counted(pools.length, "pool"), counted(members, "member")].join(", ");
}

function enter(state: ControllerState, config: Config, context: { past: Past; out: Outbox }): void {
  const { out } = context;
  const wasWatched = state.watchers.size > 0;
  for (const gone of applyConfig(state, config, { past: context.past, now: out.now })) {
    for (const number of runningProbes(gone.cycle)) out.push({ kind: "cancel", probe: number });
    out.push({ kind: "forget", targetId: gone.target.id });
    out.targetsForgotten.push(gone.target.id);
  }
  for (const [slot, target] of state.targetBySlot.entries()) state.timers.set(slot, nextWake(target.cycle));
  dropReferences(state, out);
  for (const pool of state.poolBySlot) out.duePools.add(pool);
  state.maintenance.nextAt = atOnce;
  const hadAgents = state.agents.size > 0;
  seatAgents(state, config.agents, out);
  if (!wasWatched && !hadAgents && state.watchers.size + state.agents.size === 0) return;
  const shared = state.targetBySlot.filter(({ panel }) => panel !== null);
  const watchers = config.watch?.watchers ?? [];
  out.push({ kind: "watch-afar", watchers, targets: shared.map(({ target }) => target), agents: config.agents });
}

/** Names of pools that are gone, or that moved to another zone, leave their zone. */
function dropPools(state: ControllerState, config: Config, out: Outbox): void {
  const kept = new Set(config.pools.map((pool) => `${pool.zone} ${pool.name}`));
  for (const pool of state.pools.values()) {
    if (kept.has(`${pool.config.zone} ${pool.config.name}`)) continue;
    const zone = state.zones.get(pool.config.zone);
    if (zone !== undefined) for (const set of pool.sets) removeSet(zone, set, "pools");
    pool.sets = [];
    if (config.pools.some(({ name }) => name === pool.config.name)) continue;
    out.poolsForgotten.push(pool.config.name);
    state.rehearsals.delete(pool.config.name);
  }
}

/** Everything a pool can be in DNS. */
const poolTypes = [rrType.A, rrType.AAAA, rrType.MX, rrType.SRV, rrType.PTR, rrType.TXT];

/**
 * Pools that left the configuration while muster was stopped: their records leave the servers outside, which have kept
 * them. Every pool is saved from the first start on, so that it can be missed.
 */
function forgetPools(state: ControllerState, saved: SavedState, out: Outbox): void {
  for (const pool of state.poolBySlot) out.changedPools.add(pool);
  for (const { name } of saved.pools.filter((pool) => !state.pools.has(pool.name))) {
    const zone = closestZone(state, name);
    for (const type of zone === null ? [] : poolTypes) {
      if (zone !== null) removeSet(zone, { owner: textName(name), type }, "pools");
    }
    out.poolsForgotten.push(name);
    state.rehearsals.delete(name);
  }
}

function closestZone(state: ControllerState, name: string): ZoneState | null {
  for (let rest = name; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    const zone = state.zones.get(rest);
    if (zone !== undefined) return zone;
    if (!rest.includes(".")) return null;
  }
}

function replaceZones(state: ControllerState, around: Omit<ZoneEntry, "zone">): void {
  const { config, out } = around;
  const zones = zonesOf(config);
  const wanted = new Map(zones.map((zone) => [zone.origin, zone]));
  for (const [origin, { serial, updates }] of [...state.zones].filter(([known]) => !wanted.has(known))) {
    state.zones.delete(origin);
    state.absent.set(origin, { serial, updates: [...updates.values()] });
    out.push({ kind: "remove-zone", origin });
  }
  for (const zone of zones) replaceZone(state, { ...around, zone });
}

/**
 * A zone that muster makes itself is changed by a transaction like any other: loading it anew would take the pools'
 * names out until they are published again.
 */
function replaceZone(state: ControllerState, entry: ZoneEntry): void {
  const { config, out, zone } = entry;
  const known = state.zones.get(zone.origin);
  const stays = known !== undefined && known.phase !== "loading" && isOwn(known.config) && isOwn(zone);
  if (known !== undefined && isServedHere(known.config) && !isServedHere(zone)) {
    out.push({ kind: "remove-zone", origin: zone.origin });
  }
  if (known === undefined) state.zones.set(zone.origin, createZone(zone, state.absent));
  if (stays)
    changeOwn(known, {
      before: ownSets(state.config, known.config, servedSerial(known)),
      after: ownSets(config, zone, servedSerial(known)),
    });
  if (known !== undefined) {
    // Only other servers had it: here it is to be opened like one that is new.
    if (!isServedHere(known.config)) known.phase = "loading";
    known.config = zone;
  }
  if (!stays) loadZone(state, entry);
}

/** muster makes the zone's SOA and NS itself. */
export function isOwn(zone: ZoneConfig): boolean {
  return zone.file === null && zone.primaries.length === 0 && isServedHere(zone);
}

/** Everything of a zone that muster makes itself, but for pools and updates. */
export function ownSets(config: Config, zone: ZoneConfig, serial: number): readonly RRset[] {
  const catalog = zone.origin === config.catalog?.origin ? catalogSets(config) : [];
  return [...apexSets(zone, serial), ...catalog];
}

function changeOwn(zone: ZoneState, { after, before }: Readonly<Record<"after" | "before", readonly RRset[]>>): void {
  const old = new Map(before.map((set) => [ownerTypeKey(set), set]));
  for (const set of after) putSet(zone, set, { layer: "base", published: old.get(ownerTypeKey(set)) });
  const kept = new Set(after.map(ownerTypeKey));
  for (const [key, set] of old) if (!kept.has(key)) removeSet(zone, set, "base");
}

/** Names of a zone that pools decide, and those of them that have addresses. */
export function namesIn({ pools }: Config, origin: string): { readonly hosts: string[]; readonly decided: string[] } {
  const inZone = pools.filter(({ zone }) => zone === origin);
  const hosts = inZone.filter(({ record }) => record.kind === "address");
  return { hosts: hosts.map(({ name }) => name), decided: inZone.map(({ name }) => name) };
}

interface ZoneEntry {
  readonly zone: ZoneConfig;
  readonly config: Config;
  /** Share of a file's records that may be gone; null: all. */
  readonly removalMax: number | null;
  readonly out: Outbox;
}

function loadZone(state: ControllerState, { config, out, removalMax, zone }: ZoneEntry): void {
  const { file, origin, primaries } = zone;
  const known = state.zones.get(origin);
  if (known === undefined) return;
  if (!isServedHere(zone)) {
    known.phase = "open";
    return;
  }
  if (primaries.length > 0) return out.push({ kind: "follow-zone", origin });
  if (file !== null)
    return out.push({ kind: "load-zone", origin, file, sets: [], ...namesIn(config, origin), removalMax });
  const sets = ownSets(config, zone, takeSerial(state, known, Math.floor(out.now.wall / 1000)));
  out.push({ kind: "load-zone", origin, file, sets, hosts: [], decided: [], removalMax: null });
}

/** Overrides of members that are gone: on disk, too, so that none comes back with its member. */
function dropOverrides(state: ControllerState, out: Outbox): void {
  const members = new Set([...state.pools.values()].flatMap((pool) => pool.members.map((member) => member.config.id)));
  for (const member of [...state.overrides.keys()].filter((id) => !members.has(id))) {
    state.overrides.delete(member);
    out.overridesCleared.push(member);
  }
}
