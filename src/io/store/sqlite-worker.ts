/**
 * The thread that owns the database: it does one call after the other, in the order in which they came, so a slow
 * disk holds up nothing but itself. Every failure is an answer; this thread never ends on its own.
 */
import { parentPort, workerData } from "node:worker_threads";
import type { DatabaseSync } from "node:sqlite";
import { assert } from "../../base/assert.ts";
import { StoreError } from "./errors.ts";
import {
  insertEvents,
  largestEventId,
  largestStoredId,
  pruneEvents,
  queryEvents,
  reserveEventIds,
} from "./history-table.ts";
import { eventIdBlock } from "./limits.ts";
import type { Commit, CommitOutcome } from "./commit-queue.ts";
import type { StoreCall, StoreMessage, StoreReply, StoreRequest, WorkerInput } from "./messages.ts";
import { readMessages, writeMessages } from "./message-table.ts";
import { openDatabase } from "./open-database.ts";
import { PastTables } from "./past-tables.ts";
import { RecordedTables } from "./recorded-tables.ts";
import { sqliteReason } from "./sqlite-reason.ts";
import { readState, writeBatch } from "./state-tables.ts";
import { keepFile, type Place, placeOf } from "./keep-file.ts";
import { inTransaction } from "./transaction.ts";
import type { SaveOutcome } from "../../ports/store.ts";
import type { HistoryEvent } from "../../core/model.ts";

const { file, limits } = workerData as WorkerInput;

function send(message: StoreMessage): void {
  assert(parentPort !== null, "the store's thread has a parent");
  parentPort.postMessage(message);
}

