/**
 * Saves that wait for the one that is being written, merged into one: what counts is the last word about each thing.
 * So a disk that is slow, or a start with thousands of members, costs one commit at a time and never a queue that
 * grows; it holds at most one entry for each target, pool, override and zone.
 */
import { ownerTypeKey } from "../dns/name.ts";
import type { RRset, SetKey } from "../dns/types.ts";
import type { SaveBatch, SavedUpdate } from "../ports/store.ts";

export const emptyBatch: SaveBatch = {
  targets: [],
  pools: [],
  overridesSet: [],
  overridesCleared: [],
  ordersSet: [],
  ordersCleared: [],
  windowsBegun: null,
  serials: {},
  targetsForgotten: [],
  poolsForgotten: [],
  updates: [],
};

/** One batch that says what `first` and then `second` say. */
export function mergeBatches(first: SaveBatch, second: SaveBatch): SaveBatch {
  const forgotten = new Set(second.targetsForgotten);
  const cleared = new Set(second.overridesCleared);
  const targets = lastById([...first.targets, ...second.targets], (target) => target.id);
  const overrides = lastById([...first.overridesSet, ...second.overridesSet], (override) => override.member);
  const setAgain = new Set(second.overridesSet.map((override) => override.member));
  const ordersAgain = new Set(second.ordersSet.map(({ id }) => id));
  const knownAgain = new Set(second.targets.map((target) => target.id));
  return {
    targets: targets.filter((target) => !forgotten.has(target.id)),
    pools: lastById([...first.pools, ...second.pools], (pool) => pool.name).filter(
      (pool) => !second.poolsForgotten.includes(pool.name),
    ),
    poolsForgotten: union(first.poolsForgotten, second.poolsForgotten).filter(
      (name) => !second.pools.some((pool) => pool.name === name),
    ),
    overridesSet: overrides.filter((override) => setAgain.has(override.member) || !cleared.has(override.member)),
    overridesCleared: union(first.overridesCleared, second.overridesCleared).filter((member) => !setAgain.has(member)),
    ordersSet: lastById([...first.ordersSet, ...second.ordersSet], ({ id }) => id).filter(
      ({ id }) => ordersAgain.has(id) || !second.ordersCleared.includes(id),
    ),
    ordersCleared: union(first.ordersCleared, second.ordersCleared).filter((id) => !ordersAgain.has(id)),
    windowsBegun: second.windowsBegun ?? first.windowsBegun,
    serials: { ...first.serials, ...second.serials },
    updates: mergeUpdates([...first.updates, ...second.updates]),
    targetsForgotten: union(first.targetsForgotten, second.targetsForgotten).filter((id) => !knownAgain.has(id)),
  };
}

/** One change a zone, with the last word about each set. */
function mergeUpdates(all: readonly SavedUpdate[]): readonly SavedUpdate[] {
  return [...Map.groupBy(all, ({ zone }) => zone)].map(([zone, steps]) => {
    const last = new Map<string, RRset | SetKey>();
    for (const { put, remove } of steps) for (const set of [...remove, ...put]) last.set(ownerTypeKey(set), set);
    const sets = [...last.values()];
    return {
      zone,
      put: sets.filter((set) => "rdata" in set),
      remove: sets.filter((set) => !("rdata" in set)),
    };
  });
}

function lastById<T>(entries: readonly T[], idOf: (entry: T) => string): readonly T[] {
  return [...new Map(entries.map((entry) => [idOf(entry), entry])).values()];
}

function union(first: readonly string[], second: readonly string[]): readonly string[] {
  return [...new Set([...first, ...second])];
}
