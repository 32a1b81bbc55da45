/**
 * Splits master-file text into tokens (RFC 1035, 5.1): words, quoted strings, and the end of an entry, which a
 * newline is unless it stands inside parentheses. The text's UTF-16 units are octets (a file read as latin1).
 *
 * It works on indexes: `next` moves `start` and `end` and makes no string, since most entries of a large zone can be
 * understood where they stand.
 */

/** What `next` met. Numbers, since this is the inner loop. */
export const tokenKind = { end: 0, word: 1, quoted: 2, fault: 3 } as const;
export type TokenKind = (typeof tokenKind)[keyof typeof tokenKind];

const tab = 9;
const newline = 10;
const carriageReturn = 13;
const space = 32;
const quote = 34;
const open = 40;
const close = 41;
const semicolon = 59;
const equals = 61;
const backslash = 92;

/** 1 for units that end a word. */
const endsWord = new Uint8Array(256);
for (const unit of [tab, newline, carriageReturn, space, quote, open, close, semicolon]) endsWord[unit] = 1;

export class Scanner {
  readonly text: string;
  /** The index of the next unit. */
  at = 0;
  line = 1;
  private lineStart = 0;
  private depth = 0;
  /** The present token: its text is `text.slice(start, end)`, without quotes. */
  start = 0;
  end = 0;
  /** Whether a backslash stands in the token. */
  escaped = false;
  /** Where the present token starts. */
  tokenLine = 1;
  private tokenLineStart = 0;
  /** What is wrong, when `next` returned `fault`. */
  problem = "";
  /** True when the present token is the end of an entry. */
  ended = true;
  /** True while `key="value"` is one token, as SVCB parameters are written (RFC 9460, 2.1). */
  pairs = false;

  constructor(text: string) {
    this.text = text;
  }

  /** The column of the present token, from 1. */
  get column(): number {
    return this.start - this.tokenLineStart + 1;
  }

  get finished(): boolean {
    return this.at >= this.text.length;
  }

  /** Reads the next token. `end` is also what the end of the text gives, any number of times. */
  next(): TokenKind {
    const text = this.text;
    for (;;) {
      const code = this.at < text.length ? text.charCodeAt(this.at) : -1;
      if (code === space || code === tab || code === carriageReturn) {
        this.at += 1;
      } else if (code === newline) {
        this.mark();
        this.at += 1;
        this.line += 1;
        this.lineStart = this.at;
        if (this.depth === 0) {
          this.ended = true;
          return tokenKind.end;
        }
      } else if (code === semicolon) {
        this.skipComment();
      } else if (code === open || code === close) {
        if (!this.nest(code === open)) return tokenKind.fault;
      } else if (code < 0) {
        return this.endOfText();
      } else {
        this.mark();
        return code === quote ? this.quoted() : this.word();
      }
    }
  }

  private mark(): void {
    this.ended = false;
    this.start = this.at;
    this.end = this.at;
    this.tokenLine = this.line;
    this.tokenLineStart = this.lineStart;
  }

  private skipComment(): void {
    const behind = this.text.indexOf("\n", this.at);
    this.at = behind < 0 ? this.text.length : behind;
  }

  private nest(opening: boolean): boolean {
    this.mark();
    this.at += 1;
    this.depth += opening ? 1 : -1;
    if (this.depth >= 0) return true;
    this.depth = 0;
    this.problem = 'found ")" without a "(" before it';
    return false;
  }

  private endOfText(): TokenKind {
    this.mark();
    this.ended = true;
    if (this.depth === 0) return tokenKind.end;
    this.depth = 0;
    this.problem = 'the file ends inside parentheses, expected ")"';
    return tokenKind.fault;
  }

  private word(): TokenKind {
    const text = this.text;
    const length = text.length;
    let at = this.at;
    this.escaped = false;
    while (at < length) {
      const code = text.charCodeAt(at);
      if (code < 256 && endsWord[code] === 1) {
        if (code !== quote || !this.pairs || text.charCodeAt(at - 1) !== equals) break;
        return this.pairedQuote(at);
      }
      if (code === backslash) {
        this.escaped = true;
        if (text.charCodeAt(at + 1) === newline) break;
        at += 1;
      }
      at += 1;
    }
    this.at = Math.min(at, length);
    this.end = this.at;
    if (this.end > this.start) return tokenKind.word;
    this.at += 1;
    this.problem = "found a backslash at the end of a line, which escapes nothing";
    return tokenKind.fault;
  }

  /** `key="value"`: the token keeps its quotes, `tokenText` takes them off. */
  private pairedQuote(at: number): TokenKind {
    const behind = this.closingQuote(at);
    if (behind < 0) return tokenKind.fault;
    this.at = behind + 1;
    this.end = behind + 1;
    return tokenKind.word;
  }

  private quoted(): TokenKind {
    const behind = this.closingQuote(this.at);
    if (behind < 0) return tokenKind.fault;
    this.start = this.at + 1;
    this.end = behind;
    this.at = behind + 1;
    return tokenKind.quoted;
  }

  /** The index of the quote that closes the one at `from`; -1 with a fault when the line ends first. */
  private closingQuote(from: number): number {
    const text = this.text;
    this.escaped = false;
    for (let at = from + 1; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === quote) return at;
      if (code === newline) break;
      if (code === backslash) {
        this.escaped = true;
        at += 1;
      }
    }
    this.problem = "the line ends inside a quoted string, expected a closing quote";
    return -1;
  }

  /** The present token as text, escapes kept. */
  tokenText(): string {
    const text = this.text.slice(this.start, this.end);
    return this.pairs && text.endsWith('"') ? text.replace(/="([^]*)"$/, "=$1") : text;
  }

  /** Drops the rest of the entry, after a fault in it: up to the end of the line and out of parentheses. */
  skipEntry(): void {
    while (!this.ended) {
      if (this.next() === tokenKind.fault) this.skipComment();
    }
  }
}
