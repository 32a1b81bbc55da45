/**
 * A zone on its way into an answering thread. Whatever costs more with every name of it is done here, piece by piece while
 * queries are answered in between: putting its sets in, looking at each beside the zone that is served, and summing up
 * their digest. What is left for the moment in which it takes the other's place depends on what differs.
 *
 * Only bases are compared: what lies over the served one will lie over this one. The served zone goes on changing
 * meanwhile, so keys that change are looked at again in the end.
 */
import { assert } from "../../base/assert.ts";
import type { Slices } from "../../base/slices.ts";
import { nameKey, ownerTypeKey } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import type { Name, RRset, SetKey, ZoneDelta } from "../../dns/types.ts";
import { Zone } from "../../dns/zone.ts";
import { DeltaDraft } from "../../dns/zone-records.ts";
import type { BaseChanges } from "./base-changes.ts";
import { passingSet, sameSet } from "./set-packing.ts";
import { ZoneHistory } from "./zone-history.ts";

/**
 * A zone that differs in more sets is not told as a difference but begins a new past: to put that many together would hold
 * up queries, and secondaries take the zone whole instead.
 */
export const differentSetsMax = 1000;

/** Sets that are looked at in one slice: less than a tenth of a millisecond. */
const setsPerSlice = 30;

export class ZoneArrival {
  readonly zone: Zone;
  /** The zone it is compared with; null: none. */
  readonly served: Zone | null;
  /** Of what has come, once it is whole; null: the served zone's goes on. */
  history: ZoneHistory | null = null;
  /** What the base of the served zone becomes, when that is all that comes. */
  changes: BaseChanges | null = null;
  /** Everything that costs is done. */
  whole = false;
  /** What lies over this one was laid over the arrival already, but for `touched`; null: not yet. */
  private laidFrom: Zone | null = null;
  private readonly replaced: Zone | null;
  private readonly transferred: boolean;
  /** Keys under which the two bases may differ; null: too many. */
  private different: Map<string, SetKey> | null = new Map();
  /** Keys that changed in the served zone meanwhile: what lay under them may have come to light. */
  private readonly touched = new Map<string, SetKey>();

  /** `replaced`: the zone whose place it will take, if any is served. */
  constructor(
    origin: Name,
    how: { readonly served: Zone | null; readonly replaced: Zone | null; readonly transferred: boolean },
  ) {
    this.zone = new Zone(origin);
    this.served = how.served;
    this.replaced = how.replaced;
    this.transferred = how.transferred;
  }

  /** There is a zone to take a place, or one to change. */
  get hasSoa(): boolean {
    return this.changes !== null || this.zone.apex.set(rrType.SOA) !== undefined;
  }

  /** More sets of it, as many as are worth one turn of the event loop. */
  add(sets: readonly RRset[]): void {
    for (const set of sets) {
      this.zone.load(set);
      if (this.served === null) continue;
      const before = this.served.below(nameKey(set.owner), set.type);
      if (before === undefined || !sameSet(before, set)) this.differs(set);
    }
  }

  /** Keys of the served zone that change meanwhile, in whatever layer. */
  note(keys: Iterable<SetKey>): void {
    for (const { owner, type } of keys) this.touched.set(ownerTypeKey({ owner, type }), { owner, type });
  }

  private differs({ owner, type }: SetKey): void {
    this.different?.set(ownerTypeKey({ owner, type }), { owner, type });
    if (this.different !== null && this.different.size > differentSetsMax) this.different = null;
  }

  /** The rest of the work once every set has come. */
  *finish(): Slices<void> {
    if (this.changes === null) yield* this.finishZone();
    this.whole = true;
  }

  private *finishZone(): Slices<void> {
    if (this.served !== null) yield* this.findGone(this.served);
    if (this.transferred && (this.served === null || this.different === null)) yield* this.sumUp();
    if (this.replaced !== null) yield* this.layAhead(this.replaced);
  }

  /** What changes over the zone meanwhile is laid again in the end. */
  private *layAhead(before: Zone): Slices<void> {
    let entries = 0;
    for (const entry of before.overlay) {
      this.zone.layEntry(entry, (was, is) => this.history?.swap(was, is));
      entries += 1;
      if (entries % setsPerSlice === 0) yield;
    }
    this.laidFrom = before;
  }

  private *findGone(served: Zone): Generator<void> {
    for (const sets of served.slices(setsPerSlice)) {
      for (const { owner, type } of sets) {
        const key = nameKey(owner);
        const stays = this.zone.node(key)?.entry(type) !== undefined;
        if (!stays && served.below(key, type) !== undefined) this.differs({ owner, type });
      }
      yield;
    }
  }

  private *sumUp(): Generator<void> {
    const history = new ZoneHistory();
    for (const sets of this.zone.slices(setsPerSlice)) {
      for (const set of sets) history.count(passingSet(set));
      yield;
    }
    this.history = history;
  }

  /** Lays over it what lies over the zone whose place it takes. */
  layOver(before: Zone): void {
    const changed = (was: RRset | undefined, is: RRset | undefined): void => this.history?.swap(was, is);
    if (this.laidFrom === null) return this.zone.layOver(before.overlay, changed);
    assert(this.laidFrom === before, "an arrival takes the place of the zone whose overlay it has");
    for (const { owner, type } of this.touched.values()) {
      this.zone.layOver(before.overlayAt(nameKey(owner), type), changed);
    }
  }

  /**
   * What lies between the served zone and this one, whose serials are the same and over which the same was laid. Null: they
   * differ in too much.
   */
  differenceFrom(served: Zone): ZoneDelta | null {
    assert(served === this.served, "an arrival is compared with one zone");
    if (this.different === null) return null;
    const draft = new DeltaDraft();
    for (const { owner, type } of new Map([...this.different, ...this.touched]).values()) {
      const key = nameKey(owner);
      draft.change(served.node(key)?.entry(type), this.zone.node(key)?.entry(type));
    }
    const [before, after] = [served.apex.set(rrType.SOA), this.zone.apex.set(rrType.SOA)];
    assert(before !== undefined && after !== undefined, "both states of a zone have a SOA");
    return draft.finish(before, after);
  }
}
