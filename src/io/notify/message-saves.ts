/**
 * Writes what notifications remember, one commit at a time: what changes meanwhile is gathered and goes next. What could
 * not be stored stays and is tried again; messages go out all the same.
 */
import type { MessageBatch, Store } from "../../ports/store.ts";

const againMs = 5000;

export class MessageSaves {
  readonly #store: Pick<Store, "saveMessages">;
  /** The newest state of each row; null: it goes. */
  #waiting = new Map<string, string | null>();
  #again: NodeJS.Timeout | null = null;
  #running: Promise<void> | null = null;
  #stopped = false;

  constructor(store: Pick<Store, "saveMessages">) {
    this.#store = store;
  }

  save({ put, remove }: MessageBatch): void {
    for (const id of remove) this.#waiting.set(id, null);
    for (const { body, id } of put) this.#waiting.set(id, body);
    this.#run();
  }

  /** Writes what waits, once more; what fails then is lost with the memory. */
  async close(): Promise<void> {
    this.#stopped = true;
    if (this.#again !== null) clearTimeout(this.#again);
    this.#again = null;
    await this.#running;
    this.#run();
    await this.#running;
  }

  #run(): void {
    if (this.#running !== null || this.#again !== null || this.#waiting.size === 0) return;
    this.#running = this.#write().finally(() => {
      this.#running = null;
      if (!this.#stopped) this.#run();
    });
  }

  async #write(): Promise<void> {
    const batch = this.#waiting;
    this.#waiting = new Map();
    const put = [...batch].flatMap(([id, body]) => (body === null ? [] : [{ id, body }]));
    const remove = [...batch].flatMap(([id, body]) => (body === null ? [id] : []));
    const outcome = await this.#store.saveMessages({ put, remove });
    if (outcome.kind === "ok") return;
    for (const [id, body] of batch) if (!this.#waiting.has(id)) this.#waiting.set(id, body);
    if (this.#stopped) return;
    this.#again = setTimeout(() => {
      this.#again = null;
      this.#run();
    }, againMs);
  }
}
