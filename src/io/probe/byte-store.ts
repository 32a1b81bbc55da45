/**
 * Bytes collected over several reads, up to a limit. It grows by doubling, so an answer that arrives one byte at a
 * time costs no more than one that arrives at once.
 */
export class ByteStore {
  readonly #max: number;
  #buffer: Buffer = Buffer.alloc(0);
  #length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get length(): number {
    return this.#length;
  }

  get isFull(): boolean {
    return this.#length >= this.#max;
  }

  /** Copies as much of `bytes` as still fits; returns how much. */
  append(bytes: Buffer, from: number, to: number): number {
    const taken = Math.min(to - from, this.#max - this.#length);
    const needed = this.#length + taken;
    if (needed > this.#buffer.length) {
      const grown = Buffer.allocUnsafe(Math.min(this.#max, Math.max(needed, 2 * this.#buffer.length, 256)));
      this.#buffer.copy(grown, 0, 0, this.#length);
      this.#buffer = grown;
    }
    bytes.copy(this.#buffer, this.#length, from, from + taken);
    this.#length = needed;
    return taken;
  }

  view(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
  }
}
