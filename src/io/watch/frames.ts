/** Messages on a stream: a length in four octets, then so many octets of JSON. Whoever breaks a limit is cut. */
import type { TLSSocket } from "node:tls";
import {
  messageOctetsMax,
  messagesBurst,
  messagesPerSecond,
  patienceMs,
  silenceMs,
  unsentOctetsMax,
} from "./limits.ts";

const lengthOctets = 4;

export interface FrameEnd {
  /** Octets of one message. */
  readonly octetsMax: number;
  onMessage(text: string): void;
  /** Once, when the connection is over, whoever ended it. */
  onEnd(why: string): void;
}

/** A message on its way in must be complete within `patienceMs`; without any for `silenceMs` the connection ends. */
export class Frames {
  readonly #socket: TLSSocket;
  readonly #end: FrameEnd;
  #chunks: Buffer[] = [];
  #held = 0;
  #wanted: number | null = null;
  #budget = messagesBurst;
  #budgetAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #over = false;

  constructor(socket: TLSSocket, end: FrameEnd) {
    this.#socket = socket;
    this.#end = end;
    this.#wait(silenceMs, "it was silent for too long");
    socket.setNoDelay(true);
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", (error) => this.cut(error.message));
    socket.on("close", () => this.cut("the connection was closed"));
  }

  send(message: object): void {
    if (this.#over) return;
    const body = Buffer.from(JSON.stringify(message));
    const head = Buffer.alloc(lengthOctets);
    head.writeUInt32BE(body.length);
    if (body.length > messageOctetsMax) return this.cut("a message is too long to be sent");
    this.#socket.write(Buffer.concat([head, body]));
    if (this.#socket.writableLength > unsentOctetsMax) this.cut("it does not read what it is sent");
  }

  /** Ends the connection once everything was sent. */
  finish(why: string): void {
    if (this.#over) return;
    this.#conclude(why);
    this.#socket.end();
    this.#socket.setTimeout(patienceMs, () => this.#socket.destroy());
  }

  cut(why: string): void {
    this.#socket.destroy();
    if (!this.#over) this.#conclude(why);
  }

  #conclude(why: string): void {
    this.#over = true;
    clearTimeout(this.#timer);
    this.#end.onEnd(why);
  }

  #wait(ms: number, why: string): void {
    clearTimeout(this.#timer);
    if (!this.#over) this.#timer = setTimeout(() => this.cut(why), ms);
  }

  #take(chunk: Buffer): void {
    if (this.#over) return;
    if (this.#held === 0) this.#wait(patienceMs, "its message did not end in time");
    this.#chunks.push(chunk);
    this.#held += chunk.length;
    while (!this.#over && this.#takeOne());
  }

  #takeOne(): boolean {
    if (this.#wanted === null) {
      if (this.#held < lengthOctets) return false;
      this.#wanted = this.#pull(lengthOctets).readUInt32BE();
      const { octetsMax } = this.#end;
      if (this.#wanted > octetsMax || this.#wanted === 0) {
        this.cut(`a message of ${this.#wanted} octets, where ${octetsMax} are the limit`);
        return false;
      }
    }
    if (this.#held < this.#wanted) return false;
    const text = this.#pull(this.#wanted).toString("utf8");
    this.#wanted = null;
    if (this.#isTooFast()) {
      this.cut("it sends more messages than it may");
      return false;
    }
    clearTimeout(this.#timer);
    if (this.#held > 0) this.#wait(patienceMs, "its message did not end in time");
    else this.#wait(silenceMs, "it was silent for too long");
    this.#end.onMessage(text);
    return true;
  }

  #pull(count: number): Buffer {
    const all =
      this.#chunks.length === 1 && this.#chunks[0] !== undefined ? this.#chunks[0] : Buffer.concat(this.#chunks);
    const rest = all.subarray(count);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#held = rest.length;
    return all.subarray(0, count);
  }

  #isTooFast(): boolean {
    const now = performance.now();
    const gained = ((now - this.#budgetAt) / 1000) * messagesPerSecond;
    this.#budget = Math.min(messagesBurst, this.#budget + gained) - 1;
    this.#budgetAt = now;
    return this.#budget < 0;
  }
}
