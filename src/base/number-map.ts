/**
 * A map for what comes and goes thousands of times a second under a growing number. A `Map` makes a new table whenever a
 * few dozen entries have come and gone, and V8 keeps the old ones, with everything that stood in them, until it collects
 * the old generation. This one makes nothing unless more is in it than ever before.
 *
 * Open addressing, linear probing; a removal moves later entries back, so nothing marks the place of what is gone.
 */

const bitsMin = 6;
/** Scatters numbers that follow each other: side by side, each removal would have to move all that come after it. */
const goldenRatio = 0x9e_37_79_b1;

export class NumberMap<T> {
  #bits = bitsMin;
  /** 0: free. */
  #keys = new Float64Array(1 << bitsMin);
  #values = new Array<T | undefined>(1 << bitsMin).fill(undefined);
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** `key` is a whole number above 0 that is not in the map. */
  add(key: number, value: T): void {
    if (2 * (this.#size + 1) > this.#keys.length) this.#grow();
    const at = this.#find(0, key);
    this.#keys[at] = key;
    this.#values[at] = value;
    this.#size += 1;
  }

  /** Removes and returns the value of the key. */
  take(key: number): T | undefined {
    const at = this.#find(key, key);
    const value = this.#values[at];
    if (value !== undefined) this.#remove(at);
    return value;
  }

  values(): T[] {
    return this.#values.filter((value) => value !== undefined);
  }

  clear(): void {
    this.#keys.fill(0);
    this.#values.fill(undefined);
    this.#size = 0;
  }

  /** Where `wanted` or a free place is, from the home of `key` on. There is always a free place. */
  #find(wanted: number, key: number): number {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let at = this.#home(key);
    while (keys[at] !== wanted && keys[at] !== 0) at = (at + 1) & mask;
    return at;
  }

  #home(key: number): number {
    return Math.imul(key, goldenRatio) >>> (32 - this.#bits);
  }

  #remove(from: number): void {
    const keys = this.#keys;
    const mask = keys.length - 1;
    let free = from;
    for (let at = (free + 1) & mask; keys[at] !== 0; at = (at + 1) & mask) {
      const key = keys[at] as number;
      const steps = (at - this.#home(key)) & mask;
      if (steps < ((at - free) & mask)) continue;
      keys[free] = key;
      this.#values[free] = this.#values[at];
      free = at;
    }
    keys[free] = 0;
    this.#values[free] = undefined;
    this.#size -= 1;
  }

  #grow(): void {
    const [keys, values] = [this.#keys, this.#values];
    this.#bits += 1;
    this.#keys = new Float64Array(2 * keys.length);
    this.#values = new Array<T | undefined>(2 * keys.length).fill(undefined);
    this.#size = 0;
    for (const [at, value] of values.entries()) if (value !== undefined) this.add(keys[at] as number, value);
  }
}
