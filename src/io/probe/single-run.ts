/**
 * One probe of a kind without connections: it begins, something ends it once, and its timeout is among those that share
 * the wheel. What it holds is let go before its verdict is told.
 */
import type { FaultCode } from "../../core/fault.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import { Deadline, type Deadlines } from "./deadlines.ts";
import type { TargetProbe } from "./kind.ts";

export type Outcome =
  | { readonly kind: "up"; readonly detail: string }
  | { readonly kind: "down"; readonly reason: string; readonly fault?: FaultCode | undefined }
  | { readonly kind: "unknown"; readonly reason: string };

export abstract class SingleRun extends Deadline {
  readonly timeoutMs: number;
  readonly #deadlines: Deadlines;
  readonly #startedAtMs = performance.now();
  #onVerdict: ((verdict: Verdict) => void) | null;

  constructor(deadlines: Deadlines, { timeoutMs }: TargetProbe, onVerdict: (verdict: Verdict) => void) {
    super();
    this.#deadlines = deadlines;
    this.timeoutMs = timeoutMs;
    this.#onVerdict = onVerdict;
  }

  /** Starts the clock, and what the kind does. Nothing of that may finish before it returns. */
  start(): CancelProbe {
    this.#deadlines.set(this, this.timeoutMs);
    this.begin();
    return () => this.cancel();
  }

  /** Ends without a verdict. */
  cancel(): void {
    if (this.#onVerdict === null) return;
    this.#onVerdict = null;
    this.#deadlines.clear(this);
    this.release();
  }

  override onDue(): void {
    this.finish(this.late());
  }

  protected get leftMs(): number {
    return Math.max(1, Math.ceil(this.timeoutMs - (performance.now() - this.#startedAtMs)));
  }

  /** The first one counts. */
  protected finish(outcome: Outcome): void {
    const onVerdict = this.#onVerdict;
    const tookMs = performance.now() - this.#startedAtMs;
    this.cancel();
    onVerdict?.({ ...outcome, tookMs });
  }

  protected abstract begin(): void;
  /** Lets go of sockets and processes; called once. */
  protected abstract release(): void;
  /** What it means that the time is up. */
  protected abstract late(): Outcome;
}
