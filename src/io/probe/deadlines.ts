/**
 * Timeouts of all running probes on one coarse timer: a wheel of slots, each a ring of linked entries, so setting and
 * clearing one costs a few pointer writes and no allocation.
 *
 * The wheel counts attended time. A sweep runs after the poll phase that follows its timer, so answers which already
 * lie in the kernel are read before anybody is declared late; and one sweep counts at most `stallMsMax`, so a pause
 * of this process is not taken from the members' time.
 */
import { assert } from "../../base/assert.ts";
import { deadlineIdleMs, deadlineSlots, deadlineTickMs, stallMsMax } from "./limits.ts";

/** One timeout; the owner embeds or extends it. */
export class Deadline {
  dueTick = 0;
  before: Deadline | null = null;
  after: Deadline | null = null;

  /** Called once when the time is up. */
  onDue(): void {}
}

export class Deadlines {
  readonly #slots: Deadline[] = Array.from({ length: deadlineSlots }, makeRing);
  #tick = 0;
  #sweptAtMs = 0;
  #count = 0;
  #emptySweeps = 0;
  #timer: NodeJS.Timeout | null = null;

  /** Sets `deadline`; it fires `ms` from now or up to two ticks later. */
  set(deadline: Deadline, ms: number): void {
    this.clear(deadline);
    deadline.dueTick = this.#tick + 1 + Math.ceil(ms / deadlineTickMs);
    const ring = this.#ring(deadline.dueTick);
    deadline.before = ring.before;
    deadline.after = ring;
    if (ring.before !== null) ring.before.after = deadline;
    ring.before = deadline;
    this.#count++;
    if (this.#timer === null) this.#start();
  }

  clear(deadline: Deadline): void {
    const { before, after } = deadline;
    if (before === null || after === null) return;
    before.after = after;
    after.before = before;
    deadline.before = null;
    deadline.after = null;
    this.#count--;
  }

  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
  }

  #ring(tick: number): Deadline {
    const ring = this.#slots[tick % deadlineSlots];
    assert(ring !== undefined, "the wheel has a ring in every slot");
    return ring;
  }

  #start(): void {
    this.#sweptAtMs = performance.now();
    this.#emptySweeps = 0;
    this.#timer = setInterval(() => setImmediate(() => this.#sweep()), deadlineTickMs);
  }

  #sweep(): void {
    const now = performance.now();
    const ticks = Math.floor((now - this.#sweptAtMs) / deadlineTickMs);
    this.#sweptAtMs = ticks * deadlineTickMs > stallMsMax ? now : this.#sweptAtMs + ticks * deadlineTickMs;
    for (let i = Math.min(ticks, stallMsMax / deadlineTickMs); i > 0; i--) this.#turn(++this.#tick);
    this.#emptySweeps = this.#count === 0 ? this.#emptySweeps + 1 : 0;
    if (this.#emptySweeps * deadlineTickMs >= deadlineIdleMs) this.close();
  }

  #turn(tick: number): void {
    const ring = this.#ring(tick);
    for (;;) {
      const due = firstDue(ring, tick);
      if (due === null) return;
      this.clear(due);
      due.onDue();
    }
  }
}

function makeRing(): Deadline {
  const ring = new Deadline();
  ring.before = ring;
  ring.after = ring;
  return ring;
}

/** Entries of later turns share the slot; a callback may change the ring, so the search starts anew each time. */
function firstDue(ring: Deadline, tick: number): Deadline | null {
  for (let entry = ring.after; entry !== null && entry !== ring; entry = entry.after) {
    if (entry.dueTick <= tick) return entry;
  }
  return null;
}
