/** What a zone with transfers has beside its records: the differences that led to them, their digest and their number. */
import { type ZoneDigest, zoneDigest } from "../../dns/digest.ts";
import { Journal } from "../../dns/journal.ts";
import type { ZoneDelta } from "../../dns/types.ts";
import type { Zone } from "../../dns/zone.ts";

export class ZoneHistory {
  readonly journal = new Journal();
  /** Of what is served. */
  records = 0;
  private readonly sum: ZoneDigest;

  private constructor(sum: ZoneDigest) {
    this.sum = sum;
  }

  /** Begins with the zone as it is, at a cost that grows with it. */
  static of(zone: Zone): ZoneHistory {
    const sets = [...zone.rrsets()];
    const history = new ZoneHistory(zoneDigest(sets));
    history.records = sets.reduce((sum, { rdata }) => sum + rdata.length, 0);
    return history;
  }

  get digest(): string {
    return this.sum.text();
  }

  /** Takes up the differences of a past that ends where the zone is. */
  recall(deltas: readonly ZoneDelta[]): void {
    for (const delta of deltas) this.journal.append(delta);
  }

  follow(delta: ZoneDelta): { delta: ZoneDelta; digest: string } {
    this.journal.append(delta);
    this.sum.apply(delta);
    this.records += delta.added.length - delta.removed.length;
    return { delta, digest: this.digest };
  }
}
