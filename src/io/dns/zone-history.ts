/** What a zone with transfers has beside its records: the differences that led to them, their digest and their number. */
import { allSlices, type Slices } from "../../base/slices.ts";
import { ZoneDigest } from "../../dns/digest.ts";
import { Journal } from "../../dns/journal.ts";
import type { RRset, ZoneDelta } from "../../dns/types.ts";
import type { Zone } from "../../dns/zone.ts";
import { passingSet } from "./set-packing.ts";

/** Sets that are counted in one slice: less than a tenth of a millisecond. */
const setsPerSlice = 30;

export class ZoneHistory {
  readonly journal = new Journal();
  /** Of what is served. */
  records = 0;
  private readonly sum = new ZoneDigest();

  /** Begins with the zone as it is, in one go, at a cost that grows with it. */
  static of(zone: Zone): ZoneHistory {
    const history = new ZoneHistory();
    allSlices(history.sumUp(zone));
    return history;
  }

  /**
   * Counts the zone as it is at the first step, in slices. What changes meanwhile must be told by `adjust`: sums do not
   * depend on the order.
   */
  *sumUp(zone: Zone): Slices<void> {
    let sets = 0;
    for (const set of zone.view()) {
      this.count(passingSet(set));
      if (sets % setsPerSlice === 0) yield;
      sets += 1;
    }
  }

  get digest(): string {
    return this.sum.text();
  }

  /** One more set of the zone with which it begins. */
  count(set: RRset): void {
    this.sum.addSet(set);
    this.records += set.rdata.length;
  }

  /** One set in the place of another, before anybody was told of either. */
  swap(before: RRset | undefined, after: RRset | undefined): void {
    if (before !== undefined) {
      this.sum.removeSet(before);
      this.records -= before.rdata.length;
    }
    if (after !== undefined) this.count(after);
  }

  /** Takes up the differences of a past that ends where the zone is. */
  recall(deltas: readonly ZoneDelta[]): void {
    for (const delta of deltas) this.journal.append(delta);
  }

  /** A change that nobody needs to be told: the zone is not served yet. */
  adjust(delta: ZoneDelta): void {
    this.sum.apply(delta);
    this.records += delta.added.length - delta.removed.length;
  }

  follow(delta: ZoneDelta): { delta: ZoneDelta; digest: string } {
    this.journal.append(delta);
    this.adjust(delta);
    return { delta, digest: this.digest };
  }
}
