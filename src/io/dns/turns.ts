/**
 * Turns of an answering thread's event loop, for work that is not an answer: zones that arrive and are given out, sums,
 * differences. They are handed out one by one, whoever asks, so that two pieces of work never come together and queries are
 * answered between any two. A turn ends by time, not by count: a record is dearer on a slow machine, or in a large zone.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Slices } from "../../base/slices.ts";

/** Work ends its turn with the first slice that ends after so long. Slices take a tenth of that, or less. */
const turnMs = 0.7;

export class Turns {
  /** Resolves at the turn of the event loop that is the last spoken for. */
  private last: Promise<void> = Promise.resolve();

  take(): Promise<void> {
    this.last = this.last.then(() => nextTurn());
    return this.last;
  }

  /** When work that begins now is to end its turn, by `performance.now()`. */
  end(): number {
    return performance.now() + turnMs;
  }

  /** Does all of it: at once what fits into this turn, the rest in others. */
  async run<T>(work: Slices<T>): Promise<T> {
    for (;;) {
      const endsAt = this.end();
      do {
        const step = work.next();
        if (step.done === true) return step.value;
      } while (performance.now() < endsAt);
      await this.take();
    }
  }
}
