/**
 * The record of what probes found (`core/recording`), as rows. Targets are written once, under a number. A run that lasts is
 * written again under the same beginning. What is kept is bounded by age and by an estimate of octets, which is counted
 * once at the start and from then on with each batch; old rows go a portion at a time, so that no step holds up a decision.
 */
import type { DatabaseSync } from "node:sqlite";
import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { Wall } from "../../base/time.ts";
import type {
  RecordedAge,
  RecordingBatch,
  RecordedConfig,
  Recorded,
  RecordingKeep,
  RecordedLife,
  RecordedPace,
  RecordedRun,
  RecordedStream,
  RecordedVantage,
  RecordedWord,
} from "../../core/recording.ts";
import { inTransaction } from "./transaction.ts";

/** What a row takes besides its text, about. */
const rowBytes = 90;
/** Rows that one batch deletes at most. */
const pruneRowsMax = 2_000;
/** A day that is too much is deleted in steps of an hour. */
const pruneStepMs = 3_600_000;

export class RecordedTables {
  readonly #db: DatabaseSync;
  readonly #streams = new Map<string, number>();
  #bytes: number | null = null;

  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  write(batch: RecordingBatch, nowMs: number): void {
    try {
      inTransaction(this.#db, () => this.#put(batch, nowMs));
    } catch (error) {
      this.#bytes = null;
      this.#streams.clear();
      throw error;
    }
  }

  #put({ ages, config, keep, life, paces, runs, streams, vantages, words }: RecordingBatch, nowMs: number): void {
    this.#bytes ??= this.#measure();
    for (const stream of streams) this.#putStream(stream);
    if (life !== null) this.#run("INSERT OR REPLACE INTO recorded_life VALUES (?, ?)", life.from, life.to);
    if (config !== null) this.#putConfig(config);
    const putRun = this.#db.prepare("INSERT OR REPLACE INTO recorded_run VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    for (const run of runs) {
      const stream = this.#streamOf(run.target);
      if (stream === null) continue;
      const { count, from, goodAt, goodBefore, kind, late, reason, to, tookMsMax, trippedAt } = run;
      putRun.run(from, stream, kind, to, count, tookMsMax, late ? 1 : 0, trippedAt, goodBefore, goodAt, reason);
      this.#bytes += rowBytes + reason.length;
    }
    const putPace = this.#db.prepare("INSERT OR REPLACE INTO recorded_pace VALUES (?, ?, ?, ?, ?, ?)");
    for (const { at, count, maxAt, maxMs, meanMs, target } of paces) {
      const stream = this.#streamOf(target);
      if (stream === null) continue;
      putPace.run(at, stream, count, meanMs, maxMs, maxAt);
      this.#bytes += rowBytes;
    }
    this.#putAges(ages);
    this.#putWords(words, vantages);
    this.#prune(keep, nowMs);
  }

  #putAges(ages: RecordingBatch["ages"]): void {
    const put = this.#db.prepare("INSERT OR REPLACE INTO recorded_age VALUES (?, ?, ?, ?)");
    for (const { at, dataAt, staleMs, target } of ages) {
      const stream = this.#streamOf(target);
      if (stream === null) continue;
      put.run(at, stream, dataAt, staleMs);
      this.#count(rowBytes);
    }
  }

  #putWords(words: RecordingBatch["words"], vantages: RecordingBatch["vantages"]): void {
    const putWord = this.#db.prepare("INSERT OR REPLACE INTO recorded_word VALUES (?, ?, ?, ?, ?, ?, ?)");
    for (const { able, at, health, reason, suspected, target, watcher } of words) {
      const stream = this.#streamOf(target);
      if (stream === null) continue;
      putWord.run(at, stream, watcher, health, suspected ? 1 : 0, able ? 1 : 0, reason);
      this.#count(rowBytes + reason.length);
    }
    const putVantage = this.#db.prepare("INSERT OR REPLACE INTO recorded_vantage VALUES (?, ?, ?, ?)");
    for (const { from, sick, to, watcher } of vantages) putVantage.run(from, watcher, to, sick);
  }

  #count(bytes: number): void {
    this.#bytes = (this.#bytes ?? 0) + bytes;
  }

  #putStream({ address, intervalMs, key, target }: RecordedStream): void {
    this.#run(
      "INSERT INTO recorded_stream (target, key, address, interval_ms) VALUES (?, ?, ?, ?) ON CONFLICT (target) DO NOTHING",
      target,
      key,
      address,
      intervalMs,
    );
  }

  #putConfig({ at, body }: RecordedConfig): void {
    const packed = deflateRawSync(body);
    this.#run("INSERT OR REPLACE INTO recorded_config VALUES (?, ?)", at, packed);
    this.#bytes = (this.#bytes ?? 0) + packed.length;
  }

  #streamOf(target: string): number | null {
    const known = this.#streams.get(target);
    if (known !== undefined) return known;
    const row = this.#db.prepare("SELECT id FROM recorded_stream WHERE target = ?").get(target);
    if (row === undefined) return null;
    const id = Number(row["id"]);
    this.#streams.set(target, id);
    return id;
  }

  #measure(): number {
    const runs = this.#number("SELECT coalesce(sum(length(reason) + ?), 0) AS n FROM recorded_run", rowBytes);
    const paces = this.#number("SELECT count(*) * ? AS n FROM recorded_pace", rowBytes);
    const ages = this.#number("SELECT count(*) * ? AS n FROM recorded_age", rowBytes);
    const words = this.#number("SELECT coalesce(sum(length(reason) + ?), 0) AS n FROM recorded_word", rowBytes);
    const vantages = this.#number("SELECT count(*) * ? AS n FROM recorded_vantage", rowBytes);
    return (
      runs +
      paces +
      ages +
      words +
      vantages +
      this.#number("SELECT coalesce(sum(length(body) + ?), 0) AS n FROM recorded_config", rowBytes)
    );
  }

  /** Too old goes by age; too much goes by age too, an hour of the oldest at a time. */
  #prune(keep: RecordingKeep, nowMs: number): void {
    this.#pruneBefore(nowMs - keep.ms);
    if ((this.#bytes ?? 0) <= keep.bytes) return;
    // Runs that were written again were counted again: the estimate is made anew before anything goes for it.
    this.#bytes = this.#measure();
    if (this.#bytes <= keep.bytes) return;
    const oldest = this.#number(
      `SELECT min(n) AS n FROM (SELECT min(from_at) AS n FROM recorded_run UNION ALL SELECT min(at) FROM recorded_pace
       UNION ALL SELECT min(at) FROM recorded_age UNION ALL SELECT min(at) FROM recorded_word)`,
    );
    this.#pruneBefore(oldest + pruneStepMs);
    this.#bytes = this.#measure();
  }

  #pruneBefore(at: number): void {
    const gone = this.#changes(
      "DELETE FROM recorded_run WHERE (from_at, stream) IN (SELECT from_at, stream FROM recorded_run WHERE from_at < ? AND to_at < ? LIMIT ?)",
      at,
      at,
      pruneRowsMax,
    );
    const slow = this.#changes(
      "DELETE FROM recorded_pace WHERE (at, stream) IN (SELECT at, stream FROM recorded_pace WHERE at < ? LIMIT ?)",
      at,
      pruneRowsMax,
    );
    // A life is an hour at most (`io/recording/recording.ts`): what is no longer kept must not look as if all had been well.
    this.#run("DELETE FROM recorded_life WHERE from_at < ?", at);
    const inForce = "SELECT coalesce(max(at), 0) FROM recorded_config WHERE at <= ?";
    this.#run(`DELETE FROM recorded_config WHERE at < (${inForce})`, at);
    const said = this.#pruneSaid(at);
    if (gone + slow + said > 0) this.#bytes = this.#measure();
  }

  /** What holds from before stays, one row of each: the next is only there when it has changed. */
  #pruneSaid(at: number): number {
    const ages = this.#changes(
      `DELETE FROM recorded_age WHERE at < (SELECT max(at) FROM recorded_age AS later
       WHERE later.stream = recorded_age.stream AND later.at <= ?)`,
      at,
    );
    const words = this.#changes(
      `DELETE FROM recorded_word WHERE at < (SELECT max(at) FROM recorded_word AS later
       WHERE later.stream = recorded_word.stream AND later.watcher = recorded_word.watcher AND later.at <= ?)`,
      at,
    );
    return ages + words + this.#changes("DELETE FROM recorded_vantage WHERE to_at < ?", at);
  }

  read({ from, to }: { readonly from: Wall; readonly to: Wall }): Recorded {
    const all = (sql: string): readonly object[] => {
      const names = Object.fromEntries(
        [...sql.matchAll(/:(from|to)\b/g)].map(([name]) => [name, name === ":from" ? from : to]),
      );
      return this.#db
        .prepare(sql)
        .all(names)
        .map((row) => ({ ...row }));
    };
    const target = "(SELECT target FROM recorded_stream WHERE id = stream) AS target";
    const runs = all(`SELECT ${target}, kind, from_at AS "from", to_at AS "to", count, took_ms_max AS tookMsMax, late,
      tripped_at AS trippedAt, good_before AS goodBefore, good_at AS goodAt, reason FROM recorded_run
      WHERE from_at <= :to AND max(to_at, coalesce(good_at, 0)) >= :from ORDER BY from_at, target`);
    const configs = this.#db
      .prepare(
        "SELECT at, body FROM recorded_config WHERE at > ? AND at <= ? OR at = (SELECT max(at) FROM recorded_config WHERE at <= ?) ORDER BY at",
      )
      .all(from, to, from);
    return {
      streams: all(
        "SELECT target, key, address, interval_ms AS intervalMs FROM recorded_stream ORDER BY target",
      ) as readonly RecordedStream[],
      runs: (runs as readonly RunRow[]).map((row) => ({ ...row, late: row.late === 1 })),
      paces: all(`SELECT ${target}, at, count, mean_ms AS meanMs, max_ms AS maxMs, max_at AS maxAt FROM recorded_pace
        WHERE at >= :from AND at <= :to ORDER BY at, target`) as readonly RecordedPace[],
      ages: all(`SELECT ${target}, at, data_at AS dataAt, stale_ms AS staleMs FROM recorded_age WHERE at <= :to
        AND (at > :from OR at = (SELECT max(at) FROM recorded_age AS last WHERE last.stream = recorded_age.stream AND last.at <= :from))
        ORDER BY at, target`) as readonly RecordedAge[],
      words: (
        all(`SELECT ${target}, watcher, at, health, suspected, able, reason FROM recorded_word WHERE at <= :to
        AND (at > :from OR at = (SELECT max(at) FROM recorded_word AS last WHERE last.stream = recorded_word.stream
          AND last.watcher = recorded_word.watcher AND last.at <= :from))
        ORDER BY at, target, watcher`) as readonly WordRow[]
      ).map((row) => ({ ...row, suspected: row.suspected === 1, able: row.able === 1 })),
      vantages: all(`SELECT watcher, from_at AS "from", to_at AS "to", sick FROM recorded_vantage
        WHERE from_at <= :to AND to_at >= :from ORDER BY from_at, watcher`) as readonly RecordedVantage[],
      lives: all(
        'SELECT from_at AS "from", to_at AS "to" FROM recorded_life WHERE from_at <= :to AND to_at >= :from ORDER BY from_at',
      ) as readonly RecordedLife[],
      configs: (configs as unknown as readonly ConfigRow[]).map(({ at, body }) => ({
        at,
        body: inflateRawSync(body).toString("utf8"),
      })),
    };
  }

  #run(sql: string, ...values: readonly (string | number | Uint8Array)[]): void {
    this.#db.prepare(sql).run(...values);
  }

  #changes(sql: string, ...values: readonly number[]): number {
    return Number(this.#db.prepare(sql).run(...values).changes);
  }

  #number(sql: string, ...values: readonly number[]): number {
    return Number(this.#db.prepare(sql).get(...values)?.["n"] ?? 0);
  }
}

type RunRow = Omit<RecordedRun, "late"> & { readonly late: number };

type WordRow = Omit<RecordedWord, "suspected" | "able"> & { readonly suspected: number; readonly able: number };

interface ConfigRow {
  readonly at: Wall;
  readonly body: Uint8Array;
}
