/**
 * The main thread's end of the thread that transfers. It is started with the first zone and stays. One that has died is
 * started again with the next request; what it held comes back with the next whole transfer.
 */
import type { Worker } from "node:worker_threads";
import { startThread } from "../threads.ts";
import type { Answer, Question, Reply, Request } from "./protocol.ts";

type Settle = (answer: Answer) => void;

export class TransferThread {
  readonly #waiting = new Map<number, Settle>();
  #worker: Worker | null = null;
  #lastId = 0;
  #closed = false;

  /** Never rejects: a thread that ends answers `failed`. A signal cancels a transfer, which then fails soon. */
  ask(question: Question, signal?: AbortSignal): Promise<Answer> {
    if (this.#closed) return Promise.resolve({ kind: "failed", reason: "muster stops" });
    this.#lastId += 1;
    const id = this.#lastId;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    const cancel = (): void => this.#post({ kind: "cancel", request: id, id: 0 });
    signal?.addEventListener("abort", cancel);
    this.#post({ ...question, id });
    return promise.finally(() => signal?.removeEventListener("abort", cancel));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#worker?.terminate();
    this.#end("muster stops");
  }

  #post(request: Request): void {
    this.#worker ??= this.#start();
    this.#worker.postMessage(request);
  }

  #start(): Worker {
    const worker = startThread("secondary/transfer-worker", { name: "muster-transfer" });
    let reason = "the thread that transfers has ended";
    worker.on("message", ({ id, ...answer }: Reply) => {
      this.#waiting.get(id)?.(answer);
      this.#waiting.delete(id);
    });
    worker.on("error", (error) => (reason = `the thread that transfers has failed: ${String(error)}`));
    worker.on("exit", () => {
      if (this.#worker === worker) this.#worker = null;
      this.#end(reason);
    });
    return worker;
  }

  #end(reason: string): void {
    for (const settle of this.#waiting.values()) settle({ kind: "failed", reason });
    this.#waiting.clear();
  }
}
