/**
 * The head of an HTTP/1.x answer: status line and headers (RFC 9112, 4 and 5), read from bytes without making
 * strings of what nobody asks for. Strict where laxness hides a broken server: a folded line, a bare CR, a control
 * character or a name with a space makes the head broken. Lenient where the RFC allows it (2.2): a line may end
 * in LF alone, and the reason phrase may be missing.
 */
import { headerLinesMax } from "./limits.ts";
import { quoteBytes } from "./quote.ts";

export interface Head {
  readonly status: number;
  /** Content-Length; -1: none was given. */
  readonly length: number;
  readonly chunked: boolean;
  /** Whether the server offers to keep the connection (RFC 9112, 9.3). */
  readonly persistent: boolean;
  readonly location: string | null;
  readonly lastModified: string | null;
}

const lf = 10;
const cr = 13;
const colon = 58;
const prefix = Buffer.from("HTTP/1.", "latin1");

/** `tokens[octet]` is 1 for the characters of a field name (RFC 9110, 5.6.2). */
const tokens = new Uint8Array(256);
for (const char of "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") {
  tokens[char.charCodeAt(0)] = 1;
}

const wantedTexts = ["content-length", "connection", "transfer-encoding", "location", "last-modified"] as const;

interface WantedName {
  readonly text: (typeof wantedTexts)[number];
  readonly octets: Buffer;
}

const wantedNames: readonly WantedName[] = wantedTexts.map((text) => ({ text, octets: Buffer.from(text, "latin1") }));

/** Which of the wanted names the bytes are, in any case; null: none. */
function findName(bytes: Buffer, from: number, to: number): WantedName["text"] | null {
  for (const { octets, text } of wantedNames) {
    if (octets.length === to - from && isSameName(octets, bytes, from)) return text;
  }
  return null;
}

/** Setting bit 5 makes capital letters small, and makes no other token character a letter or a hyphen. */
function isSameName(octets: Buffer, bytes: Buffer, from: number): boolean {
  for (let i = 0; i < octets.length; i++) {
    if (((bytes[from + i] ?? 0) | 32) !== octets[i]) return false;
  }
  return true;
}

/** The offset after the empty line that ends the head, or -1. `from` may point anywhere into an earlier search. */
export function findHeadEnd(bytes: Buffer, from: number): number {
  for (let i = from; i < bytes.length; i++) {
    if (bytes[i] !== lf) continue;
    const next = bytes[i + 1];
    if (next === lf) return i + 2;
    if (next === cr && bytes[i + 2] === lf) return i + 3;
  }
  return -1;
}

/** Null while the bytes could be the beginning of an HTTP/1.x answer; else what is wrong. */
export function whyNotHttp(bytes: Buffer): string | null {
  const length = Math.min(bytes.length, prefix.length);
  for (let i = 0; i < length; i++) {
    if (bytes[i] !== prefix[i]) return `answer is not HTTP/1: ${quoteBytes(bytes)}`;
  }
  return null;
}

/** Reads the head that ends at `end`; a string says what is broken. The caller has checked `whyNotHttp`. */
export function parseHead(bytes: Buffer, end: number): Head | string {
  const firstEnd = bytes.indexOf(lf, 0);
  const status = parseStatus(bytes);
  if (status < 0) return `broken status line ${quoteBytes(bytes.subarray(0, firstEnd))}`;
  const fields = new Fields(bytes[7] === 49);
  let lines = 0;
  for (let from = firstEnd + 1; from < end; ) {
    const lineEnd = bytes.indexOf(lf, from);
    const to = bytes[lineEnd - 1] === cr ? lineEnd - 1 : lineEnd;
    if (to <= from) break;
    if (++lines > headerLinesMax) return `more than ${headerLinesMax} header lines`;
    if (!fields.read(bytes, from, to)) return `broken header line ${quoteBytes(bytes.subarray(from, to))}`;
    from = lineEnd + 1;
  }
  return fields.broken ?? fields.finish(status);
}

