/** What a zone with transfers has beside its records: the differences that led to them, their digest and their number. */
import { ZoneDigest } from "../../dns/digest.ts";
import { Journal } from "../../dns/journal.ts";
import type { RRset, ZoneDelta } from "../../dns/types.ts";
import type { Zone } from "../../dns/zone.ts";

export class ZoneHistory {
  readonly journal = new Journal();
  /** Of what is served. */
  records = 0;
  private readonly sum = new ZoneDigest();

  /** Begins with the zone as it is, in one go, at a cost that grows with it. */
  static of(zone: Zone): ZoneHistory {
    const history = new ZoneHistory();
    for (const set of zone.rrsets()) history.count(set);
    return history;
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
