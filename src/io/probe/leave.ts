/**
 * A connection that has done its work says goodbye in its protocol, so that the server's log shows no lost client, and
 * lets the server close: the verdict is given already and does not depend on it. A server that takes too long is left.
 */
import { Deadline, type Deadlines } from "./deadlines.ts";
import { leaveMsMax } from "./limits.ts";
import type { Line, LineOwner } from "./line.ts";

export class Leave extends Deadline implements LineOwner {
  readonly #line: Line;
  readonly #deadlines: Deadlines;
  readonly #onOver: () => void;

  constructor(line: Line, deadlines: Deadlines, onOver: () => void) {
    super();
    this.#line = line;
    this.#deadlines = deadlines;
    this.#onOver = onOver;
  }

  start(goodbye: Buffer): void {
    this.#line.owner = this;
    this.#deadlines.set(this, leaveMsMax);
    this.#line.write(goodbye);
  }

  /** At once. */
  end(): void {
    this.#deadlines.clear(this);
    this.#line.close();
    this.#onOver();
  }

  override onDue(): void {
    this.end();
  }

  lineOpened(): void {}

  lineBytes(): void {
    this.end();
  }

  lineEnded(): void {
    this.end();
  }
}
