import type { Target, Verdict } from "../core/model.ts";

export type { Verdict } from "../core/model.ts";

export interface ProbeRequest {
  readonly target: Target;
  readonly timeoutMs: number;
  /** True: on a new connection, whatever is kept. False: a kept connection may carry it. */
  readonly fresh: boolean;
}

/** A line for the story: what stands in the way of judging, or does not any more. */
export interface ProberStory {
  /** What it is about, such as the URL of an origin. */
  readonly subject: string;
  readonly rule: string;
  readonly sentence: string;
}

/** Ends a probe early; its verdict is then never delivered. Calling it again, or after the verdict, does nothing. */
export type CancelProbe = () => void;

/**
 * Looks at members. Real ones use sockets; the simulated one asks a simulated world.
 */
export interface Prober {
  /** Starts one probe. `onVerdict` is called exactly once, never before `start` has returned, unless cancelled. */
  start(request: ProbeRequest, onVerdict: (verdict: Verdict) => void): CancelProbe;
  /**
   * Tells the one listener when an idle connection to a target closes (the tripwire). That alone is never a
   * failure: it only makes the next probe due at once.
   */
  onTrip(listener: (targetId: string, reason: string) => void): void;
  /**
   * Tells the one listener what keeps members from being judged though it is none of them, such as an origin that is
   * down: once when it begins, once when it is over.
   */
  onTrouble(listener: (story: ProberStory) => void): void;
  /** Forgets what is kept for a target: its connections are closed. */
  forget(targetId: string): void;
  close(): Promise<void>;
}
