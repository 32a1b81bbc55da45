/**
 * The end of a step: what changed in a zone becomes one transaction a layer, each with a serial, and everything that must
 * survive a crash becomes one save. Transactions go first, since an answer must not wait for a disk; a serial that a
 * crash loses is made good by the clock (`nextSerial`).
 */
import { later, never } from "../base/time.ts";
import type { SavedPool, SavedTarget } from "../core/model.ts";
import { textName } from "../dns/name.ts";
import type { Layer } from "../dns/types.ts";
import type { SaveBatch } from "../ports/store.ts";
import type { ControllerState, PoolState, TargetState } from "./controller-state.ts";
import type { Effect } from "./effects.ts";
import { groupsTold } from "./diagnosis-groups.ts";
import type { Outbox } from "./outbox.ts";
import { allDecided } from "./pool-steps.ts";
import { openingSerial, setRepublish, takeSerial } from "./zone-steps.ts";
import { isGathering, isPending, isServedHere, layers, servedSerial, type ZoneState } from "./zone-state.ts";

/**
 * After a transaction, decisions about the same zone are gathered for so long: the first of a burst goes at once, and a
 * thousand pools that fail together are a few transactions, serials and transfers, not a thousand.
 */
const gatherMs = 10;

export function flush(state: ControllerState, out: Outbox): void {
  state.publishAt = never;
  for (const zone of state.zones.values()) flushZone(state, zone, out);
  pushSave(state, out);
  for (const answer of out.updateAnswers) out.push(answer);
  if (state.ready || !allDecided(state)) return;
  state.ready = true;
  out.push({ kind: "ready" });
}

function flushZone(state: ControllerState, zone: ZoneState, out: Outbox): void {
  const { origin } = zone.config;
  if (zone.phase === "loading") return;
  if (zone.phase === "staged" && !isDecided(state, origin)) return;
  if (state.leaving.size === 0 && isQuiet(zone, out)) return;
  const waiting = layers.filter((layer) => isPending(zone.pending[layer]));
  // Only decisions wait; whoever asked for an update, or takes part in a zone's opening, does not.
  if (waiting.length > 0 && isGathering(zone, out.now.mono) && waiting.every((layer) => layer === "pools")) {
    if (zone.gatherUntil < state.publishAt) state.publishAt = zone.gatherUntil;
    return;
  }
  for (const layer of waiting) publish(state, zone, { layer, out });
  if (zone.phase === "staged") {
    zone.phase = "opening";
    const serial = openingSerial(state, zone, Math.floor(out.now.wall / 1000));
    out.serials.set(origin, serial);
    out.push({ kind: "open-zone", origin, serial, before: zone.serialBefore });
  } else if (waiting.length === 0 && out.republish.has(zone)) publish(state, zone, { layer: "base", out });
  markLeaving(state, zone);
}

/** By far the most steps change nothing in a zone. */
function isQuiet({ pending, phase }: ZoneState, { republish }: Outbox): boolean {
  if (phase !== "open" || republish.size > 0) return false;
  return !isPending(pending.base) && !isPending(pending.updates) && !isPending(pending.pools);
}

function isDecided(state: ControllerState, origin: string): boolean {
  return state.poolBySlot.every((pool) => pool.config.zone !== origin || pool.decision !== null);
}

function publish(state: ControllerState, zone: ZoneState, { layer, out }: { layer: Layer; out: Outbox }): void {
  const pending = zone.pending[layer];
  const serial = takeSerial(state, zone, Math.floor(out.now.wall / 1000));
  out.serials.set(zone.config.origin, serial);
  const put = [...pending.put.values()];
  const remove = [...pending.remove.values()];
  pending.put.clear();
  pending.remove.clear();
  const { origin, republishMs } = zone.config;
  zone.gatherUntil = later(out.now.mono, gatherMs);
  // Other servers count serials of their own, and a file with a block sees to it itself.
  if (republishMs !== null && isServedHere(zone.config)) setRepublish(state, zone, later(out.now.mono, republishMs));
  out.push({ kind: "publish", transaction: { origin: textName(origin), serial, layer, put, remove } });
}

/** Members that left in this step left with this serial. Where nobody else serves the zone, that is all there is to it. */
function markLeaving(state: ControllerState, zone: ZoneState): void {
  const watched = isWatched(zone);
  for (const pool of state.leaving) {
    if (pool.config.zone !== zone.config.origin) continue;
    state.leaving.delete(pool);
    for (const member of pool.members) {
      if (member.leftWith?.serial === 0)
        member.leftWith = watched ? { ...member.leftWith, serial: servedSerial(zone) } : null;
    }
  }
}

/** Somebody besides muster's own server answers for the zone. */
function isWatched({ config }: ZoneState): boolean {
  const others = config.transfer.to.length + config.nameservers.length;
  return others > 0 || config.publish.some(({ kind }) => kind !== "embedded");
}

function pushSave(state: ControllerState, out: Outbox): void {
  if (!out.mustSave) return;
  const batch: SaveBatch = {
    targets: [...out.changedTargets].map(savedTarget),
    pools: [...out.changedPools].map(savedPool),
    overridesSet: out.overridesSet.flatMap((member) => state.overrides.get(member) ?? []),
    overridesCleared: out.overridesCleared,
    ordersSet: out.ordersSet.flatMap((id) => state.orders.get(id) ?? []),
    ordersCleared: out.ordersCleared.filter((id) => !state.orders.has(id)),
    rehearsals: out.rehearsed.flatMap((pool) => state.rehearsals.get(pool) ?? []),
    groupsTold: out.groupsMoved ? groupsTold(state) : null,
    windowsBegun: out.windowsMoved ? [...state.maintenance.running.values()] : null,
    serials: Object.fromEntries(out.serials),
    targetsForgotten: out.targetsForgotten,
    poolsForgotten: out.poolsForgotten,
    updates: out.updates,
  };
  out.push({ kind: "save", batch });
}

export function saveAll(state: ControllerState): Effect {
  const batch: SaveBatch = {
    targets: [...state.targets.values()].map(savedTarget),
    pools: [...state.pools.values()].map(savedPool),
    overridesSet: [...state.overrides.values()],
    overridesCleared: [...state.pools.values()]
      .flatMap((pool) => pool.members.map((member) => member.config.id))
      .filter((id) => !state.overrides.has(id)),
    ordersSet: [...state.orders.values()],
    ordersCleared: [],
    rehearsals: [...state.rehearsals.values()],
    groupsTold: groupsTold(state),
    windowsBegun: [...state.maintenance.running.values()],
    serials: Object.fromEntries(
      [...state.zones.values()].flatMap(({ config, serial }) => (serial === null ? [] : [[config.origin, serial]])),
    ),
    targetsForgotten: [],
    poolsForgotten: [],
    updates: [...state.zones.values()].map((zone) => ({
      zone: zone.config.origin,
      put: [...zone.updates.values()],
      remove: [],
    })),
  };
  return { kind: "save", batch };
}

function savedTarget({ flap, judgement, target }: TargetState): SavedTarget {
  const { fault, health, since, reason, rises, falls } = judgement;
  const { flips, heldUntil, holdReason } = flap;
  return {
    id: target.id,
    health,
    since,
    reason,
    fault: health === "down" ? fault : null,
    rises,
    falls,
    flips,
    heldUntil,
    holdReason,
  };
}

function savedPool({ config, memory }: PoolState): SavedPool {
  return { name: config.name, activePriority: memory.activePriority };
}
