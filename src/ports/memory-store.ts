/**
 * The store without a disk, for tests and simulations: the same contract, kept in memory. What a crash would keep
 * is what was saved; whoever simulates one opens another store over the same `MemoryDisk`.
 */
import type { SavedGroup } from "../core/diagnosis.ts";
import type { HistoryEvent, Override, SavedPool, SavedTarget } from "../core/model.ts";
import type { MaintenanceWindow } from "../core/maintenance.ts";
import type { Order } from "../core/order.ts";
import type { Recorded } from "../core/recording.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import { ownerTypeKey } from "../dns/name.ts";
import { serialGreater } from "../dns/serial.ts";
import type { RRset, ZoneDelta, ZonePast } from "../dns/types.ts";
import { pickEvents } from "./pick-events.ts";
import {
  type MessageBatch,
  journalDeltasMax,
  journalOctetsMax,
  type PastStep,
  type SaveBatch,
  type SavedMessage,
  type SavedState,
  type SavedUpdate,
  type SaveOutcome,
  type Store,
} from "./store.ts";
import { addRecord, nothingRecorded, pickRecorded, withoutOld } from "./memory-recorded.ts";

/** What lasts longer than the store that writes it. */
export interface MemoryDisk {
  readonly targets: Map<string, SavedTarget>;
  readonly pools: Map<string, SavedPool>;
  readonly overrides: Map<string, Override>;
  readonly orders: Map<string, Order>;
  windowsBegun: readonly MaintenanceWindow[];
  groupsTold: readonly SavedGroup[];
  readonly rehearsals: Map<string, RehearsalView>;
  readonly serials: Map<string, number>;
  /** The layer `updates` of each zone, by owner and type. */
  readonly updates: Map<string, Map<string, RRset>>;
  readonly pasts: Map<string, ZonePast>;
  readonly messages: Map<string, SavedMessage>;
  readonly events: HistoryEvent[];
  recorded: Recorded;
  /** Not null: every save fails with this reason. */
  fault: string | null;
}

export function createMemoryDisk(): MemoryDisk {
  return {
    targets: new Map(),
    pools: new Map(),
    overrides: new Map(),
    orders: new Map(),
    windowsBegun: [],
    groupsTold: [],
    rehearsals: new Map(),
    serials: new Map(),
    updates: new Map(),
    pasts: new Map(),
    messages: new Map(),
    events: [],
    recorded: nothingRecorded,
    fault: null,
  };
}

export function openMemoryStore(disk: MemoryDisk): Store {
  let open = true;
  return {
    load: async () => structuredClone(readDisk(disk)),
    save: async (batch) => (open ? writeDisk(disk, batch) : { kind: "failed", reason: "the store is closed" }),
    loadPast: async (zone) => structuredClone(disk.pasts.get(zone) ?? null),
    savePast: async (step) => (open ? writePast(disk, step) : { kind: "failed", reason: "the store is closed" }),
    loadMessages: async () => [...byKey(disk.messages)],
    saveMessages: async (batch) =>
      open ? writeMessages(disk, batch) : { kind: "failed", reason: "the store is closed" },
    append: (events) => {
      if (open) disk.events.push(...events);
    },
    history: async (query) => pickEvents(disk.events, query),
    record: async (batch) => {
      if (disk.fault !== null) return { kind: "failed", reason: disk.fault };
      disk.recorded = withoutOld(addRecord(disk.recorded, batch), batch.keep);
      return { kind: "ok" };
    },
    recorded: async (time) => pickRecorded(disk.recorded, time),
    close: async () => {
      open = false;
    },
  };
}

export function readDisk(disk: MemoryDisk): SavedState {
  return {
    targets: byKey(disk.targets),
    pools: byKey(disk.pools),
    overrides: byKey(disk.overrides),
    orders: byKey(disk.orders),
    windowsBegun: disk.windowsBegun,
    groupsTold: disk.groupsTold,
    rehearsals: byKey(disk.rehearsals),
    serials: readSerials(disk),
    updates: Object.fromEntries([...disk.updates].map(([zone, sets]) => [zone, [...sets.values()]])),
    lastEventId: disk.events.at(-1)?.id ?? 0,
  };
}

