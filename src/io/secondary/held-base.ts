/**
 * The base of a zone as a primary gave it, without anything that is laid over it here: what differences are applied to,
 * and what is kept on disk. It lives in the thread that transfers.
 */
import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { nameKey, ownerTypeKey } from "../../dns/name.ts";
import { readSoa } from "../../dns/rdata/index.ts";
import { rrType } from "../../dns/rr-types.ts";
import { baseChange, type BaseView } from "../../dns/transfer/base-change.ts";
import type { Name, NameKey, RRset, SetKey, ZoneDelta } from "../../dns/types.ts";
import type { SoaNumbers } from "../../roles/secondary/events.ts";
import { unpackSets } from "../dns/set-packing.ts";

export interface BaseChange {
  readonly put: readonly RRset[];
  readonly remove: readonly SetKey[];
}

export class HeldBase implements BaseView {
  readonly origin: Name;
  readonly #sets = new Map<string, RRset>();

  constructor(origin: Name) {
    this.origin = origin;
  }

  /** Null, with a clause, when the sets are no zone that could be served (RFC 1035, 5.2: one SOA, at least one NS). */
  static of(origin: Name, pieces: readonly Uint8Array[]): Result<HeldBase, string> {
    const held = new HeldBase(origin);
    for (const piece of pieces) for (const set of unpackSets(piece)) held.#sets.set(ownerTypeKey(set), set);
    const wrong = held.#fault();
    return wrong === null ? ok(held) : fail(wrong);
  }

  get size(): number {
    return this.#sets.size;
  }

  get soa(): SoaNumbers {
    const rdata = this.#apex(rrType.SOA)?.rdata[0];
    const soa = rdata === undefined ? null : readSoa(rdata);
    assert(soa !== null, "a zone that is held has a SOA");
    const { expireSeconds, refreshSeconds, retrySeconds, serial } = soa;
    return { serial, refreshSeconds, retrySeconds, expireSeconds };
  }

  rrsets(): Iterable<RRset> {
    return this.#sets.values();
  }

  below(owner: NameKey, type: number): RRset | undefined {
    return this.#sets.get(ownerTypeKey({ owner, type }));
  }

  /** Applies differences whole, or says why they cannot be and changes nothing. */
  apply(deltas: readonly ZoneDelta[]): Result<BaseChange, string> {
    const change = baseChange(this, deltas);
    if (!change.ok) return change;
    const { put, remove } = change.value;
    const apexKey = nameKey(this.origin);
    const ns = (set: SetKey): boolean => set.type === rrType.NS && nameKey(set.owner) === apexKey;
    if (remove.some(ns)) return fail("the differences remove all NS of the zone");
    for (const set of remove) this.#sets.delete(ownerTypeKey(set));
    for (const set of put) this.#sets.set(ownerTypeKey(set), set);
    return change;
  }

  #apex(type: number): RRset | undefined {
    return this.below(nameKey(this.origin), type);
  }

  #fault(): string | null {
    const soa = this.#apex(rrType.SOA);
    if (soa?.rdata[0] === undefined || readSoa(soa.rdata[0]) === null) return "the zone has no SOA";
    if (soa.rdata.length !== 1) return "the zone has more than one SOA";
    return this.#apex(rrType.NS) === undefined ? "the zone has no NS records" : null;
  }
}
