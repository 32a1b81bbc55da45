/**
 * What the controller knows of a zone: which serial it handed out last, what waits for the next transaction in each
 * layer, and how far the zone has come on its way to being served.
 */
import { type Mono, mono, never } from "../base/time.ts";
import type { ZoneConfig } from "../core/model.ts";
import { sameSet } from "../core/zone-plan.ts";
import { ownerTypeKey } from "../dns/name.ts";
import type { Layer, RRset, SetKey } from "../dns/types.ts";
import type { SavedState } from "../ports/store.ts";

/**
 * `loading`: its base is not there yet. `staged`: it is, and waits until its pools are decided, so that nobody is told
 * that a pool's name does not exist. `opening`: handed over, with a serial proposed. `open`: served.
 */
export type ZonePhase = "loading" | "staged" | "opening" | "open";

/** Sets of one layer that wait for the next transaction, by owner and type. */
export interface PendingSets {
  readonly put: Map<string, RRset>;
  readonly remove: Map<string, SetKey>;
}

export interface ZoneState {
  config: ZoneConfig;
  /** Last SOA serial handed out; null: none yet. */
  serial: number | null;
  /** The last that was handed out before the zone was configured, in this life or an earlier one; null: none. */
  readonly serialBefore: number | null;
  /** The serial with which the zone's own records last came from its file or primary; null: they have not come. */
  fileSerial: number | null;
  phase: ZonePhase;
  trouble: string | null;
  readonly pending: Readonly<Record<Layer, PendingSets>>;
  /** The layer `updates`: what clients put by UPDATE. */
  readonly updates: Map<string, RRset>;
  /** Decisions that come before this go together with those after them. */
  gatherUntil: Mono;
  /** Without a change until then, it gets a new serial all the same. */
  republishAt: Mono;
}

/** The order in which layers are published: from the bottom up. */
export const layers: readonly Layer[] = ["base", "updates", "pools"];

/** What a zone has of its own while it is not configured: it stays on disk, too, for when it comes back. */
export interface AbsentZone {
  /** Null: none was handed out. */
  readonly serial: number | null;
  readonly updates: readonly RRset[];
}

/** By origin, all that is on disk. */
export function savedZones({ serials, updates }: Pick<SavedState, "serials" | "updates">): Map<string, AbsentZone> {
  const origins = new Set([...Object.keys(serials), ...Object.keys(updates)]);
  return new Map(
    [...origins].map((origin) => [origin, { serial: serials[origin] ?? null, updates: updates[origin] ?? [] }]),
  );
}

/** Takes up what there is of it in `absent`. */
export function createZone(config: ZoneConfig, absent: Map<string, AbsentZone>): ZoneState {
  const pending = (): PendingSets => ({ put: new Map(), remove: new Map() });
  const { serial, updates } = absent.get(config.origin) ?? { serial: null, updates: [] };
  absent.delete(config.origin);
  return {
    config,
    serial,
    serialBefore: serial,
    fileSerial: null,
    phase: "loading",
    trouble: null,
    pending: { base: pending(), updates: pending(), pools: pending() },
    updates: new Map(updates.map((set) => [ownerTypeKey(set), set])),
    gatherUntil: mono(Number.NEGATIVE_INFINITY),
    republishAt: never,
  };
}

/**
 * What it is served with, or will be; 0: nobody knows yet. Its base may have a higher one, for records that turned out, when
 * the zone was opened, to be those of before a restart.
 */
export function servedSerial({ fileSerial, serial }: ZoneState): number {
  return serial ?? fileSerial ?? 0;
}

/** muster holds the zone's records itself; false: they only go to servers that take updates, or into a block of a file. */
export function isServedHere(config: ZoneConfig): boolean {
  return config.publish.some(
    ({ kind, ...how }) => kind === "embedded" || (kind === "file" && "block" in how && !how.block),
  );
}

/** Somebody has copies of the zone by transfer, or in a file. */
export function isTransferred({ publish, transfer }: ZoneConfig): boolean {
  const inFile = publish.some((place) => place.kind === "file" && !place.block);
  return inFile || transfer.to.length + transfer.allow.length > 0;
}

/** A set for the next transaction of its layer; not if it is what is published already. */
export function putSet(zone: ZoneState, set: RRset, how: { layer: Layer; published?: RRset | undefined }): void {
  const { put, remove } = zone.pending[how.layer];
  const key = ownerTypeKey(set);
  if (how.published !== undefined && sameSet(set, how.published) && !put.has(key)) return;
  remove.delete(key);
  put.set(key, set);
}

export function removeSet(zone: ZoneState, set: SetKey, layer: Layer): void {
  const { put, remove } = zone.pending[layer];
  const key = ownerTypeKey(set);
  put.delete(key);
  remove.set(key, { owner: set.owner, type: set.type });
}

/** Changes that come now wait for further ones. */
export function isGathering({ gatherUntil, phase }: ZoneState, now: Mono): boolean {
  return phase !== "staged" && now < gatherUntil;
}

export function isPending({ put, remove }: PendingSets): boolean {
  return put.size + remove.size > 0;
}
