/**
 * Steps of zones' pasts on their way to the disk. One commit at a time: steps that come while one is written wait,
 * and then go together in the next. So a step alone waits for one commit, and a thousand in a second for a few dozen.
 * A disk that is stuck makes the queue grow to its limit; further steps are refused, which costs their zones no more
 * than one transfer in full.
 */
import { packDelta } from "../../dns/delta-octets.ts";
import { assert } from "../../base/assert.ts";
import type { PastStep, SaveOutcome } from "../../ports/store.ts";
import type { PackedStep } from "./past-tables.ts";

/** Stores all of the steps, or none. */
export type WriteSteps = (steps: readonly PackedStep[]) => Promise<SaveOutcome>;

interface Waiting {
  readonly step: PackedStep;
  readonly stored: (outcome: SaveOutcome) => void;
}

export class PastQueue {
  readonly #waitingMax: number;
  readonly #write: WriteSteps;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | null = null;

  constructor(options: { readonly waitingMax: number; readonly write: WriteSteps }) {
    this.#waitingMax = options.waitingMax;
    this.#write = options.write;
  }

  /** Resolves when the step is durable. What the caller does to it afterwards changes nothing. */
  add(step: PastStep): Promise<SaveOutcome> {
    if (this.#waiting.length >= this.#waitingMax)
      return Promise.resolve({ kind: "failed", reason: `${this.#waitingMax} changes already wait for the disk` });
    return new Promise((stored) => {
      this.#waiting.push({ step: packStep(step), stored });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // Steps of one turn of the event loop, a change of many zones say, go together from the first commit on.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const together = this.#waiting;
      this.#waiting = [];
      const outcome = await this.#write(together.map(({ step }) => step));
      for (const { stored } of together) stored(outcome);
    }
    this.#writing = null;
  }
}

function packStep({ delta, digest, serial, zone }: PastStep): PackedStep {
  assert(delta === null || delta.to === serial, "a difference ends at the serial of its step");
  return { zone, serial, digest, delta: delta === null ? null : { from: delta.from, packed: packDelta(delta) } };
}
