/**
 * Differences between states of a zone: one out of many, and one out of two whole zones.
 */
import { assert } from "../base/assert.ts";
import type { Slices } from "../base/slices.ts";
import { ownerTypeKey } from "./name.ts";
import { sameOctets } from "./octets.ts";
import { replaceSoaSerial } from "./rdata/index.ts";
import { rrType } from "./rr-types.ts";
import type { RRset, ZoneDelta, ZoneRecord } from "./types.ts";
import { DeltaDraft, recordKey } from "./zone-records.ts";

/** Takes `record` out of `other` when it is there, so that the two cancel, or puts it into `own`. */
function cancelOrKeep(record: ZoneRecord, other: Map<string, ZoneRecord>, own: Map<string, ZoneRecord>): void {
  const key = recordKey(record);
  if (!other.delete(key)) own.set(key, record);
}

/** Records after which a slice of the work ends: less than a tenth of a millisecond. */
const recordsPerSlice = 30;

/**
 * One difference for several that follow one another: what came and went on the way is left out (RFC 1995, 5). At least
 * one must be given. Many take long, so it comes in slices, one for each value before the last.
 */
export function* condense(deltas: readonly ZoneDelta[]): Slices<ZoneDelta> {
  const [first, last] = [deltas[0], deltas.at(-1)];
  assert(first !== undefined && last !== undefined, "nothing cannot be condensed");
  if (first === last) return first;
  const removed = new Map<string, ZoneRecord>();
  const added = new Map<string, ZoneRecord>();
  let slice = 0;
  for (const delta of deltas) {
    for (const [records, other, own] of [
      [delta.removed, added, removed],
      [delta.added, removed, added],
    ] as const) {
      for (let at = 1; at < records.length; at += 1) {
        cancelOrKeep(records[at] as ZoneRecord, other, own);
        slice += 1;
        if (slice % recordsPerSlice === 0) yield;
      }
    }
  }
  return {
    from: first.from,
    to: last.to,
    removed: [...first.removed.slice(0, 1), ...removed.values()],
    added: [...last.added.slice(0, 1), ...added.values()],
  };
}

/** What lies between two whole states, at a cost that grows with both: for a zone that was read anew. */
export function diffZones(before: Iterable<RRset>, after: Iterable<RRset>): ZoneDelta {
  const draft = new DeltaDraft();
  const olds = new Map<string, RRset>();
  for (const set of before) olds.set(ownerTypeKey(set), set);
  let [oldSoa, newSoa]: (RRset | undefined)[] = [undefined, undefined];
  for (const set of after) {
    const key = ownerTypeKey(set);
    const old = olds.get(key);
    if (set.type === rrType.SOA) [oldSoa, newSoa] = [old, set];
    draft.change(old, set);
    olds.delete(key);
  }
  for (const set of olds.values()) draft.change(set, undefined);
  assert(oldSoa !== undefined && newSoa !== undefined, "both states of a zone have a SOA");
  return draft.finish(oldSoa, newSoa);
}

/** Of two states that have the same serial: they are the same. */
export function isNoChange({ added, removed }: ZoneDelta): boolean {
  const [before, after] = [removed[0], added[0]];
  assert(before !== undefined && after !== undefined, "a difference begins with both SOAs");
  const sameSoa = before.ttlSeconds === after.ttlSeconds && sameOctets(before.rdata, after.rdata);
  return sameSoa && removed.length + added.length === 2;
}

/** A difference between two states that have the same serial, under a new one for the later. */
export function underSerial({ added, from, removed }: ZoneDelta, serial: number): ZoneDelta {
  const [after] = added;
  assert(after !== undefined, "a difference begins with both SOAs");
  const soa = { ...after, rdata: replaceSoaSerial(after.rdata, serial) };
  return { from, to: serial, removed, added: [soa, ...added.slice(1)] };
}
