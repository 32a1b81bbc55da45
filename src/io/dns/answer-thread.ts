/**
 * The main thread's end of one answering thread: requests with numbers, replies, and what happens when the thread
 * dies. A thread that has ended answers every request, past and future, with `ThreadEnded`.
 */
import type { Endpoint } from "../../core/model.ts";
import type { MessagePort, Worker } from "node:worker_threads";
import { ListenFailure } from "../listen-failure.ts";
import type { Answer, Question, Reply, Request, Word, WorkerSetup } from "./protocol.ts";
import { startThread } from "../threads.ts";

/** A thread that was told to close and has not ended by then is torn down. */
const endMsMax = 3000;

export class ThreadEnded extends Error {
  override readonly name = "ThreadEnded";
  readonly code = "dns/thread-ended";
}

export interface ThreadEvents {
  /** The thread has ended, and nobody closed it. */
  readonly onExit: (error: Error) => void;
  /** What the thread says without being asked. */
  readonly onWord: (word: Word, from: AnswerThread) => void;
}

interface Waiting {
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
}

export class AnswerThread {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private lastId = 0;
  private ended: ThreadEnded | null = null;
  private closing = false;
  private failure: Error | null = null;

  private constructor(setup: WorkerSetup, events: ThreadEvents) {
    this.worker = startThread("dns/worker", { workerData: setup, name: "muster-dns" });
    this.worker.on("message", (message: Reply | Word) => {
      if ("id" in message) this.settle(message);
      else events.onWord(message, this);
    });
    this.worker.on("error", (error) => {
      this.failure = error instanceof Error ? error : new Error(String(error));
    });
    this.worker.on("exit", (code) => {
      const reason = this.failure?.message ?? `exit code ${code}`;
      this.end(new ThreadEnded(`An answering thread ended: ${reason}.`, { cause: this.failure }), events.onExit);
    });
  }

  /** Starts a thread and waits until it listens. Fails with `ListenFailure`. */
  static async start(
    setup: WorkerSetup,
    events: ThreadEvents,
  ): Promise<{ thread: AnswerThread; endpoints: readonly Endpoint[] }> {
    const thread = new AnswerThread(setup, events);
    const first = await new Promise<Answer>((resolve, reject) => thread.waiting.set(0, { resolve, reject }));
    if (first.kind === "listening") return { thread, endpoints: first.endpoints };
    thread.closing = true;
    await thread.worker.terminate();
    if (first.kind === "listen-failed") throw new ListenFailure(first.trouble);
    throw new ThreadEnded(`An answering thread began with "${first.kind}".`);
  }

  ask(question: Question, transfer: readonly MessagePort[] = []): Promise<Answer> {
    if (this.ended !== null) return Promise.reject(this.ended);
    this.lastId += 1;
    const request: Request = { ...question, id: this.lastId };
    return new Promise((resolve, reject) => {
      this.waiting.set(request.id, { resolve, reject });
      this.worker.postMessage(request, [...transfer]);
    });
  }

  /**
   * The thread closes its sockets and then ends by itself. Only one that does not is torn down: sends, transfers and
   * messages under way are then cut at any instruction, which is the path of Node that is tried least.
   */
  async close(): Promise<void> {
    if (this.ended !== null || this.closing) return;
    this.closing = true;
    const exited = new Promise<void>((resolve) => void this.worker.once("exit", () => resolve()));
    const timer = setTimeout(() => void this.worker.terminate(), endMsMax);
    await this.ask({ kind: "close" }).catch(() => undefined);
    await exited;
    clearTimeout(timer);
  }

  private settle(reply: Reply): void {
    this.waiting.get(reply.id)?.resolve(reply);
    this.waiting.delete(reply.id);
  }

  private end(error: ThreadEnded, onExit: (error: Error) => void): void {
    this.ended = error;
    for (const { reject } of this.waiting.values()) reject(error);
    this.waiting.clear();
    if (!this.closing) onExit(error);
  }
}
