/**
 * Gathers records into RRsets while a zone is read. Duplicates vanish. Records of a set share one TTL (RFC 2181, 5.2):
 * as in BIND, within one run of lines of an owner the first TTL holds, and a later run replaces it.
 */
import { grown } from "../../base/grown.ts";
import { nameKey } from "../name.ts";
import { octetString } from "../octets.ts";
import { canonicalRdata, sameRdata } from "../rdata/index.ts";
import type { Name, NameKey, RRset } from "../types.ts";

/** A set that knows where its first record stands, see `placeOf`. */
export interface LocatedSet extends RRset {
  readonly place: number;
}

interface OpenSet extends LocatedSet {
  ttlSeconds: number;
  rdata: Uint8Array[];
  /** The run that made the set, and the last one that met it. */
  readonly firstRun: number;
  run: number;
}

/** All sets of one owner. */
export interface OwnerSets {
  readonly owner: Name;
  readonly sets: readonly LocatedSet[];
}

export interface OpenOwner extends OwnerSets {
  sets: OpenSet[];
}

export interface NewRecord {
  readonly type: number;
  readonly rdata: Uint8Array;
  readonly ttlSeconds: number;
  readonly place: number;
}

/** Sets above this size find duplicates through a table instead of comparing one by one. */
const comparedMax = 8;
const lineSpan = 2 ** 32;

/** A file's index and a line as one number, so that a million of them cost little. */
export function placeOf(file: number, line: number): number {
  return file * lineSpan + line;
}

export function placeFile(place: number): number {
  return Math.floor(place / lineSpan);
}

export function placeLine(place: number): number {
  return place % lineSpan;
}

export class Collector {
  readonly owners = new Map<NameKey, OpenOwner>();
  readonly rrsets: OpenSet[] = [];
  private readonly tables = new Map<OpenSet, Map<string, number>>();
  private run = 0;
  recordCount = 0;

  /** The owner's sets, made when it is new. Starts a run of lines. */
  open(owner: Name): OpenOwner {
    this.run += 1;
    const key = nameKey(owner);
    const known = this.owners.get(key);
    if (known !== undefined) return known;
    const opened: OpenOwner = { owner, sets: [] };
    this.owners.set(key, opened);
    return opened;
  }

  /** Adds a record. Returns the TTL that the set has in force, which may not be the record's. */
  add(owner: OpenOwner, record: NewRecord): number {
    const sets = owner.sets;
    for (let at = 0; at < sets.length; at++) {
      const set = sets[at];
      if (set !== undefined && set.type === record.type) return this.extend(set, record);
    }
    const set: OpenSet = {
      owner: owner.owner,
      type: record.type,
      ttlSeconds: record.ttlSeconds,
      rdata: [record.rdata],
      place: record.place,
      firstRun: this.run,
      run: this.run,
    };
    owner.sets = grown(sets, set);
    this.rrsets.push(set);
    this.recordCount += 1;
    return record.ttlSeconds;
  }

  private extend(set: OpenSet, record: NewRecord): number {
    if (set.run !== this.run) {
      set.run = this.run;
      set.ttlSeconds = record.ttlSeconds;
    }
    const same = this.findSame(set, record);
    if (same < 0) {
      set.rdata = grown(set.rdata, record.rdata);
      this.recordCount += 1;
    } else if (set.firstRun === this.run) set.rdata[same] = record.rdata;
    return set.ttlSeconds;
  }

  private findSame(set: OpenSet, record: NewRecord): number {
    if (set.rdata.length > comparedMax) return this.findInTable(set, record);
    for (let at = 0; at < set.rdata.length; at++) {
      const rdata = set.rdata[at];
      if (rdata !== undefined && sameRdata(set.type, rdata, record.rdata)) return at;
    }
    return -1;
  }

  private findInTable(set: OpenSet, record: NewRecord): number {
    let table = this.tables.get(set);
    if (table === undefined) {
      table = new Map(set.rdata.map((rdata, at) => [octetString(canonicalRdata(set.type, rdata)), at]));
      this.tables.set(set, table);
    }
    const key = octetString(canonicalRdata(set.type, record.rdata));
    const same = table.get(key);
    if (same === undefined) table.set(key, set.rdata.length);
    return same ?? -1;
  }

  /** Frees what only adding needs. */
  finish(): void {
    this.tables.clear();
  }
}
