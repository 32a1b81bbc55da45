/**
 * The past of zones: for each its last serial with the digest of its records, and the differences that led there, one
 * row each, as octets with a checksum of their own (`dns/delta-octets`). A past is only worth something when it is
 * unbroken, so one that is not whole is dropped as a whole: its zone is then transferred in full, and goes on.
 */
import type { DatabaseSync } from "node:sqlite";
import { unpackDelta } from "../../dns/delta-octets.ts";
import { serialGreater } from "../../dns/serial.ts";
import type { ZoneDelta, ZonePast } from "../../dns/types.ts";
import { journalDeltasMax, journalOctetsMax } from "../../ports/store.ts";
import { inTransaction } from "./transaction.ts";

/** A `PastStep` as it travels to the thread that writes. */
export interface PackedStep {
  readonly zone: string;
  readonly serial: number;
  readonly digest: string;
  /** Null: the past begins here. */
  readonly delta: { readonly from: number; readonly packed: Uint8Array } | null;
}

export interface PastRead {
  readonly past: ZonePast | null;
  /** Why a past was dropped, as a sentence. */
  readonly damage: string | null;
}

/** What is remembered of the rows of a zone, so that a step reads nothing. */
interface Extent {
  serial: number;
  /** Octets of each delta, oldest first. */
  sizes: number[];
  octets: number;
}

interface PastRow {
  readonly serial: number;
  readonly digest: string;
}

export class PastTables {
  readonly #db: DatabaseSync;
  readonly #extents = new Map<string, Extent>();

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** Within a transaction of the caller, who says `rolledBack` when it fails. */
  write(steps: readonly PackedStep[]): void {
    for (const step of steps) this.#add(step);
  }

  /** What is remembered may be ahead of the rows. */
  rolledBack(): void {
    this.#extents.clear();
  }

  #add({ delta, digest, serial, zone }: PackedStep): void {
    const before = this.#extent(zone);
    const goesOn = delta !== null && before?.serial === delta.from;
    const extent: Extent = goesOn ? before : { serial, sizes: [], octets: 0 };
    if (!goesOn && before !== null) this.#run("DELETE FROM past_delta WHERE zone = ?", zone);
    if (delta !== null) this.#addDelta(zone, extent, delta.packed);
    extent.serial = serial;
    this.#extents.set(zone, extent);
    this.#run("INSERT OR REPLACE INTO past VALUES (?, ?, ?)", zone, serial, digest);
  }

  #addDelta(zone: string, extent: Extent, packed: Uint8Array): void {
    this.#run("INSERT INTO past_delta (zone, packed) VALUES (?, ?)", zone, packed);
    extent.sizes.push(packed.length);
    extent.octets += packed.length;
    let surplus = 0;
    while (extent.sizes.length - surplus > journalDeltasMax || extent.octets > journalOctetsMax)
      extent.octets -= extent.sizes[surplus++] ?? 0;
    if (surplus === 0) return;
    extent.sizes.splice(0, surplus);
    const oldest = "SELECT id FROM past_delta WHERE zone = ? ORDER BY id LIMIT ?";
    this.#run(`DELETE FROM past_delta WHERE id IN (${oldest})`, zone, surplus);
  }

  #run(sql: string, ...values: readonly (string | number | Uint8Array)[]): void {
    this.#db.prepare(sql).run(...values);
  }

  #extent(zone: string): Extent | null {
    const known = this.#extents.get(zone);
    if (known !== undefined) return known;
    const row = this.#row(zone);
    if (row === null) return null;
    const sql = "SELECT length(packed) AS octets FROM past_delta WHERE zone = ? ORDER BY id";
    const sizes = this.#db
      .prepare(sql)
      .all(zone)
      .map((each) => Number(each["octets"]));
    return { serial: row.serial, sizes, octets: sizes.reduce((sum, size) => sum + size, 0) };
  }

  #row(zone: string): PastRow | null {
    const row = this.#db.prepare("SELECT serial, digest FROM past WHERE zone = ?").get(zone);
    return row === undefined ? null : (row as unknown as PastRow);
  }

  /** A past that is damaged is told of and dropped; its serial is kept, so that the zone's only rises. */
  read(zone: string): PastRead {
    const row = this.#row(zone);
    if (row === null) return { past: null, damage: null };
    const deltas = this.#deltas(zone, row.serial);
    if (typeof deltas !== "string") return { past: { ...row, deltas }, damage: null };
    this.#drop(zone, row.serial);
    const damage = `The past of ${zone} is damaged on disk (${deltas}) and was dropped; its secondaries take the zone whole once.`;
    return { past: null, damage };
  }

  /** The deltas, oldest first, or what is wrong with them. */
  #deltas(zone: string, serial: number): readonly ZoneDelta[] | string {
    const rows = this.#db.prepare("SELECT packed FROM past_delta WHERE zone = ? ORDER BY id").all(zone);
    const deltas: ZoneDelta[] = [];
    for (const { packed } of rows as unknown as readonly { packed: Uint8Array }[]) {
      const delta = unpackDelta(packed);
      if (!delta.ok) return delta.error;
      const before = deltas.at(-1);
      if (before !== undefined && before.to !== delta.value.from)
        return `a difference is missing between the serials ${before.to} and ${delta.value.from}`;
      deltas.push(delta.value);
    }
    const end = deltas.at(-1)?.to ?? serial;
    return end === serial ? deltas : `the differences end at serial ${end}, the zone at ${serial}`;
  }

  /** A disk that takes no change leaves it to the next start. */
  #drop(zone: string, serial: number): void {
    try {
      inTransaction(this.#db, () => {
        const saved = this.#db.prepare("SELECT serial FROM serial WHERE zone = ?").get(zone);
        if (saved === undefined || serialGreater(serial, Number(saved["serial"])))
          this.#run("INSERT OR REPLACE INTO serial VALUES (?, ?)", zone, serial);
        this.#run("DELETE FROM past_delta WHERE zone = ?", zone);
        this.#run("DELETE FROM past WHERE zone = ?", zone);
      });
      this.#extents.delete(zone);
    } catch {
      // The rows stay, and are found again.
    }
  }
}
