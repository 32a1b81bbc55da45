/**
 * When an outlet looks again at what it believes to be there: at everything now and then, and at what was just written
 * soon and then less and less often, because a writer that was late comes shortly after a change if it comes at all.
 */
import type { Prng } from "../base/prng.ts";
import { later, type Mono, mono, never } from "../base/time.ts";
import type { ManagedSet } from "./managed-sets.ts";
import type { UpdateOutletLimits } from "./update-outlet-limits.ts";

/** A set that was mended so often in a row is fought over, or not kept by the server: it waits for the next round. */
const strikesMax = 3;

export class Comparisons {
  /** Sets that are still to be looked at. */
  readonly pending = new Set<ManagedSet>();
  readonly #limits: UpdateOutletLimits;
  readonly #prng: Prng;
  #roundAt: Mono = never;
  /** Written a short while ago. */
  readonly #fresh = new Set<ManagedSet>();
  #freshAt: Mono = never;
  #freshMs = 0;

  constructor(limits: UpdateOutletLimits, prng: Prng) {
    this.#limits = limits;
    this.#prng = prng;
  }

  /** When there is something to look at, unless there is already. */
  get nextAt(): Mono {
    return mono(Math.min(this.#roundAt, this.#freshAt));
  }

  /** Everything is due. */
  compareAll(now: Mono): void {
    this.#roundAt = now;
  }

  written(sets: readonly ManagedSet[], now: Mono): void {
    for (const set of sets) {
      if (set.strikes < strikesMax) this.#fresh.add(set);
      else this.#fresh.delete(set);
    }
    this.#freshMs = this.#limits.recheckMs;
    this.#freshAt = this.#fresh.size === 0 ? never : mono(Math.min(this.#freshAt, later(now, this.#freshMs)));
  }

  /** Puts what is due into `pending`. */
  begin(now: Mono, all: () => Iterable<ManagedSet>): void {
    if (this.#roundAt <= now) {
      this.#roundAt = later(now, this.#limits.compareMs * (0.9 + this.#prng.next() / 5));
      for (const set of all()) this.pending.add(set);
    }
    if (this.#freshAt > now) return;
    for (const set of this.#fresh) this.pending.add(set);
    this.#freshMs *= 2;
    this.#freshAt = later(now, this.#freshMs);
    if (this.#freshMs < this.#limits.compareMs) return;
    this.#freshAt = never;
    this.#fresh.clear();
  }
}
