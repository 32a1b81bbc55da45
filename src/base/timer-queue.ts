/**
 * An indexed binary heap of wake-up times. Each key (a small integer) has at most one time; setting it again moves
 * it, in O(log n). The controller keeps one for its targets, so one timer serves ten thousand checks.
 */
import { assert } from "./assert.ts";
import { type Mono, never } from "./time.ts";

export class TimerQueue {
  readonly #heap: number[] = [];
  /** Position in the heap by key; -1: not queued. */
  readonly #place: number[] = [];
  readonly #at: Mono[] = [];

  /** The earliest time, or `never`. */
  get nextAt(): Mono {
    const key = this.#heap[0];
    return key === undefined ? never : this.#timeOf(key);
  }

  /** Sets when `key` is due; `never` takes it out. */
  set(key: number, at: Mono): void {
    assert(Number.isInteger(key) && key >= 0, "timer keys are small integers");
    while (this.#place.length <= key) {
      this.#place.push(-1);
      this.#at.push(never);
    }
    const place = this.#placeOf(key);
    if (at === never) {
      if (place >= 0) this.#remove(place);
      return;
    }
    this.#at[key] = at;
    if (place < 0) {
      this.#heap.push(key);
      this.#place[key] = this.#heap.length - 1;
      this.#rise(this.#heap.length - 1);
      return;
    }
    this.#rise(place);
    this.#sink(this.#placeOf(key));
  }

  /** Takes out and returns the earliest key due at or before `now`, or null. */
  takeDue(now: Mono): number | null {
    const key = this.#heap[0];
    if (key === undefined || this.#timeOf(key) > now) return null;
    this.#remove(0);
    return key;
  }

  #timeOf(key: number): Mono {
    return this.#at[key] ?? never;
  }

  #placeOf(key: number): number {
    return this.#place[key] ?? -1;
  }

  #keyAt(place: number): number {
    const key = this.#heap[place];
    assert(key !== undefined, "heap place out of range");
    return key;
  }

  #remove(place: number): void {
    const key = this.#keyAt(place);
    const last = this.#heap.pop();
    assert(last !== undefined, "removing from an empty heap");
    this.#place[key] = -1;
    if (last === key) return;
    this.#heap[place] = last;
    this.#place[last] = place;
    this.#rise(place);
    this.#sink(this.#placeOf(last));
  }

  #swap(a: number, b: number): void {
    const keyA = this.#keyAt(a);
    const keyB = this.#keyAt(b);
    this.#heap[a] = keyB;
    this.#heap[b] = keyA;
    this.#place[keyA] = b;
    this.#place[keyB] = a;
  }

  #earlier(a: number, b: number): boolean {
    return this.#timeOf(this.#keyAt(a)) < this.#timeOf(this.#keyAt(b));
  }

  #rise(from: number): void {
    let place = from;
    while (place > 0) {
      const parent = (place - 1) >> 1;
      if (!this.#earlier(place, parent)) return;
      this.#swap(place, parent);
      place = parent;
    }
  }

  #sink(from: number): void {
    let place = from;
    for (;;) {
      const left = 2 * place + 1;
      if (left >= this.#heap.length) return;
      const right = left + 1;
      const child = right < this.#heap.length && this.#earlier(right, left) ? right : left;
      if (!this.#earlier(child, place)) return;
      this.#swap(place, child);
      place = child;
    }
  }
}
