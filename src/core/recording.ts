/**
 * What probes found, kept so that it can be judged again by other thresholds. Only changes are kept: a run of bad
 * probes is one row however long it lasts, good probes are counted, and how fast they answer is a row only when it
 * changes markedly. Between two rows of a target every probe was good, as long as muster ran, which is a row of its own.
 * So a target that is well costs nothing.
 */
import type { Wall } from "../base/time.ts";
import type { Health } from "./model.ts";

/** Who is recorded: a target, and what it is asked, without its thresholds and without its secrets. */
export interface RecordedStream {
  readonly target: string;
  /** Equal exactly when the same is asked (`io/recording/seal.ts`). */
  readonly key: string;
  readonly address: string;
  readonly intervalMs: number;
}

/** Probes of one target that failed in the same way, one after the other. */
export interface RecordedRun {
  readonly target: string;
  /** `unknown`: the checker's own fault, which says nothing of the target. */
  readonly kind: "down" | "unknown";
  /** When its first probe began, and when its last one ended. */
  readonly from: Wall;
  readonly to: Wall;
  readonly count: number;
  readonly tookMsMax: number;
  /** Its probes ran into their timeout, so that a longer one might have had an answer. */
  readonly late: boolean;
  /** An idle connection closed, and so the first probe came early. */
  readonly trippedAt: Wall | null;
  /** When the last good probe before ended; null: there was none since muster ran. */
  readonly goodBefore: Wall | null;
  /**
   * When the first good probe after began, or after a `late` run when its answer came; null: it was not seen, or another
   * run follows.
   */
  readonly goodAt: Wall | null;
  readonly reason: string;
}

/** How fast a target answered in a minute that differed from those before. */
export interface RecordedPace {
  readonly target: string;
  /** When the minute began. */
  readonly at: Wall;
  readonly count: number;
  readonly meanMs: number;
  readonly maxMs: number;
  /** When the slowest probe began. */
  readonly maxAt: Wall;
}

/** How old a target's data was found to be, when that has changed markedly. */
export interface RecordedAge {
  readonly target: string;
  readonly at: Wall;
  /** When the data is from, and how far behind the origin that was. */
  readonly dataAt: Wall;
  readonly staleMs: number;
}

/** What a watcher began to say of a target. */
export interface RecordedWord {
  readonly target: string;
  readonly watcher: string;
  readonly at: Wall;
  readonly health: Health;
  readonly suspected: boolean;
  readonly able: boolean;
  readonly reason: string;
}

/** A watcher was heard all the time. */
export interface RecordedVantage {
  readonly watcher: string;
  readonly from: Wall;
  readonly to: Wall;
  /** Why it could not judge; null: it was well. */
  readonly sick: string | null;
}

/** muster ran, and whatever it probed in this time is known. */
export interface RecordedLife {
  readonly from: Wall;
  readonly to: Wall;
}

/** The configuration that judged from then on, sealed: JSON without secrets and without what probes ask. */
export interface RecordedConfig {
  readonly at: Wall;
  readonly body: string;
}

/** How long and how much is kept; what goes first is the oldest. */
export interface RecordingKeep {
  readonly ms: number;
  readonly bytes: number;
}

/** Rows to keep. A run, a vantage or a life with the same beginning replaces the one that is there. */
export interface RecordingBatch {
  readonly streams: readonly RecordedStream[];
  readonly runs: readonly RecordedRun[];
  readonly paces: readonly RecordedPace[];
  readonly ages: readonly RecordedAge[];
  readonly words: readonly RecordedWord[];
  readonly vantages: readonly RecordedVantage[];
  readonly life: RecordedLife | null;
  readonly config: RecordedConfig | null;
  readonly keep: RecordingKeep;
}

/** What is known of a time: rows that touch it, each list in the order of time. */
export interface Recorded {
  readonly streams: readonly RecordedStream[];
  readonly runs: readonly RecordedRun[];
  readonly paces: readonly RecordedPace[];
  /** The first of each target, and of each watcher on it, may be older than the time: it was so when that began. */
  readonly ages: readonly RecordedAge[];
  readonly words: readonly RecordedWord[];
  readonly vantages: readonly RecordedVantage[];
  readonly lives: readonly RecordedLife[];
  /** The first may be older than the time: it was in force when that began. */
  readonly configs: readonly RecordedConfig[];
}
