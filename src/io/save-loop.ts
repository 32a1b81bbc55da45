/**
 * Saves decisions one commit at a time: what comes while one is written is merged and goes next. A batch that could not
 * be stored stays, is merged with what follows, and is tried again, so that a full disk loses nothing but time.
 */
import { emptyBatch, mergeBatches } from "../roles/save-queue.ts";
import type { SaveBatch, SaveOutcome, Store } from "../ports/store.ts";

/** After a save that failed it is tried again so much later. */
const saveAgainMs = 5000;

export interface SaveLoopParts {
  readonly store: Pick<Store, "save">;
  /** The first failure after a success. */
  readonly onFailed: (reason: string) => void;
  /** The first success after a failure. */
  readonly onWorks: () => void;
}

interface Waiting {
  readonly batch: SaveBatch;
  readonly tell: readonly ((outcome: SaveOutcome) => void)[];
}

export class SaveLoop {
  readonly #parts: SaveLoopParts;
  #waiting: Waiting | null = null;
  #saving = false;
  #failing = false;
  #again: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(parts: SaveLoopParts) {
    this.#parts = parts;
  }

  /** Resolves with the outcome of the commit that the batch first went into. */
  save(batch: SaveBatch): Promise<SaveOutcome> {
    return new Promise((resolve) => {
      const before = this.#waiting;
      const merged = before === null ? batch : mergeBatches(before.batch, batch);
      this.#waiting = { batch: merged, tell: [...(before?.tell ?? []), resolve] };
      void this.#run();
    });
  }

  /** Resolves when everything that was given to `save` so far has been tried, with the outcome of the last of it. */
  async settled(): Promise<SaveOutcome> {
    return this.#saving || this.#waiting !== null ? this.save(emptyBatch) : { kind: "ok" };
  }

  stop(): void {
    this.#stopped = true;
    if (this.#again !== null) clearTimeout(this.#again);
  }

  async #run(): Promise<void> {
    if (this.#saving) return;
    this.#saving = true;
    while (this.#waiting !== null && this.#again === null) {
      const { batch, tell } = this.#waiting;
      this.#waiting = null;
      const outcome = await this.#parts.store.save(batch);
      if (outcome.kind === "ok") this.#noteSuccess();
      else this.#noteFailure(batch, outcome.reason);
      for (const one of tell) one(outcome);
    }
    this.#saving = false;
  }

  #noteSuccess(): void {
    if (this.#failing && !this.#stopped) this.#parts.onWorks();
    this.#failing = false;
  }

  #noteFailure(batch: SaveBatch, reason: string): void {
    const later = this.#waiting;
    this.#waiting = { batch: later === null ? batch : mergeBatches(batch, later.batch), tell: later?.tell ?? [] };
    if (!this.#failing && !this.#stopped) this.#parts.onFailed(reason);
    this.#failing = true;
    if (this.#stopped) return;
    this.#again = setTimeout(() => {
      this.#again = null;
      void this.#run();
    }, saveAgainMs);
  }
}
