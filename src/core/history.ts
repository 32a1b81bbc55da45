/** The story: what happened, to whom, and why, one line each. */
import type { Wall } from "../base/time.ts";

export type HistoryKind =
  | "start"
  | "stop"
  | "reload"
  | "suspicion"
  | "cleared"
  | "health"
  | "answer"
  | "override"
  | "diagnosis"
  | "trouble";

/** One line of the story: what happened to whom, and why, in one sentence. */
export interface HistoryEvent {
  /** Rises by one; never reused, also across restarts. */
  readonly id: number;
  readonly at: Wall;
  readonly kind: HistoryKind;
  /** Target id, member id, pool, zone, or "muster". */
  readonly subject: string;
  /** The rule that decided, such as `health/fall`. */
  readonly rule: string;
  readonly sentence: string;
  readonly from: string | null;
  readonly to: string | null;
  /** Of what an operator did: who, and why. */
  readonly by?: { readonly owner: string; readonly reason: string };
  readonly diagnosis?: ToldDiagnosis;
}

/** What is broken, of what went down, or of what several have in common, as it was told. */
export interface ToldDiagnosis {
  /** `diagnosis/host-down`. */
  readonly rule: string;
  /** `host down`. */
  readonly name: string;
  /** The name and the most telling fact, on one short line. */
  readonly sentence: string;
}
