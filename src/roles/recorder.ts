/**
 * Writes down what probes find, as rows of `core/recording`. A good probe is a counter; a row is made when a run of bad
 * ones ends, or still lasts when rows are taken, and when a minute's answering times differ from the last that was kept.
 * It decides nothing, and nothing waits for it.
 */
import { type Wall, wall } from "../base/time.ts";
import type { DataAge, Target, Verdict } from "../core/model.ts";
import type { RecordingBatch, RecordedAge, RecordedPace, RecordedRun } from "../core/recording.ts";
import type { WatcherReport } from "../core/vantage.ts";
import { VantageRecorder } from "./vantage-recorder.ts";

/** Ways of failing that are told apart within one bad time; after that the run goes on under the last reason. */
const reasonsMax = 8;
const reasonCharsMax = 200;
/** A minute is worth a row when its slowest answer took so many times as long, or as short, as that of the last row. */
const paceFactor = 2;
/** And when it differs by at least so much. */
const paceMsMin = 5;
/** How far data is behind is worth a row when it differs by at least so much. */
const ageMsMin = 5_000;
const minuteMs = 60_000;
/** Rows that wait to be taken; more are dropped and counted, for a disk that is stuck. */
const rowsMax = 20_000;

interface Track {
  run: Run | null;
  /** The run has grown since rows were taken. */
  hasGrown: boolean;
  /** Runs since the last good probe. */
  reasons: number;
  goodAt: Wall | null;
  trippedAt: Wall | null;
  count: number;
  sumMs: number;
  maxMs: number;
  maxAt: Wall;
  /** Slowest answer of the last minute that was kept. */
  keptMaxMs: number | null;
  /** The last age that was kept. */
  age: RecordedAge | null;
}

/** What has been recorded since rows were taken. */
export type RecordedRows = Pick<RecordingBatch, "runs" | "paces" | "ages" | "words" | "vantages">;

type Run = { -readonly [K in keyof RecordedRun]: RecordedRun[K] };

export class Recorder {
  readonly #tracks = new Map<string, Track>();
  #runs: RecordedRun[] = [];
  #paces: RecordedPace[] = [];
  #ages: RecordedAge[] = [];
  readonly #vantages = new VantageRecorder();
  #minute: Wall | null = null;
  #dropped = 0;
  #hasNews = false;

  /** A run has begun or ended since rows were taken: worth being on disk soon. */
  get hasNews(): boolean {
    return this.#hasNews;
  }

  /** Rows that were dropped because nobody took them. */
  get dropped(): number {
    return this.#dropped;
  }

  /** What a watcher says. */
  hear(report: WatcherReport, at: Wall): void {
    if (this.#vantages.hear(report, { at, hasRoom: () => this.#hasRoom() })) this.#hasNews = true;
  }

  note(target: Target, verdict: Verdict, probe: { readonly endedAt: Wall; readonly timeoutMs: number }): void {
    const track = this.#track(target.id);
    const from = wall(probe.endedAt - verdict.tookMs);
    if (verdict.data !== undefined) this.#noteAge(track, target.id, { data: verdict.data, at: probe.endedAt });
    if (verdict.kind === "up") return this.#noteGood(track, verdict.tookMs, { from, to: probe.endedAt });
    const late = verdict.kind === "down" && verdict.tookMs >= probe.timeoutMs - 1;
    const reason = verdict.reason.slice(0, reasonCharsMax);
    const run = track.run;
    const goesOn =
      run !== null &&
      run.kind === verdict.kind &&
      run.late === late &&
      (run.reason === reason || track.reasons >= reasonsMax);
    if (goesOn) {
      run.to = probe.endedAt;
      run.count += 1;
      run.tookMsMax = Math.max(run.tookMsMax, Math.round(verdict.tookMs));
      track.hasGrown = true;
      return;
    }
    if (run !== null) this.#keepRun(run);
    track.reasons += 1;
    track.run = {
      target: target.id,
      kind: verdict.kind,
      // Two probes may overlap, and a clock may step: runs follow one another all the same.
      from: wall(Math.max(from, run === null ? from : run.to)),
      to: probe.endedAt,
      count: 1,
      tookMsMax: Math.round(verdict.tookMs),
      late,
      trippedAt: run === null ? track.trippedAt : null,
      goodBefore: track.goodAt,
      goodAt: null,
      reason,
    };
    track.hasGrown = true;
    track.trippedAt = null;
    this.#hasNews = true;
  }

  #noteAge(track: Track, target: string, { at, data }: { data: DataAge; at: Wall }): void {
    if (!isOlder(track.age, data, at) || !this.#hasRoom()) return;
    track.age = { target, at, dataAt: data.at, staleMs: Math.round(data.staleMs) };
    this.#ages.push(track.age);
  }

  #noteGood(track: Track, tookMs: number, { from, to }: { from: Wall; to: Wall }): void {
    const { run } = track;
    if (run !== null) {
      // Who hung until then did so until the answer came.
      run.goodAt = wall(Math.max(run.late ? to : from, run.to));
      this.#keepRun(run);
      track.run = null;
      track.reasons = 0;
    }
    track.trippedAt = null;
    track.goodAt = to;
    // The first answer after a fault may be late once more: that is the fault's, and no pace.
    if (run !== null) return;
    track.count += 1;
    track.sumMs += tookMs;
    if (tookMs <= track.maxMs) return;
    track.maxMs = tookMs;
    track.maxAt = from;
  }

