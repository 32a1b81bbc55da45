/**
 * The tokens of one record's RDATA and a reader over them. The reader keeps the first fault instead of throwing, so
 * that a field reads straight on and the caller looks once at the end: what was found, what was expected, and at
 * which token. Tokens keep their escapes, since a name and a character string undo them differently.
 */
import { nameOctetsMax, parseName } from "../name.ts";
import type { Name } from "../types.ts";

export interface Token {
  /** As written, escapes kept, quotes taken off. */
  readonly text: string;
  readonly quoted: boolean;
  readonly line: number;
  readonly column: number;
}

export interface RdataFault {
  readonly sentence: string;
  readonly line: number;
  readonly column: number;
}

/** How much of a long token a message repeats. */
const shownMax = 40;

/** A token as a message shows it: in quotes, cut short, octets that do not print as \\DDD. */
export function quoteToken(text: string): string {
  const shown = text.length > shownMax ? `${text.slice(0, shownMax)}...` : text;
  const printable = Array.from(shown, (character) => {
    const code = character.charCodeAt(0);
    return code >= 32 && code < 127 ? character : `\\${String(code).padStart(3, "0")}`;
  });
  return `"${printable.join("")}"`;
}

/** Undoes escapes: the octets, or null when a backslash stands before nothing or before a bad number. */
export function unescapeText(text: string): string | null {
  if (!text.includes("\\")) return text;
  let octets = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== "\\") {
      octets += text[at];
      continue;
    }
    const digits = /^[0-9]{3}/.exec(text.slice(at + 1, at + 4))?.[0];
    if (digits !== undefined) {
      if (Number(digits) > 255) return null;
      octets += String.fromCharCode(Number(digits));
      at += 3;
    } else {
      at += 1;
      const next = text[at];
      if (next === undefined || (next >= "0" && next <= "9")) return null;
      octets += next;
    }
  }
  return octets;
}

export class TokenReader {
  private readonly tokens: readonly Token[];
  /** Where a fault about a missing token is reported. */
  private readonly end: { readonly line: number; readonly column: number };
  readonly origin: Name;
  private at = 0;
  fault: RdataFault | null = null;

  constructor(
    tokens: readonly Token[],
    origin: Name,
    end: { readonly line: number; readonly column: number } = { line: 1, column: 1 },
  ) {
    this.tokens = tokens;
    this.origin = origin;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.tokens.length;
  }

  peek(): Token | null {
    return this.tokens[this.at] ?? null;
  }

  /** The next token, or null with a fault. Quotes are for strings only. */
  next(expected: string, quotesAllowed = false): Token | null {
    const token = this.tokens[this.at];
    if (token === undefined) {
      this.fault ??= { sentence: `the record ends, expected ${expected}`, ...this.end };
      return null;
    }
    this.at += 1;
    if (!token.quoted || quotesAllowed) return token;
    this.reject(token, `${expected}, without quotes`);
    return null;
  }

  reject(token: Token, expected: string): void {
    const { line, column } = token;
    this.fault ??= { sentence: `found ${quoteToken(token.text)}, expected ${expected}`, line, column };
  }

  /** A decimal number from 0 to `max`. */
  number(expected: string, max: number): number {
    const token = this.next(`${expected} (0 to ${max})`);
    if (token === null) return 0;
    const value = /^[0-9]{1,10}$/.test(token.text) ? Number(token.text) : Number.NaN;
    if (value <= max) return value;
    this.reject(token, `${expected} (0 to ${max})`);
    return 0;
  }

  /** A name, relative to the origin unless it ends in a dot. */
  name(expected: string): Name | null {
    const token = this.next(expected);
    if (token === null) return null;
    const parsed = parseName(escapeHighOctets(token.text), this.origin);
    if (parsed.ok) return parsed.value;
    this.reject(token, `${expected}: ${parsed.error}`);
    return null;
  }

  /** A character string of at most `max` octets, escapes undone. */
  string(expected: string, max = 255): string {
    const token = this.next(expected, true);
    if (token === null) return "";
    const octets = unescapeText(token.text);
    if (octets !== null && octets.length <= max) return octets;
    this.reject(token, octets === null ? `${expected} with whole escapes` : `${expected} of at most ${max} octets`);
    return "";
  }

  /** All tokens that are left, joined, and the first of them. Null with a fault when there is none. */
  rest(expected: string): { text: string; first: Token } | null {
    const first = this.next(expected);
    if (first === null) return null;
    let text = first.text;
    while (!this.done) text += this.next(expected)?.text ?? "";
    return { text, first };
  }
}

/** Octets above ASCII may stand raw in a zone file; `parseName` wants them as \DDD. */
export function escapeHighOctets(text: string): string {
  if (!/[\x7f-\xff]/.test(text) || text.length > nameOctetsMax) return text;
  return text.replace(/[\x7f-\xff]/g, (octet) => `\\${octet.charCodeAt(0)}`);
}
