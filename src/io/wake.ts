/**
 * The one timer of a state machine, which wakes it when it wants to be asked again. One that is set already and ends
 * sooner stays: a tick before its time changes nothing, and costs less than a timer set anew after every event.
 */
import { type Mono, mono, never } from "../base/time.ts";
import type { Clock } from "../ports/clock.ts";

/** What is further away is waited for in steps. */
const wakeMsMax = 60_000;

export interface WakeParts {
  readonly clock: Clock;
  readonly tick: () => void;
  /** Wakes are gathered: the timer is never set for less than this. */
  readonly msMin?: number;
}

export class Wake {
  readonly #parts: WakeParts;
  #timer: NodeJS.Timeout | null = null;
  #at: Mono = never;
  #isEnded = false;

  constructor(parts: WakeParts) {
    this.#parts = parts;
  }

  /** Ticks at `at`, give or take, or sooner; `never`: whenever it was going to. */
  set(at: Mono): void {
    if (at >= this.#at || this.#isEnded) return;
    const { clock, msMin = 1 } = this.#parts;
    const now = clock.now().mono;
    const inMs = Math.min(wakeMsMax, Math.max(msMin, Math.ceil(at - now)));
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#at = mono(now + inMs);
    this.#timer = setTimeout(() => this.#ring(), inMs);
  }

  /** It does not tick any more, whatever is set. */
  end(): void {
    this.#isEnded = true;
    if (this.#timer !== null) clearTimeout(this.#timer);
  }

  #ring(): void {
    this.#timer = null;
    this.#at = never;
    this.#parts.tick();
  }
}
