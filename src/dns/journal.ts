/**
 * What happened to a zone lately, in memory: differences that follow one another without a gap, the newest ending at
 * the zone's serial. From it a secondary gets just what it lacks (RFC 1995); one that was away for longer than this
 * reaches back gets the zone whole.
 */
import type { Slices } from "../base/slices.ts";
import { serialGreater } from "./serial.ts";
import type { ZoneDelta } from "./types.ts";
import { condense } from "./delta.ts";

/** Differences that are kept; the oldest goes first. */
const deltasMax = 1000;
/** Records in all differences together that are kept, beside the newest difference. */
const recordsMax = 200_000;
/** What the smallest difference has: two SOAs. It is never too large. */
const emptyRecords = 2;

function sizeOf(delta: ZoneDelta): number {
  return delta.removed.length + delta.added.length;
}

export class Journal {
  private deltas: ZoneDelta[] = [];
  private records = 0;
  /** The last that was condensed: secondaries ask for the same one after another. */
  private condensed: ZoneDelta | null = null;

  /** Adds what changed. One that does not begin where the last ended, or does not go forward, begins anew. */
  append(delta: ZoneDelta): void {
    const last = this.deltas.at(-1);
    if (last !== undefined && last.to !== delta.from) this.clear();
    if (!serialGreater(delta.to, delta.from)) return this.clear();
    this.deltas.push(delta);
    this.records += sizeOf(delta);
    this.condensed = null;
    while (this.deltas.length > 1 && (this.deltas.length > deltasMax || this.records > recordsMax)) {
      const oldest = this.deltas.shift();
      this.records -= oldest === undefined ? 0 : sizeOf(oldest);
    }
  }

  clear(): void {
    this.deltas = [];
    this.records = 0;
    this.condensed = null;
  }

  /**
   * What happened since `serial`, oldest first. Null: that is not known (any more), or the way has become so long that
   * `serial` no longer lies behind (RFC 1982), so the zone must be sent whole.
   */
  since(serial: number): readonly ZoneDelta[] | null {
    const last = this.deltas.at(-1);
    if (last === undefined || !serialGreater(last.to, serial)) return null;
    const at = this.deltas.findIndex((delta) => delta.from === serial);
    return at < 0 ? null : this.deltas.slice(at);
  }

  /**
   * The same as one difference, up to the serial at the first step, in slices: one for each value before the last. Null also
   * when that has more records than `zoneRecords`, since the whole zone is less to send then.
   */
  *difference(serial: number, zoneRecords: number): Slices<ZoneDelta | null> {
    let condensed = this.condensed;
    if (condensed?.from !== serial) {
      const deltas = this.since(serial);
      if (deltas === null) return null;
      condensed = yield* condense(deltas);
      if (this.deltas.at(-1)?.to === condensed.to) this.condensed = condensed;
    }
    return sizeOf(condensed) > zoneRecords + emptyRecords ? null : condensed;
  }
}
