/**
 * Where the body of an HTTP answer ends (RFC 9112, 6.3), and its first bytes if somebody looks for something in
 * them. A body longer than the limit is cut there: it is judged on its beginning. Chunked coding (7.1) is undone
 * octet by octet where sizes and line ends are, and by whole pieces where data is.
 */
import { ByteStore } from "./byte-store.ts";
import { chunkLineBytesMax, trailerLinesMax } from "./limits.ts";

export type Framing =
  | { readonly kind: "length"; readonly bytes: number }
  | { readonly kind: "chunked" }
  | { readonly kind: "until-close" };

/** `open`: more is to come. `cut`: the limit was reached. `whole`: complete. */
export type BodyState = "open" | "cut" | "whole";

type ChunkPart = "size" | "data" | "data-end" | "trailer";

export class HttpBody {
  state: BodyState = "open";
  /** What is wrong with the chunked coding. */
  broken: string | null = null;
  /** Bytes came after the end: the connection cannot be trusted with another request. */
  overrun = false;
  seen = 0;
  readonly #framing: Framing;
  readonly #bytesMax: number;
  readonly #store: ByteStore | null;
  #part: ChunkPart = "size";
  #left = 0;
  #line = "";
  #trailers = 0;

  /** `keep`: whether the bytes are wanted or only counted. */
  constructor(framing: Framing, limits: { readonly bytesMax: number; readonly keep: boolean }) {
    this.#framing = framing;
    this.#bytesMax = limits.bytesMax;
    this.#store = limits.keep ? new ByteStore(limits.bytesMax) : null;
  }

  /** What has arrived of the body, at most `bytesMax`; empty when it was only counted. */
  view(): Buffer {
    return this.#store?.view() ?? Buffer.alloc(0);
  }

  take(bytes: Buffer, from: number): void {
    if (this.#framing.kind === "chunked") this.#takeChunked(bytes, from);
    else if (this.#framing.kind === "length") this.#takeLength(bytes, from, this.#framing.bytes);
    else this.#data(bytes, from, bytes.length);
  }

  /** The member closed: whole if the close is what ends the body. */
  end(): void {
    if (this.state === "open" && this.#framing.kind === "until-close") this.state = "whole";
  }

  #takeLength(bytes: Buffer, from: number, length: number): void {
    const to = Math.min(bytes.length, from + length - this.seen);
    this.#data(bytes, from, to);
    if (this.seen === length && length <= this.#bytesMax) this.state = "whole";
    this.overrun = to < bytes.length;
  }

  #data(bytes: Buffer, from: number, to: number): void {
    this.#store?.append(bytes, from, to);
    this.seen += to - from;
    if (this.seen >= this.#bytesMax) this.state = "cut";
  }

  #takeChunked(bytes: Buffer, from: number): void {
    let at = from;
    while (at < bytes.length && this.state === "open" && this.broken === null) {
      at = this.#part === "data" ? this.#chunkData(bytes, at) : this.#chunkOctet(bytes, at);
    }
    this.overrun = this.state === "whole" && at < bytes.length;
  }

  #chunkData(bytes: Buffer, from: number): number {
    const to = Math.min(bytes.length, from + this.#left);
    this.#data(bytes, from, to);
    this.#left -= to - from;
    if (this.#left === 0) this.#part = "data-end";
    return to;
  }

  #chunkOctet(bytes: Buffer, at: number): number {
    const octet = bytes[at] ?? 0;
    if (octet !== 10) {
      this.#line += String.fromCharCode(octet);
      if (this.#line.length > chunkLineBytesMax) this.broken = "a line of the chunked body is too long";
      return at + 1;
    }
    const line = this.#line.endsWith("\r") ? this.#line.slice(0, -1) : this.#line;
    this.#line = "";
    this.#chunkLine(line);
    return at + 1;
  }

  #chunkLine(line: string): void {
    if (this.#part === "data-end") {
      if (line !== "") this.broken = "a chunk is longer than its size";
      this.#part = "size";
    } else if (this.#part === "trailer") {
      if (line === "") this.state = "whole";
      else if (++this.#trailers > trailerLinesMax) this.broken = `more than ${trailerLinesMax} trailer lines`;
    } else this.#chunkSize(line);
  }

  #chunkSize(line: string): void {
    const size = /^([0-9a-fA-F]{1,12})[ \t]*(?:;.*)?$/.exec(line)?.[1];
    if (size === undefined) {
      this.broken = "broken chunk size";
      return;
    }
    this.#left = Number.parseInt(size, 16);
    this.#part = this.#left === 0 ? "trailer" : "data";
  }
}
