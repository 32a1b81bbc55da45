/**
 * Saves decisions one commit at a time: what comes while one is written is merged and goes next. A batch that could not
 * be stored stays, is merged with what follows, and is tried again, so that a full disk loses nothing but time.
 *
 * A batch that belongs to transactions waits until these are served, a moment later, since their steps must be durable too:
 * then all of it is one commit, and whoever waits for it, a client or a NOTIFY, waits for the disk once.
 */
import { setTimeout as delay } from "node:timers/promises";
import { SaveQueue } from "../roles/save-queue.ts";
import { emptyBatch, type SaveBatch, type SaveOutcome, type Store } from "../ports/store.ts";

/** A batch waits no longer than this for transactions to be served: an answering thread may be stuck. */
const besideMsMax = 100;
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
  readonly tell: ((outcome: SaveOutcome) => void)[];
  /** Transactions that go beside what is queued. */
  readonly beside: Promise<unknown>[];
}

export class SaveLoop {
  readonly #parts: SaveLoopParts;
  readonly #queue = new SaveQueue();
  /** Null: nothing is queued. */
  #waiting: Waiting | null = null;
  #saving = false;
  #failing: string | null = null;
  #again: NodeJS.Timeout | null = null;
  #stopped = false;

  constructor(parts: SaveLoopParts) {
    this.#parts = parts;
  }

  /** Why what was decided is not saved; null: it is. */
  get failing(): string | null {
    return this.#failing;
  }

  /** Resolves with the outcome of the commit that the batch first went into. `beside` resolve when they are served. */
  save(batch: SaveBatch, beside: readonly Promise<unknown>[] = []): Promise<SaveOutcome> {
    return new Promise((resolve) => {
      this.#queue.add(batch);
      this.#waiting ??= { tell: [], beside: [] };
      this.#waiting.tell.push(resolve);
      this.#waiting.beside.push(...beside);
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
      await untilServed(this.#waiting.beside);
      const { tell } = this.#waiting;
      const batch = this.#queue.take();
      this.#waiting = null;
      const outcome = await this.#parts.store.save(batch);
      if (outcome.kind === "ok") this.#noteSuccess();
      else this.#noteFailure(batch, outcome.reason);
      for (const one of tell) one(outcome);
    }
    this.#saving = false;
  }

  #noteSuccess(): void {
    const wasFailing = this.#failing !== null;
    this.#failing = null;
    if (wasFailing && !this.#stopped) this.#parts.onWorks();
  }

  #noteFailure(batch: SaveBatch, reason: string): void {
    const since = this.#queue.take();
    this.#queue.add(batch);
    this.#queue.add(since);
    this.#waiting ??= { tell: [], beside: [] };
    const isNew = this.#failing === null;
    this.#failing = reason;
    if (isNew && !this.#stopped) this.#parts.onFailed(reason);
    if (this.#stopped) return;
    this.#again = setTimeout(() => {
      this.#again = null;
      void this.#run();
    }, saveAgainMs);
  }
}

async function untilServed(beside: readonly Promise<unknown>[]): Promise<void> {
  if (beside.length === 0) return;
  const limit = new AbortController();
  const late = delay(besideMsMax, null, { signal: limit.signal }).catch(() => null);
  await Promise.race([Promise.allSettled(beside), late]);
  limit.abort();
}
