/**
 * Standard output, written to without waiting for anybody: whoever reads it may be stuck or gone, or the disk that it goes
 * to full. Lines leave in their order, one write at a time; what cannot be written is lost, and muster goes on.
 */
import { write } from "node:fs";

/** What waits for somebody who does not read; beyond, new lines are dropped. */
const waitingCharsMax = 4 * 1024 * 1024;
const againMs = 20;
const descriptor = 1;

export class Output {
  #waiting: string[] = [];
  #waitingChars = 0;
  #writing = false;

  write(line: string): void {
    if (this.#waitingChars + line.length > waitingCharsMax) return;
    this.#waiting.push(line);
    this.#waitingChars += line.length;
    if (!this.#writing) this.#writeWaiting();
  }

  #writeWaiting(): void {
    const bytes = Buffer.from(this.#waiting.join(""), "utf8");
    this.#waiting = [];
    this.#waitingChars = 0;
    this.#writing = bytes.length > 0;
    if (this.#writing) this.#writeBytes(bytes);
  }

  #writeBytes(bytes: Buffer): void {
    write(descriptor, bytes, 0, bytes.length, null, (error, written) => {
      const rest = bytes.subarray(written);
      // A pipe that does not block is full for a moment.
      if (error?.code === "EAGAIN") setTimeout(() => this.#writeBytes(bytes), againMs);
      else if (error !== null || rest.length === 0) this.#writeWaiting();
      else this.#writeBytes(rest);
    });
  }
}
