/**
 * Simulated time: a queue of things that will happen, in order of time and then of entry, so that a run depends on
 * nothing but its seed.
 */
import { type Mono, mono, never } from "./time.ts";

interface Entry {
  readonly at: Mono;
  readonly order: number;
  readonly act: () => void;
}

export class Agenda {
  now: Mono = mono(0);
  readonly #entries: Entry[] = [];
  #order = 0;

  /** When the next thing is due, or `never`. */
  get nextAt(): Mono {
    return this.#entries[0]?.at ?? never;
  }

  /** Schedules `act`; returns its cancellation. */
  after(ms: number, act: () => void): () => void {
    const entry = { at: mono(this.now + Math.max(0, ms)), order: this.#order++, act };
    this.#push(entry);
    return () => this.#drop(entry);
  }

  /** Runs everything that is due until `until`, and leaves the clock there. */
  runUntil(until: Mono): void {
    for (let next = this.#entries[0]; next !== undefined && next.at <= until; next = this.#entries[0]) {
      this.#entries.shift();
      this.now = next.at;
      next.act();
    }
    this.now = until;
  }

  #push(entry: Entry): void {
    let low = 0;
    let high = this.#entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = this.#entries[middle];
      if (other !== undefined && (other.at < entry.at || (other.at === entry.at && other.order < entry.order))) {
        low = middle + 1;
      } else high = middle;
    }
    this.#entries.splice(low, 0, entry);
  }

  #drop(entry: Entry): void {
    const index = this.#entries.indexOf(entry);
    if (index >= 0) this.#entries.splice(index, 1);
  }
}
