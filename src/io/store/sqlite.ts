/**
 * State and history in one SQLite file, written by a thread of its own, so that neither a slow disk nor a large
 * question ever delays an answer. Decisions are on the platter before `save` resolves (write-ahead log, synchronous
 * FULL); history is gathered and written in batches. One process at a time: docs/adr/0005-one-writer.md.
 */
import { resolve } from "node:path";
import type { Worker } from "node:worker_threads";
import type { Wall } from "../../base/time.ts";
import type { HistoryEvent } from "../../core/model.ts";
import type { RecordingBatch, Recorded } from "../../core/recording.ts";
import type { ZonePast } from "../../dns/types.ts";
import type { Log } from "../../ports/log.ts";
import type {
  HistoryQuery,
  MessageBatch,
  PastStep,
  SaveBatch,
  SavedMessage,
  SavedState,
  SaveOutcome,
  Store,
} from "../../ports/store.ts";
import { pickEvents } from "../../ports/pick-events.ts";
import { startThread } from "../threads.ts";
import { type Commit, type CommitOutcome, CommitQueue } from "./commit-queue.ts";
import { StoreError } from "./errors.ts";
import { HistoryQueue } from "./history-queue.ts";
import { type StoreLimits, storeLimits } from "./limits.ts";
import type { StoreCall, StoreReply, WorkerInput } from "./messages.ts";
import { WorkerCalls } from "./worker-calls.ts";

export interface SqliteOptions {
  readonly path: string;
  readonly log: Log;
  readonly limits?: Partial<StoreLimits>;
}

/** POSIX locks belong to the process: a second opening here would drop the first one's, so it is refused earlier. */
const openFiles = new Set<string>();

/** Rejects with a `StoreError`; the file is then as it was. A file that does not exist yet is made. */
export async function openSqliteStore(options: SqliteOptions): Promise<Store> {
  const file = resolve(options.path);
  const limits = { ...storeLimits, ...options.limits };
  if (openFiles.has(file))
    throw new StoreError({ code: "store_locked", file, reason: `process ${process.pid} uses the database` });
  openFiles.add(file);
  const workerData: WorkerInput = { file, limits };
  const worker = startThread("store/sqlite-worker", { workerData, name: "muster-store" });
  worker.once("exit", () => openFiles.delete(file));
  const calls = new WorkerCalls(worker, (sentence) => options.log.warn(`${sentence}.`));
  try {
    await calls.opened();
  } catch (error) {
    await worker.terminate();
    throw error;
  }
  return new SqliteStore({ file, limits, log: options.log, calls, worker });
}

interface Parts {
  readonly file: string;
  readonly limits: StoreLimits;
  readonly log: Log;
  readonly calls: WorkerCalls;
  readonly worker: Worker;
}

const closed: SaveOutcome = { kind: "failed", reason: "the store is closed" };

class SqliteStore implements Store {
  readonly #parts: Parts;
  readonly #queue: HistoryQueue;
  readonly #commits: CommitQueue;
  #closing: Promise<void> | null = null;
  /** The last messages, stored in the order of the calls. */
  #last: Promise<SaveOutcome> = Promise.resolve(closed);

