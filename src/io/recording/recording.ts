/**
 * Keeps the record of what probes find on its way to the disk: hears of every verdict, and every few seconds hands over
 * what has changed, with the sign that muster still runs. A disk that is full or stuck costs rows, which is told once.
 */
import { type Wall, wall } from "../../base/time.ts";
import type { Config, Target, Verdict } from "../../core/model.ts";
import type { RecordingKeep, RecordedStream } from "../../core/recording.ts";
import type { WatcherReport } from "../../core/vantage.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { RecordingStore } from "../../ports/store.ts";
import { type RecordedRows, Recorder } from "../../roles/recorder.ts";
import { probeKey, sealConfig } from "./seal.ts";

const flushMs = 10_000;
/** What has begun to fail, or has returned, is written so soon. */
const newsMs = 1_000;
/** A life is written in pieces of an hour, so that old ones can go. */
const lifeMsMax = 3_600_000;

export interface RecordingParts {
  readonly store: RecordingStore;
  readonly clock: Clock;
  readonly log: Log;
}

export class Recording {
  readonly #parts: RecordingParts;
  readonly #recorder = new Recorder();
  readonly #timer: NodeJS.Timeout;
  #keep: RecordingKeep | null = null;
  #lifeFrom: Wall;
  #streams = new Map<string, RecordedStream>();
  #written = new Set<string>();
  #config: { readonly at: Wall; readonly body: string } | null = null;
  #lastBody: string | null = null;
  #unstored: RecordedRows = noRows;
  #news: NodeJS.Timeout | null = null;
  #failing = false;
  #flushing: Promise<void> = Promise.resolve();

  constructor(parts: RecordingParts) {
    this.#parts = parts;
    this.#lifeFrom = parts.clock.now().wall;
    this.#timer = setInterval(() => void this.flush(), flushMs);
    this.#timer.unref();
  }

  /** From now on this configuration judges. */
  configure(config: Config): void {
    const { wall: now } = this.#parts.clock.now();
    if (this.#keep === null && config.recording !== null) this.#lifeFrom = now;
    this.#keep = config.recording;
    if (config.recording === null) return;
    const body = JSON.stringify(sealConfig(config));
    if (body !== this.#lastBody) this.#config = { at: now, body };
    this.#lastBody = body;
  }

  note(target: Target, verdict: Verdict, timeoutMs: number): void {
    if (this.#keep === null) return;
    if (!this.#streams.has(target.id)) this.#meet(target);
    this.#recorder.note(target, verdict, { endedAt: this.#parts.clock.now().wall, timeoutMs });
    if (this.#recorder.hasNews) this.#news ??= setTimeout(() => void this.flush(), newsMs).unref();
  }

  #meet({ address, check, id }: Target): void {
    const { intervalMs, probe } = check;
    this.#streams.set(id, { target: id, key: probeKey(probe), address, intervalMs });
  }

  /** What a watcher says. */
  hear(report: WatcherReport): void {
    if (this.#keep === null) return;
    this.#recorder.hear(report, this.#parts.clock.now().wall);
    if (this.#recorder.hasNews) this.#news ??= setTimeout(() => void this.flush(), newsMs).unref();
  }

  tripped(targetId: string): void {
    if (this.#keep !== null) this.#recorder.tripped(targetId, this.#parts.clock.now().wall);
  }

  forget(targetId: string): void {
    this.#recorder.forget(targetId);
  }

  /** Everything up to now is stored when it resolves, if the disk takes it. */
  flush(): Promise<void> {
    this.#flushing = this.#flushing.then(() => this.#write());
    return this.#flushing;
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#endNews();
    await this.flush();
  }

  #endNews(): void {
    if (this.#news !== null) clearTimeout(this.#news);
    this.#news = null;
  }

  async #write(): Promise<void> {
    this.#endNews();
    const keep = this.#keep;
    if (keep === null) return;
    const { wall: now } = this.#parts.clock.now();
    const life = { from: this.#lifeFrom, to: wall(Math.max(now, this.#lifeFrom)) };
    const taken = this.#recorder.take(now);
    const rows = joinRows(this.#unstored, taken);
    const streams = [...this.#streams.values()].filter(({ target }) => !this.#written.has(target));
    const config = this.#config;
    const outcome = await this.#parts.store.record({ ...rows, streams, life, config, keep });
    if (outcome.kind === "failed") return this.#noteFailure(outcome.reason, rows);
    for (const { target } of streams) this.#written.add(target);
    if (this.#config === config) this.#config = null;
    this.#unstored = noRows;
    if (now - this.#lifeFrom >= lifeMsMax) this.#lifeFrom = life.to;
    if (this.#failing) this.#parts.log.warn("The record of what probes find is written again.");
    this.#failing = false;
  }

  /** Rows wait for the next time, as many as fit. */
  #noteFailure(reason: string, rows: RecordedRows): void {
    const count = Object.values(rows).reduce((sum, some) => sum + some.length, 0);
    this.#unstored = count > unstoredMax ? noRows : rows;
    if (!this.#failing) this.#parts.log.warn(`What probes find cannot be recorded: ${reason}.`);
    this.#failing = true;
  }
}

const noRows: RecordedRows = { runs: [], paces: [], ages: [], words: [], vantages: [] };

function joinRows(before: RecordedRows, after: RecordedRows): RecordedRows {
  return {
    runs: [...before.runs, ...after.runs],
    paces: [...before.paces, ...after.paces],
    ages: [...before.ages, ...after.ages],
    words: [...before.words, ...after.words],
    vantages: [...before.vantages, ...after.vantages],
  };
}

/** Rows that wait for a disk; beyond, they are given up. */
const unstoredMax = 20_000;
