/**
 * Events on their way to the disk: gathered for a moment, then written together, one batch at a time. A disk that
 * is stuck or full makes the queue grow to its limit; then the oldest events are dropped, counted and reported once
 * the disk is back. Deciding never waits for this queue.
 */
import { counted } from "../../base/listed.ts";
import type { HistoryEvent } from "../../core/model.ts";
import type { Log } from "../../ports/log.ts";
import type { StoreLimits } from "./limits.ts";

/** Null: stored. Otherwise why nothing was. */
export type WriteEvents = (events: readonly HistoryEvent[]) => Promise<string | null>;

export class HistoryQueue {
  readonly #limits: StoreLimits;
  readonly #log: Log;
  readonly #write: WriteEvents;
  #queue: HistoryEvent[] = [];
  #timer: NodeJS.Timeout | null = null;
  #writing: Promise<void> | null = null;
  #dropped = 0;
  #failing = false;
  #largestId = 0;

  constructor(options: { readonly limits: StoreLimits; readonly log: Log; readonly write: WriteEvents }) {
    this.#limits = options.limits;
    this.#log = options.log;
    this.#write = options.write;
  }

  get largestId(): number {
    return this.#largestId;
  }

  /** What the disk has not taken. */
  get waiting(): readonly HistoryEvent[] {
    return this.#queue;
  }

  add(events: readonly HistoryEvent[]): void {
    for (const event of events) {
      this.#queue.push(event);
      this.#largestId = Math.max(this.#largestId, event.id);
    }
    this.#dropOldest();
    if (this.#queue.length >= this.#limits.flushEvents && !this.#failing) void this.flush();
    else this.#schedule();
  }

  /** Hands over all that is queued and resolves when the disk has taken it, or has refused it. */
  async flush(): Promise<void> {
    await this.#writing;
    this.#stopTimer();
    if (this.#queue.length === 0) return;
    this.#writing ??= this.#writeQueued().finally(() => {
      this.#writing = null;
      if (this.#queue.length > 0) this.#schedule();
    });
    await this.#writing;
  }

  stop(): void {
    this.#stopTimer();
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.flush(), this.#limits.flushMs);
  }

  #stopTimer(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
  }

  #dropOldest(): void {
    const surplus = this.#queue.length - this.#limits.queueEventsMax;
    if (surplus <= 0) return;
    this.#queue.splice(0, surplus);
    this.#dropped += surplus;
  }

  async #writeQueued(): Promise<void> {
    const events = this.#queue;
    this.#queue = [];
    const reason = await this.#write(events);
    if (reason === null) return this.#noteSuccess();
    this.#queue = [...events, ...this.#queue];
    this.#dropOldest();
    if (!this.#failing) this.#log.error(`History cannot be written: ${reason}.`, { queued: this.#queue.length });
    this.#failing = true;
  }

  #noteSuccess(): void {
    if (this.#failing || this.#dropped > 0)
      this.#log.warn(`History is written again; ${counted(this.#dropped, "event")} dropped meanwhile.`, {
        dropped: this.#dropped,
      });
    this.#failing = false;
    this.#dropped = 0;
  }
}