  constructor(parts: Parts) {
    this.#parts = parts;
    const { limits, log } = parts;
    this.#queue = new HistoryQueue({ limits, log, write: (events) => this.#writeEvents(events) });
    this.#commits = new CommitQueue({
      stepsWaitingMax: limits.pastsWaitingMax,
      flushHistory: () => this.#queue.flush(),
      write: (commit) => this.#commit(commit),
    });
  }

  async load(): Promise<SavedState> {
    await this.#commits.flush();
    await this.#queue.flush();
    const reply = await this.#call({ kind: "load" });
    if (reply.kind !== "state") throw this.#failure(reply);
    for (const sentence of reply.damage) this.#parts.log.error(sentence);
    return reply.state;
  }

  /**
   * What was told before is durable before it, as before `saveMessages`: else a crash could leave a decision that nobody
   * ever hears of, or a memory of events whose ids then come again.
   */
  save(batch: SaveBatch): Promise<SaveOutcome> {
    return this.#commits.save(batch);
  }

  async #commit(commit: Commit): Promise<CommitOutcome> {
    const reply = await this.#call({ kind: "commit", commit });
    if (reply.kind === "committed") return reply;
    const failed: SaveOutcome = { kind: "failed", reason: this.#failure(reply).reason };
    return { batches: failed, steps: failed };
  }

  #storeAfterHistory(call: StoreCall): Promise<SaveOutcome> {
    const store = async (): Promise<SaveOutcome> => {
      await this.#queue.flush();
      return this.#store(call);
    };
    this.#last = this.#last.then(store, store);
    return this.#last;
  }

  async #store(call: StoreCall): Promise<SaveOutcome> {
    const reply = await this.#call(call);
    return reply.kind === "failed" ? reply : { kind: "ok" };
  }

  async loadPast(zone: string): Promise<ZonePast | null> {
    await this.#commits.flush();
    const reply = await this.#call({ kind: "load-past", zone });
    if (reply.kind !== "past") throw this.#failure(reply);
    const { damage, past } = reply.read;
    if (damage !== null) this.#parts.log.error(damage, { zone });
    return past;
  }

  savePast(step: PastStep): Promise<SaveOutcome> {
    return this.#commits.addStep(step);
  }

  async loadMessages(): Promise<readonly SavedMessage[]> {
    const reply = await this.#call({ kind: "load-messages" });
    if (reply.kind !== "messages") throw this.#failure(reply);
    return reply.messages;
  }

  saveMessages(batch: MessageBatch): Promise<SaveOutcome> {
    return this.#storeAfterHistory({ kind: "save-messages", batch });
  }

  append(events: readonly HistoryEvent[]): void {
    if (this.#closing === null) this.#queue.add(events);
  }

  /** What the disk does not take is part of the story, too. */
  async history(query: HistoryQuery): Promise<readonly HistoryEvent[]> {
    let waiting: readonly HistoryEvent[] = [];
    const asked = this.#queue.flush().then(() => {
      waiting = this.#queue.waiting;
      return this.#call({ kind: "history", query });
    });
    const reply = await within(asked, this.#parts.limits.historyMsMax);
    if (reply?.kind === "events") {
      const stored = new Set(reply.events.map(({ id }) => id));
      return pickEvents([...reply.events, ...waiting.filter(({ id }) => !stored.has(id))], query);
    }
    throw this.#failure(reply ?? { kind: "failed", reason: "the disk does not answer" });
  }

  record(batch: RecordingBatch): Promise<SaveOutcome> {
    return this.#closing === null ? this.#store({ kind: "record", batch }) : Promise.resolve(closed);
  }

  async recorded(time: { from: Wall; to: Wall }): Promise<Recorded> {
    const reply = await within(this.#call({ kind: "recorded", ...time }), this.#parts.limits.historyMsMax);
    if (reply?.kind === "recorded") return reply.recorded;
    throw this.#failure(reply ?? { kind: "failed", reason: "the disk does not answer" });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { limits, log, worker, file } = this.#parts;
    const stored = this.#last.catch(() => null);
    const closed = Promise.all([stored, this.#queue.flush(), this.#commits.flush()]).then(() =>
      this.#parts.calls.call({ kind: "close", lastEventId: this.#queue.largestId }),
    );
    const reply = await within(closed, limits.closeMsMax);
    this.#queue.stop();
    if (reply === null) log.warn(`${file} could not be closed within ${limits.closeMsMax} ms.`);
    else if (reply.kind === "failed") log.error(`${file} was not closed in order: ${reply.reason}.`);
    const ended = worker.terminate();
    if (reply !== null) await ended;
    openFiles.delete(file);
  }

  async #writeEvents(events: readonly HistoryEvent[]): Promise<string | null> {
    const reply = await this.#call({ kind: "append", events });
    return reply.kind === "failed" ? reply.reason : null;
  }

  async #call(call: StoreCall): Promise<StoreReply> {
    const { limits, log, calls, file } = this.#parts;
    const warn = (): void => log.warn(`${file} is slow: the disk has not answered for ${limits.slowMs} ms.`);
    const slow = setTimeout(warn, limits.slowMs);
    const reply = await calls.call(call);
    clearTimeout(slow);
    return reply;
  }

  #failure(reply: StoreReply): StoreError {
    const reason = reply.kind === "failed" ? reply.reason : "the store's thread answered something else";
    return new StoreError({ code: "store_failed", file: this.#parts.file, reason });
  }
}

/** Null when `work` has not ended within `ms`. */
async function within<T>(work: Promise<T>, ms: number): Promise<T | null> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<null>((done) => {
    timer = setTimeout(() => done(null), ms);
  });
  try {
    return await Promise.race([work, limit]);
  } finally {
    clearTimeout(timer);
  }
}
