/**
 * The end of a step: what changed in a zone becomes one transaction with one serial, and everything that must
 * survive a crash becomes one save. Transactions go first, since an answer must not wait for a disk; a serial that a
 * crash loses is made good by the clock (`nextSerial`).
 */
import type { SavedPool, SavedTarget } from "../core/model.ts";
import { textName } from "../dns/name.ts";
import type { SaveBatch } from "../ports/store.ts";
import type { ControllerState, PoolState, TargetState, ZoneState } from "./controller-state.ts";
import type { Effect } from "./effects.ts";
import type { Outbox } from "./outbox.ts";
import { allDecided } from "./pool-steps.ts";
import { takeSerial } from "./zone-steps.ts";

export function flush(state: ControllerState, out: Outbox): void {
  const serials: Record<string, number> = {};
  for (const zone of state.zones.values()) {
    if (zone.loaded && zone.put.size + zone.remove.size > 0) serials[zone.config.origin] = publishZone(zone, out);
  }
  pushSave(state, serials, out);
  if (state.ready || !allDecided(state)) return;
  state.ready = true;
  out.push({ kind: "ready" });
}

function publishZone(zone: ZoneState, out: Outbox): number {
  const serial = takeSerial(zone, Math.floor(out.now.wall / 1000));
  const put = [...zone.put.values()];
  const remove = [...zone.remove.values()];
  zone.put.clear();
  zone.remove.clear();
  out.push({
    kind: "publish",
    transaction: { origin: textName(zone.config.origin), serial, layer: "pools", put, remove },
  });
  return serial;
}

function pushSave(state: ControllerState, serials: Record<string, number>, out: Outbox): void {
  const batch: SaveBatch = {
    targets: [...out.changedTargets].map(savedTarget),
    pools: [...out.changedPools].map(savedPool),
    overridesSet: out.overridesSet.flatMap((member) => state.overrides.get(member) ?? []),
    overridesCleared: out.overridesCleared,
    serials,
    targetsForgotten: out.targetsForgotten,
    updates: [],
  };
  const { targets, pools, overridesSet, overridesCleared, targetsForgotten } = batch;
  const lists = [targets, pools, overridesSet, overridesCleared, targetsForgotten, Object.keys(serials)];
  if (lists.some((list) => list.length > 0)) out.push({ kind: "save", batch });
}

export function saveAll(state: ControllerState): Effect {
  const batch: SaveBatch = {
    targets: [...state.targets.values()].map(savedTarget),
    pools: [...state.pools.values()].map(savedPool),
    overridesSet: [...state.overrides.values()],
    overridesCleared: [...state.pools.values()]
      .flatMap((pool) => pool.members.map((member) => member.config.id))
      .filter((id) => !state.overrides.has(id)),
    serials: Object.fromEntries([...state.zones.values()].map((zone) => [zone.config.origin, zone.serial])),
    targetsForgotten: [],
    updates: [],
  };
  return { kind: "save", batch };
}

function savedTarget({ target, judgement }: TargetState): SavedTarget {
  const { health, since, reason, rises, falls } = judgement;
  return { id: target.id, health, since, reason, rises, falls };
}

function savedPool({ config, memory }: PoolState): SavedPool {
  return { name: config.name, activePriority: memory.activePriority };
}
