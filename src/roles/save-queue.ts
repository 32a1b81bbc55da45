/**
 * Saves that wait for the one that is being written, as one: what counts is the last word about each thing. So a disk that
 * is slow, or a start with thousands of members, costs one commit at a time and never a queue that grows; it holds at
 * most one entry for each target, pool, override, order and zone, and takes a batch in no longer than the batch is long.
 */
import type { Override, SavedPool, SavedTarget } from "../core/model.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import type { Order } from "../core/order.ts";
import { ownerTypeKey } from "../dns/name.ts";
import type { RRset, SetKey } from "../dns/types.ts";
import type { SaveBatch, SavedUpdate } from "../ports/store.ts";

/** The last word about each thing; null: it is gone. */
type Words<T> = Map<string, T | null>;

export class SaveQueue {
  readonly #targets: Words<SavedTarget> = new Map();
  readonly #pools: Words<SavedPool> = new Map();
  readonly #overrides: Words<Override> = new Map();
  readonly #orders: Words<Order> = new Map();
  #windowsBegun: SaveBatch["windowsBegun"] = null;
  #groupsTold: SaveBatch["groupsTold"] = null;
  readonly #rehearsals: Words<RehearsalView> = new Map();
  readonly #serials = new Map<string, number>();
  /** By zone, then by owner and type. */
  readonly #updates = new Map<string, Map<string, RRset | SetKey>>();

  add(batch: SaveBatch): void {
    takeWords(this.#targets, batch.targetsForgotten, batch.targets, ({ id }) => id);
    takeWords(this.#pools, batch.poolsForgotten, batch.pools, ({ name }) => name);
    takeWords(this.#overrides, batch.overridesCleared, batch.overridesSet, ({ member }) => member);
    takeWords(this.#orders, batch.ordersCleared, batch.ordersSet, ({ id }) => id);
    this.#windowsBegun = batch.windowsBegun ?? this.#windowsBegun;
    this.#groupsTold = batch.groupsTold ?? this.#groupsTold;
    // Those of a pool that is gone go with it.
    takeWords(this.#rehearsals, batch.poolsForgotten, batch.rehearsals, ({ pool }) => pool);
    for (const [zone, serial] of Object.entries(batch.serials)) this.#serials.set(zone, serial);
    for (const update of batch.updates) this.#addUpdate(update);
  }

  /** Everything that waits, which then waits no longer. */
  take(): SaveBatch {
    const batch: SaveBatch = {
      targets: setIn(this.#targets),
      targetsForgotten: goneIn(this.#targets),
      pools: setIn(this.#pools),
      poolsForgotten: goneIn(this.#pools),
      overridesSet: setIn(this.#overrides),
      overridesCleared: goneIn(this.#overrides),
      ordersSet: setIn(this.#orders),
      ordersCleared: goneIn(this.#orders),
      windowsBegun: this.#windowsBegun,
      groupsTold: this.#groupsTold,
      rehearsals: setIn(this.#rehearsals),
      serials: Object.fromEntries(this.#serials),
      updates: [...this.#updates].map(updateOf),
    };
    for (const words of [this.#targets, this.#pools, this.#overrides, this.#orders, this.#rehearsals]) words.clear();
    this.#windowsBegun = null;
    this.#groupsTold = null;
    this.#serials.clear();
    this.#updates.clear();
    return batch;
  }

  #addUpdate({ put, remove, zone }: SavedUpdate): void {
    const sets = this.#updates.get(zone) ?? new Map<string, RRset | SetKey>();
    for (const set of remove) sets.set(ownerTypeKey(set), set);
    for (const set of put) sets.set(ownerTypeKey(set), set);
    this.#updates.set(zone, sets);
  }
}

function takeWords<T>(words: Words<T>, gone: readonly string[], set: readonly T[], nameOf: (one: T) => string): void {
  for (const name of gone) words.set(name, null);
  for (const one of set) words.set(nameOf(one), one);
}

function setIn<T>(words: Words<T>): readonly T[] {
  return [...words.values()].filter((one) => one !== null);
}

function goneIn<T>(words: Words<T>): readonly string[] {
  return [...words].filter(([, one]) => one === null).map(([name]) => name);
}

function updateOf([zone, sets]: [string, ReadonlyMap<string, RRset | SetKey>]): SavedUpdate {
  const all = [...sets.values()];
  return { zone, put: all.filter((set) => "rdata" in set), remove: all.filter((set) => !("rdata" in set)) };
}
