/**
 * Calls to the store's thread and their answers. A thread that is gone answers every call, also those under way,
 * with `failed`: its callers must go on deciding and serving.
 */
import type { Worker } from "node:worker_threads";
import { StoreError } from "./errors.ts";
import type { StoreCall, StoreMessage, StoreReply, StoreRequest } from "./messages.ts";

type Answered = (reply: StoreReply) => void;

export class WorkerCalls {
  readonly #worker: Worker;
  readonly #onRemark: (sentence: string) => void;
  readonly #waiting = new Map<number, Answered>();
  #nextId = 1;
  #gone: string | null = null;

  constructor(worker: Worker, onRemark: (sentence: string) => void) {
    this.#worker = worker;
    this.#onRemark = onRemark;
    worker.on("error", (error) => this.#end(`the store's thread failed: ${error.message}`));
    worker.on("exit", () => this.#end("the store is closed"));
  }

  /** Resolves when the database is open; rejects with the `StoreError` that says why it is not. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#worker.once("error", reject);
      this.#worker.once("message", (message: StoreMessage) => {
        if (message.kind === "refused") return reject(new StoreError(message.refusal));
        this.#worker.off("error", reject);
        this.#worker.on("message", (reply: StoreMessage) => this.#receive(reply));
        resolve();
      });
    });
  }

  call(call: StoreCall): Promise<StoreReply> {
    if (this.#gone !== null) return Promise.resolve({ kind: "failed", reason: this.#gone });
    const request: StoreRequest = { id: this.#nextId++, call };
    return new Promise((resolve) => {
      this.#waiting.set(request.id, resolve);
      this.#worker.postMessage(request);
    });
  }

  #receive(message: StoreMessage): void {
    if (message.kind === "remark") this.#onRemark(message.sentence);
    if (message.kind !== "reply") return;
    const answered = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    answered?.(message.reply);
  }

  #end(reason: string): void {
    this.#gone ??= reason;
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const answered of waiting) answered({ kind: "failed", reason: this.#gone });
  }
}