  tripped(targetId: string, at: Wall): void {
    const track = this.#track(targetId);
    if (track.run === null) track.trippedAt = at;
  }

  /** The target is no longer probed. */
  forget(targetId: string): void {
    const run = this.#tracks.get(targetId)?.run ?? null;
    if (run !== null) this.#keepRun(run);
    this.#tracks.delete(targetId);
    this.#vantages.forget(targetId);
  }

  /** Rows since the last call, and runs that last, as they are now. */
  take(now: Wall): RecordedRows {
    this.#hasNews = false;
    this.#minute ??= now;
    if (now - this.#minute >= minuteMs || now < this.#minute) this.#endMinute(this.#minute, now);
    const lasting: RecordedRun[] = [];
    for (const track of this.#tracks.values()) {
      if (track.run === null || !track.hasGrown) continue;
      track.hasGrown = false;
      lasting.push({ ...track.run });
    }
    const runs = [...this.#runs, ...lasting];
    const taken = { runs, paces: this.#paces, ages: this.#ages, ...this.#vantages.take() };
    this.#runs = [];
    this.#paces = [];
    this.#ages = [];
    return taken;
  }

  #endMinute(at: Wall, now: Wall): void {
    this.#minute = now;
    for (const [target, track] of this.#tracks) {
      const { count, maxAt, maxMs, sumMs } = track;
      if (count === 0) continue;
      if (isNews(track)) {
        track.keptMaxMs = maxMs;
        const times = { meanMs: Math.round(sumMs / count), maxMs: Math.round(maxMs), maxAt };
        if (this.#hasRoom()) this.#paces.push({ target, at, count, ...times });
      }
      Object.assign(track, { count: 0, sumMs: 0, maxMs: 0 });
    }
  }

  #keepRun(run: Run): void {
    this.#hasNews = true;
    if (this.#hasRoom()) this.#runs.push({ ...run });
  }

  #hasRoom(): boolean {
    if (this.#runs.length + this.#paces.length + this.#ages.length + this.#vantages.rows < rowsMax) return true;
    this.#dropped += 1;
    return false;
  }

  #track(id: string): Track {
    const known = this.#tracks.get(id);
    if (known !== undefined) return known;
    const times = { count: 0, sumMs: 0, maxMs: 0, maxAt: wall(0), keptMaxMs: null };
    const track: Track = { run: null, hasGrown: false, reasons: 0, goodAt: null, trippedAt: null, age: null, ...times };
    this.#tracks.set(id, track);
    return track;
  }
}

/**
 * While a mirror follows its origin its data changes all the time, and no row is worth that: only how far it is behind
 * counts, by doubling. Data of one that is behind decides who is least stale, and is kept once a minute.
 */
function isOlder(kept: RecordedAge | null, { at: dataAt, staleMs }: DataAge, at: Wall): boolean {
  if (kept === null) return true;
  if (Math.abs(staleMs - kept.staleMs) >= ageMsMin) {
    if (staleMs >= kept.staleMs * paceFactor || staleMs * paceFactor <= kept.staleMs) return true;
  }
  return staleMs >= ageMsMin && dataAt !== kept.dataAt && Math.abs(at - kept.at) >= minuteMs;
}

function isNews({ keptMaxMs, maxMs }: Track): boolean {
  if (keptMaxMs === null) return true;
  if (Math.abs(maxMs - keptMaxMs) < paceMsMin) return false;
  return maxMs >= keptMaxMs * paceFactor || maxMs * paceFactor <= keptMaxMs;
}
