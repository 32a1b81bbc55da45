/**
 * The sets that an update touches, copied when they are first touched, so that an update can be tried out at a cost
 * that depends on it and not on the zone. Its four changes follow RFC 2136, 3.4.2, rule by rule.
 */
import { isWithin, nameKey } from "../name.ts";
import { octetString } from "../octets.ts";
import { canonicalRdata, readSoa } from "../rdata/index.ts";
import { isSingletonType, rrType, standsBesideCname } from "../rr-types.ts";
import { serialGreater } from "../serial.ts";
import type { Name, NameKey, RRset } from "../types.ts";
import type { UpdateChange } from "./request.ts";

/** The records of one owner and type while an update is tried out. */
export interface ScratchSet {
  readonly owner: Name;
  readonly type: number;
  ttlSeconds: number;
  /** RDATA by its canonical form, in order of arrival. */
  readonly records: Map<string, Uint8Array>;
  /** As it was served before; undefined: not at all. */
  readonly before: RRset | undefined;
}

type Add = UpdateChange & { readonly kind: "add" };

/** What makes two records of a type the same (RFC 2136, 1.1.5 and 3.4.2.2). */
function recordKey(type: number, rdata: Uint8Array): string {
  if (isSingletonType(type)) return "";
  // WKS is one record for each address and protocol.
  return octetString(canonicalRdata(type, type === rrType.WKS ? rdata.subarray(0, 5) : rdata));
}

export class Scratch {
  private readonly originKey: NameKey;
  private readonly served: (owner: NameKey) => readonly RRset[];
  private readonly names = new Map<NameKey, Map<number, ScratchSet>>();

  constructor(origin: Name, served: (owner: NameKey) => readonly RRset[]) {
    this.originKey = nameKey(origin);
    this.served = served;
  }

  /** Every set that was looked at, changed or not. */
  *touched(): Iterable<ScratchSet> {
    for (const sets of this.names.values()) yield* sets.values();
  }

  change(change: UpdateChange): void {
    const key = nameKey(change.owner);
    if (!isWithin(key, this.originKey)) return;
    switch (change.kind) {
      case "add":
        return this.add(key, change);
      case "delete-set":
        return this.deleteSet(key, change.type);
      case "delete-name":
        for (const type of this.setsOf(key).keys()) this.deleteSet(key, type);
        return;
      case "delete-record":
        return this.deleteRecord(key, change.type, change.rdata);
    }
  }

  private setsOf(key: NameKey): Map<number, ScratchSet> {
    const known = this.names.get(key);
    if (known !== undefined) return known;
    const sets = new Map(this.served(key).map((set) => [set.type, copySet(set)]));
    this.names.set(key, sets);
    return sets;
  }

  /** RFC 2136, 3.4.2.2: what would break the zone is passed over in silence. */
  private add(key: NameKey, { owner, type, ttlSeconds, rdata }: Add): void {
    const sets = this.setsOf(key);
    if (!mayStand(type, sets)) return;
    if (type === rrType.SOA && !(key === this.originKey && isLater(rdata, sets.get(type)))) return;
    const set = sets.get(type) ?? {
      owner,
      type,
      ttlSeconds,
      records: new Map<string, Uint8Array>(),
      before: undefined,
    };
    sets.set(type, set);
    // RFC 2181, 5.2: one TTL a set, so the last one given counts for all its records.
    set.ttlSeconds = ttlSeconds;
    set.records.set(recordKey(type, rdata), rdata);
  }

  /** RFC 2136, 3.4.2.3: the zone's own SOA and NS stay. */
  private deleteSet(key: NameKey, type: number): void {
    if (key === this.originKey && (type === rrType.SOA || type === rrType.NS)) return;
    this.setsOf(key).get(type)?.records.clear();
  }

  /** RFC 2136, 3.4.2.4: the SOA stays, and so does the last of the zone's own NS. */
  private deleteRecord(key: NameKey, type: number, rdata: Uint8Array): void {
    if (type === rrType.SOA) return;
    const records = this.setsOf(key).get(type)?.records;
    if (records === undefined) return;
    if (key === this.originKey && type === rrType.NS && records.size === 1) return;
    const held = records.get(recordKey(type, rdata));
    if (held !== undefined && sameWhole(type, held, rdata)) records.delete(recordKey(type, rdata));
  }
}

/** Of a type whose records are told apart by less than all of it, only the very record is deleted. */
function sameWhole(type: number, held: Uint8Array, rdata: Uint8Array): boolean {
  return octetString(canonicalRdata(type, held)) === octetString(canonicalRdata(type, rdata));
}

function copySet(set: RRset): ScratchSet {
  const { owner, type, ttlSeconds } = set;
  return { owner, type, ttlSeconds, records: recordsOf(set), before: set };
}

/** RDATA by what makes a record the same as another. */
export function recordsOf({ type, rdata }: RRset): Map<string, Uint8Array> {
  return new Map(rdata.map((one) => [recordKey(type, one), one]));
}

/** CNAME and other data exclude each other (RFC 2136, 3.4.2.2); whichever is there first stays. */
function mayStand(type: number, sets: ReadonlyMap<number, ScratchSet>): boolean {
  if (standsBesideCname(type) && type !== rrType.CNAME) return true;
  for (const set of sets.values()) {
    if (set.records.size === 0) continue;
    if (type === rrType.CNAME ? !standsBesideCname(set.type) : set.type === rrType.CNAME) return false;
  }
  return true;
}

/** True for a SOA whose serial is ahead of the zone's. */
function isLater(rdata: Uint8Array, set: ScratchSet | undefined): boolean {
  const held = set?.records.values().next().value;
  const [before, after] = [held === undefined ? null : readSoa(held), readSoa(rdata)];
  return before !== null && after !== null && serialGreater(after.serial, before.serial);
}