/** The database and what this thread remembers about it. */
class Session {
  readonly #db: DatabaseSync;
  readonly #lastEventId: number;
  #reserved: number;
  #untilPrune = 0;
  readonly #pasts: PastTables;
  readonly #record: RecordedTables;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#pasts = new PastTables(db);
    this.#record = new RecordedTables(db);
    this.#lastEventId = largestEventId(db);
    this.#reserved = this.#tryReserve(this.#lastEventId + eventIdBlock);
  }

  /** A full disk must not keep muster from serving what it knows; the first events try again. */
  #tryReserve(upTo: number): number {
    try {
      return reserveEventIds(this.#db, upTo);
    } catch {
      return this.#lastEventId;
    }
  }

  get db(): DatabaseSync {
    return this.#db;
  }

  run(call: StoreCall): StoreReply {
    switch (call.kind) {
      case "load":
        return this.#load();
      case "commit":
        return { kind: "committed", ...this.#commit(call.commit) };
      case "load-past":
        return { kind: "past", read: this.#pasts.read(call.zone) };
      case "load-messages":
        return { kind: "messages", messages: readMessages(this.#db) };
      case "save-messages":
        writeMessages(this.#db, call.batch);
        return { kind: "done" };
      case "append":
        this.#append(call.events);
        return { kind: "done" };
      case "history":
        return { kind: "events", events: queryEvents(this.#db, call.query) };
      case "record":
        this.#lightly(() => this.#record.write(call.batch, Date.now()));
        return { kind: "done" };
      case "recorded":
        return { kind: "recorded", recorded: this.#record.read(call) };
      case "close":
        return this.#close(call.lastEventId);
    }
  }

  /** All in one transaction. When that fails, what it was made of is tried apart. */
  #commit({ batches, steps }: Commit): CommitOutcome {
    const whole = this.#tryWrite({ batches, steps });
    if (whole.kind === "ok" || batches.length === 0 || steps.length === 0) return { batches: whole, steps: whole };
    return { batches: this.#tryWrite({ batches, steps: [] }), steps: this.#tryWrite({ batches: [], steps }) };
  }

  #tryWrite({ batches, steps }: Commit): SaveOutcome {
    try {
      inTransaction(this.#db, () => {
        for (const batch of batches) writeBatch(this.#db, batch);
        this.#pasts.write(steps);
      });
      return { kind: "ok" };
    } catch (error) {
      this.#pasts.rolledBack();
      return { kind: "failed", reason: sqliteReason(error) };
    }
  }

  #load(): StoreReply {
    const { damage, state } = readState(this.#db);
    return { kind: "state", state: { ...state, lastEventId: this.#lastId() }, damage };
  }

  /** Reserved ids of an earlier run count as handed out; those of this run count when their events are stored. */
  #lastId(): number {
    return Math.max(this.#lastEventId, largestStoredId(this.#db));
  }

  /**
   * History may lose its last moments when the power fails, so it does not wait for the disk (synchronous NORMAL);
   * the next decision brings it to the platter, since both go through one log. The reservation does wait.
   */
  #append(events: readonly HistoryEvent[]): void {
    const largest = events.reduce((id, event) => Math.max(id, event.id), 0);
    if (largest > this.#reserved - eventIdBlock / 2) this.#reserved = reserveEventIds(this.#db, largest + eventIdBlock);
    this.#lightly(() => {
      insertEvents(this.#db, events);
      this.#untilPrune -= events.length;
      if (this.#untilPrune <= 0) this.#prune();
    });
  }

  #lightly(write: () => void): void {
    this.#db.exec("PRAGMA synchronous = NORMAL");
    try {
      write();
    } finally {
      this.#db.exec("PRAGMA synchronous = FULL");
    }
  }

  #prune(): void {
    pruneEvents(this.#db, limits, Date.now());
    this.#untilPrune = limits.pruneEvery;
  }

  /** A file that could not be given its last touch is still whole: the next start does without it. */
  #close(lastEventId: number): StoreReply {
    try {
      reserveEventIds(this.#db, Math.max(this.#lastEventId, lastEventId));
    } finally {
      this.#db.close();
    }
    return { kind: "done" };
  }
}

/** The session, with the database at its path. */
class Home {
  #session: Session;
  #place: Place;
  readonly #timer = setInterval(() => this.#keep(), keepEveryMs);

  constructor(session: Session) {
    this.#session = session;
    this.#place = placeOf(file);
  }

  run(call: StoreCall): StoreReply {
    if (call.kind === "close") clearInterval(this.#timer);
    // What is read is the same wherever it lies.
    const failed = isWriting(call) ? this.#keep() : null;
    if (failed !== null && call.kind !== "close") return { kind: "failed", reason: failed };
    const reply = this.#session.run(call);
    return failed === null ? reply : { kind: "failed", reason: failed };
  }

  /** Null: all is well. */
  #keep(): string | null {
    try {
      return this.#keepOrThrow();
    } catch (error) {
      return sqliteReason(error);
    }
  }

  #keepOrThrow(): string | null {
    const kept = keepFile(this.#session.db, this.#place);
    if (kept.kind === "failed") return kept.reason;
    if (kept.kind === "same" && this.#place.log === null) this.#place = placeOf(file);
    if (kept.kind === "same") return null;
    this.#session = new Session(kept.db);
    this.#place = placeOf(file);
    send({ kind: "remark", sentence: kept.sentence });
    return null;
  }
}

/** Also while nothing is written, so that `kill -9` finds the file in its place. */
const keepEveryMs = 5_000;

function isWriting({ kind }: StoreCall): boolean {
  return kind === "commit" || kind === "append" || kind === "record" || kind === "save-messages" || kind === "close";
}

function answer(home: Home, request: StoreRequest): StoreReply {
  try {
    return home.run(request.call);
  } catch (error) {
    return { kind: "failed", reason: sqliteReason(error) };
  }
}

async function openSession(): Promise<Session> {
  const db = await openDatabase(file, limits.lockMsMax);
  try {
    return new Session(db);
  } catch (error) {
    db.close();
    throw new StoreError({ code: "store_failed", file, reason: sqliteReason(error) }, { cause: error });
  }
}

async function main(): Promise<void> {
  try {
    const home = new Home(await openSession());
    parentPort?.on("message", (request: StoreRequest) => {
      send({ kind: "reply", id: request.id, reply: answer(home, request) });
      if (request.call.kind === "close") parentPort?.close();
    });
    send({ kind: "opened" });
  } catch (error) {
    const refusal =
      error instanceof StoreError ? error : new StoreError({ code: "store_failed", file, reason: String(error) });
    send({ kind: "refused", refusal: { code: refusal.code, file: refusal.file, reason: refusal.reason } });
  }
}

await main();