/** "HTTP/1.d SP ddd", then a space or the end of the line (RFC 9112, 4); -1: broken. */
function parseStatus(bytes: Buffer): number {
  const minor = bytes[7];
  const after = bytes[12];
  if (minor !== 48 && minor !== 49) return -1;
  if (bytes[8] !== 32 || (after !== 32 && after !== cr && after !== lf)) return -1;
  const [a, b, c] = [digit(bytes[9]), digit(bytes[10]), digit(bytes[11])];
  return a < 1 || b < 0 || c < 0 ? -1 : a * 100 + b * 10 + c;
}

function digit(octet: number | undefined): number {
  return octet !== undefined && octet >= 48 && octet <= 57 ? octet - 48 : -1;
}

const digits = /^\d{1,15}$/;

/** Of a list whose members are all the same; -1: it is none. */
function commonLength(value: string): number {
  const [first = "", ...others] = value.split(",").map((part) => part.trim());
  return digits.test(first) && others.every((other) => other === first) ? Number(first) : -1;
}

/** The few fields that frame a message or steer the probe; all others are only checked for their form. */
class Fields {
  /** What makes the framing untrustworthy, such as two different lengths. */
  broken: string | null = null;
  #length = -1;
  #transferCoded = false;
  #chunked = false;
  #persistent: boolean;
  #location: string | null = null;
  #lastModified: string | null = null;

  constructor(isHttp11: boolean) {
    this.#persistent = isHttp11;
  }

  /** One line without its end; false: it is not a header line. */
  read(bytes: Buffer, from: number, to: number): boolean {
    let at = from;
    while (at < to && tokens[bytes[at] ?? 0] === 1) at++;
    if (at === from || bytes[at] !== colon) return false;
    for (let i = at + 1; i < to; i++) {
      const octet = bytes[i] ?? 0;
      if (octet < 32 ? octet !== 9 : octet === 127) return false;
    }
    const name = findName(bytes, from, at);
    if (name !== null) this.#note(name, bytes.toString("latin1", at + 1, to).trim());
    return true;
  }

  #note(name: WantedName["text"], value: string): void {
    switch (name) {
      case "content-length":
        return this.#noteLength(value);
      case "connection":
        return this.#noteConnection(value.toLowerCase());
      case "transfer-encoding":
        return this.#noteTransferCoding(value.toLowerCase());
      case "location":
        this.#location = value;
        return;
      case "last-modified":
        this.#lastModified = value;
    }
  }

  /** The same length twice is tolerated (RFC 9110, 8.6), two lengths are not. */
  #noteLength(value: string): void {
    const length = digits.test(value) ? Number(value) : commonLength(value);
    if (length < 0) this.broken = `broken Content-Length '${value.slice(0, 40)}'`;
    else if (this.#length >= 0 && this.#length !== length) this.broken = "two different Content-Lengths";
    this.#length = length;
  }

  #noteConnection(value: string): void {
    if (value === "keep-alive") {
      this.#persistent = true;
      return;
    }
    const options = new Set(value.split(",").map((option) => option.trim()));
    if (options.has("close")) this.#persistent = false;
    else if (options.has("keep-alive")) this.#persistent = true;
  }

  /** Nothing but `chunked` was asked for, so anything else makes the body unreadable (RFC 9112, 6.1). */
  #noteTransferCoding(value: string): void {
    if (value !== "chunked" || this.#transferCoded) this.broken = `unknown transfer coding '${value.slice(0, 40)}'`;
    this.#transferCoded = true;
    this.#chunked = value === "chunked";
  }

  /** Both framings together: the coding wins and the connection is not trusted any more (RFC 9112, 6.3). */
  finish(status: number): Head {
    const both = this.#chunked && this.#length >= 0;
    const length = this.#chunked ? -1 : this.#length;
    return {
      status,
      length,
      chunked: this.#chunked,
      persistent: this.#persistent && !both,
      location: this.#location,
      lastModified: this.#lastModified,
    };
  }
}
