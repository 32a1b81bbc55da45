/**
 * A start and a reload are the same thing: make the state that of a configuration, keep whatever is still in it, and
 * let the rest go. Zones with a file are read again at each reload, for the file may have changed.
 */
import type { Prng } from "../base/prng.ts";
import { nextWake } from "../core/check-cycle.ts";
import type { Config, ZoneConfig } from "../core/model.ts";
import { apexSets } from "../core/zone-plan.ts";
import type { SavedState } from "../ports/store.ts";
import { applyConfig, type ControllerState, livePast, type Past, savedPast } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";
import { resetToNormal } from "./reset-steps.ts";
import { createZone, isServedHere, putSet, removeSet } from "./zone-state.ts";
import { takeSerial } from "./zone-steps.ts";

export function startWith(state: ControllerState, context: { saved: SavedState; prng: Prng; out: Outbox }): void {
  const { out, prng, saved } = context;
  for (const zone of state.zones.values()) loadZone(state, zone.config, out);
  enter(state, state.config, { past: savedPast(saved, prng), out });
  if (state.config.onStart === "reset") resetToNormal(state, { owner: "muster", reason: "on-start: reset" }, out);
  out.targetsForgotten.push(...saved.targets.map((target) => target.id).filter((id) => !state.targets.has(id)));
  const { pools } = state.config;
  const members = pools.reduce((sum, pool) => sum + pool.members.length, 0);
  const sentence = `muster starts with ${pools.length} pools, ${members} members and ${saved.targets.length} remembered states`;
  out.tell({ kind: "start", subject: "muster", rule: "controller/start", sentence });
}

export function reconfigure(
  state: ControllerState,
  event: { config: Config; sentences: readonly string[] },
  context: { prng: Prng; out: Outbox },
): void {
  const { out, prng } = context;
  dropPools(state, event.config);
  replaceZones(state, event.config, out);
  enter(state, event.config, { past: livePast(state, prng), out });
  dropOverrides(state, out);
  const changes = event.sentences.length === 0 ? "nothing changed" : event.sentences.join("; ");
  const sentence = `configuration read again: ${changes}`;
  out.tell({ kind: "reload", subject: "muster", rule: "controller/reload", sentence });
}

function enter(state: ControllerState, config: Config, context: { past: Past; out: Outbox }): void {
  const { out } = context;
  for (const gone of applyConfig(state, config, { past: context.past, now: out.now })) {
    for (const { number } of gone.cycle.running) out.push({ kind: "cancel", probe: number });
    out.push({ kind: "forget", targetId: gone.target.id });
    out.targetsForgotten.push(gone.target.id);
  }
  for (const [slot, target] of state.targetBySlot.entries()) state.timers.set(slot, nextWake(target.cycle));
  for (const pool of state.poolBySlot) out.duePools.add(pool);
}

/** Names of pools that are gone, or that moved to another zone, leave their zone. */
function dropPools(state: ControllerState, config: Config): void {
  const kept = new Set(config.pools.map((pool) => `${pool.zone} ${pool.name}`));
  for (const pool of state.pools.values()) {
    if (kept.has(`${pool.config.zone} ${pool.config.name}`)) continue;
    const zone = state.zones.get(pool.config.zone);
    if (zone !== undefined) for (const set of pool.sets) removeSet(zone, set, "pools");
    pool.sets = [];
  }
}

function replaceZones(state: ControllerState, config: Config, out: Outbox): void {
  const wanted = new Map(config.zones.map((zone) => [zone.origin, zone]));
  for (const origin of [...state.zones.keys()].filter((known) => !wanted.has(known))) {
    state.zones.delete(origin);
    out.push({ kind: "remove-zone", origin });
  }
  for (const zone of config.zones) replaceZone(state, zone, out);
}

/**
 * A zone that muster makes itself is changed by a transaction like any other: loading it anew would take the pools'
 * names out until they are published again.
 */
function replaceZone(state: ControllerState, zone: ZoneConfig, out: Outbox): void {
  const known = state.zones.get(zone.origin);
  const stays = known !== undefined && known.phase !== "loading" && isOwn(known.config) && isOwn(zone);
  if (stays && sameZone(known.config, zone)) return;
  if (known !== undefined && isServedHere(known.config) && !isServedHere(zone)) {
    out.push({ kind: "remove-zone", origin: zone.origin });
  }
  if (known === undefined) state.zones.set(zone.origin, createZone(zone, { serials: {}, updates: {} }));
  else known.config = zone;
  if (stays) for (const set of apexSets(zone, known.serial)) putSet(known, set, { layer: "base" });
  else loadZone(state, zone, out);
}

/** muster makes the zone's SOA and NS itself. */
function isOwn(zone: ZoneConfig): boolean {
  return zone.file === null && zone.primaries.length === 0 && isServedHere(zone);
}

function sameZone(a: ZoneConfig, b: ZoneConfig): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

function loadZone(state: ControllerState, config: ZoneConfig, out: Outbox): void {
  const zone = state.zones.get(config.origin);
  if (zone === undefined) return;
  const { file, origin } = config;
  if (!isServedHere(config)) {
    zone.phase = "open";
    return;
  }
  if (config.primaries.length > 0) return out.push({ kind: "follow-zone", origin });
  const sets = file === null ? apexSets(config, takeSerial(state, zone, Math.floor(out.now.wall / 1000))) : [];
  out.push({ kind: "load-zone", origin, file, sets });
}

function dropOverrides(state: ControllerState, out: Outbox): void {
  const members = new Set([...state.pools.values()].flatMap((pool) => pool.members.map((member) => member.config.id)));
  for (const member of [...state.overrides.keys()].filter((id) => !members.has(id))) {
    state.overrides.delete(member);
    out.overridesCleared.push(member);
  }
}
