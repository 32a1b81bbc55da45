/**
 * What must be durable, on its way to the disk: batches of decisions, and steps of zones' pasts. One commit at a time: what
 * comes while one is written waits, and then goes together in the next, in one transaction. So an update that a client
 * waits for is one commit with its serial, its records and its place in the past, and a thousand in a second are a few
 * dozen. What was told before a batch is durable before it.
 *
 * A disk that is stuck makes the steps grow to their limit; further ones are refused, which costs their zones no more than
 * one transfer in full. Batches are merged by whoever brings them (`io/save-loop`).
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { packDelta } from "../../dns/delta-octets.ts";
import { assert } from "../../base/assert.ts";
import type { PastStep, SaveBatch, SaveOutcome } from "../../ports/store.ts";
import type { PackedStep } from "./past-tables.ts";
import { type PackedBatch, packBatch } from "./state-tables.ts";

/** What goes in one transaction. */
export interface Commit {
  readonly batches: readonly PackedBatch[];
  readonly steps: readonly PackedStep[];
}

/** Parts fail alone: a step that the database refuses takes no decision with it. */
export interface CommitOutcome {
  readonly batches: SaveOutcome;
  readonly steps: SaveOutcome;
}

export interface CommitQueueParts {
  readonly stepsWaitingMax: number;
  /** Resolves when everything that was told so far is with the disk. */
  readonly flushHistory: () => Promise<void>;
  readonly write: (commit: Commit) => Promise<CommitOutcome>;
}

interface Waiting<T> {
  readonly what: T;
  readonly stored: (outcome: SaveOutcome) => void;
}

export class CommitQueue {
  readonly #parts: CommitQueueParts;
  #batches: Waiting<PackedBatch>[] = [];
  #steps: Waiting<PackedStep>[] = [];
  #writing: Promise<void> | null = null;

  constructor(parts: CommitQueueParts) {
    this.#parts = parts;
  }

  /** Resolves when the batch is durable. What the caller does to it afterwards changes nothing. */
  save(batch: SaveBatch): Promise<SaveOutcome> {
    return new Promise((stored) => {
      this.#batches.push({ what: packBatch(batch), stored });
      this.#writing ??= this.#writeAll();
    });
  }

  /** The same for a step. */
  addStep(step: PastStep): Promise<SaveOutcome> {
    const { stepsWaitingMax } = this.#parts;
    if (this.#steps.length >= stepsWaitingMax)
      return Promise.resolve({ kind: "failed", reason: `${stepsWaitingMax} changes already wait for the disk` });
    return new Promise((stored) => {
      this.#steps.push({ what: packStep(step), stored });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Resolves when nothing waits any more. */
  async flush(): Promise<void> {
    await this.#writing;
  }

  async #writeAll(): Promise<void> {
    // What is decided in one turn of the event loop goes together from the first commit on.
    await nextTurn();
    while (this.#batches.length + this.#steps.length > 0) {
      if (this.#batches.length > 0) await this.#parts.flushHistory();
      const [batches, steps] = [this.#batches, this.#steps];
      this.#batches = [];
      this.#steps = [];
      const outcome = await this.#parts.write({ batches: batches.map(whatOf), steps: steps.map(whatOf) });
      for (const { stored } of batches) stored(outcome.batches);
      for (const { stored } of steps) stored(outcome.steps);
    }
    this.#writing = null;
  }
}

function whatOf<T>({ what }: Waiting<T>): T {
  return what;
}

function packStep({ delta, digest, serial, zone }: PastStep): PackedStep {
  assert(delta === null || delta.to === serial, "a difference ends at the serial of its step");
  return { zone, serial, digest, delta: delta === null ? null : { from: delta.from, packed: packDelta(delta) } };
}