/** Whichever is further: the serial that was saved, or the one at which the zone's past ends. */
function readSerials(disk: MemoryDisk): Readonly<Record<string, number>> {
  const serials = new Map(disk.serials);
  for (const [zone, { serial }] of disk.pasts) {
    const known = serials.get(zone);
    if (known === undefined || serialGreater(serial, known)) serials.set(zone, serial);
  }
  return Object.fromEntries(serials);
}

function byKey<T>(map: ReadonlyMap<string, T>): readonly T[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

/** All of the batch or nothing. */
export function writeMessages(disk: MemoryDisk, { put, remove }: MessageBatch): SaveOutcome {
  if (disk.fault !== null) return { kind: "failed", reason: disk.fault };
  for (const id of remove) disk.messages.delete(id);
  for (const message of put) disk.messages.set(message.id, { ...message });
  return { kind: "ok" };
}

/** All of the batch or nothing. */
export function writeDisk(disk: MemoryDisk, batch: SaveBatch): SaveOutcome {
  if (disk.fault !== null) return { kind: "failed", reason: disk.fault };
  for (const target of batch.targets) disk.targets.set(target.id, target);
  for (const id of batch.targetsForgotten) disk.targets.delete(id);
  for (const pool of batch.pools) disk.pools.set(pool.name, pool);
  for (const rehearsal of batch.rehearsals) disk.rehearsals.set(rehearsal.pool, rehearsal);
  for (const name of batch.poolsForgotten) {
    disk.pools.delete(name);
    disk.rehearsals.delete(name);
  }
  for (const override of batch.overridesSet) disk.overrides.set(override.member, override);
  for (const member of batch.overridesCleared) disk.overrides.delete(member);
  for (const order of batch.ordersSet) disk.orders.set(order.id, order);
  for (const id of batch.ordersCleared) disk.orders.delete(id);
  disk.windowsBegun = batch.windowsBegun ?? disk.windowsBegun;
  disk.groupsTold = batch.groupsTold ?? disk.groupsTold;
  for (const [zone, serial] of Object.entries(batch.serials)) disk.serials.set(zone, serial);
  for (const update of batch.updates) writeUpdate(disk, update);
  return { kind: "ok" };
}

function writeUpdate(disk: MemoryDisk, { zone, put, remove }: SavedUpdate): void {
  const sets = disk.updates.get(zone) ?? new Map<string, RRset>();
  for (const set of remove) sets.delete(ownerTypeKey(set));
  for (const set of put) sets.set(ownerTypeKey(set), structuredClone(set));
  if (sets.size === 0) disk.updates.delete(zone);
  else disk.updates.set(zone, sets);
}

/** Adds a delta that fits to what is known, or begins anew. */
export function writePast(disk: MemoryDisk, { zone, serial, digest, delta }: PastStep): SaveOutcome {
  if (disk.fault !== null) return { kind: "failed", reason: disk.fault };
  const before = disk.pasts.get(zone);
  const fits = delta !== null && before !== undefined && before.serial === delta.from;
  const deltas = delta === null ? [] : [...(fits ? before.deltas : []), structuredClone(delta)];
  disk.pasts.set(zone, { serial, digest, deltas: withinLimits(deltas) });
  return { kind: "ok" };
}

/** The newest of them that fit. */
function withinLimits(deltas: readonly ZoneDelta[]): readonly ZoneDelta[] {
  let first = deltas.length;
  let octets = 0;
  while (first > 0 && deltas.length - first < journalDeltasMax) {
    octets += octetsOf(deltas[first - 1]);
    if (octets > journalOctetsMax) break;
    first -= 1;
  }
  return deltas.slice(first);
}

/** About what `packDelta` makes of a delta. */
function octetsOf(delta: ZoneDelta | undefined): number {
  const records = delta === undefined ? [] : [...delta.removed, ...delta.added];
  return records.reduce((sum, { owner, rdata }) => sum + owner.length + 8 + rdata.length, 0);
}
