/**
 * What an entry says between its owner and its data: TTL and class, either or both or none, in either order, then the
 * type (RFC 1035, 5.1). A word that could be a type is one; that is why `in IN A` needs no guess.
 */
import { findNearest } from "../../base/nearest.ts";
import { quoteToken } from "../rdata/tokens.ts";
import { parseTtl } from "../rdata/ttl.ts";
import {
  classNumber,
  classText,
  isMetaType,
  rrClass,
  rrType,
  typeMnemonics,
  typeNumber,
  typeText,
} from "../rr-types.ts";
import type { DirectiveHost } from "./directives.ts";
import type { Frame } from "./frame.ts";
import { type Scanner, tokenKind } from "./scanner.ts";

/** The present token as a number of at most nine digits, or -1: the usual TTL, without a string being made. */
function plainSeconds(scanner: Scanner): number {
  const { text, start, end } = scanner;
  if (end - start > 9) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return end > start ? value : -1;
}

export class Head {
  /** Null: not written. */
  ttl: number | null = null;
  type = 0;
  private classRead = false;
  /** Types by their text as met, since a zone repeats a few. */
  private readonly types = new Map<string, number>();

  /** TTL and class in either order, then the type, into this. The first of them is the present token. */
  read(host: DirectiveHost, frame: Frame): boolean {
    this.ttl = null;
    this.classRead = false;
    for (;;) {
      if (frame.scanner.ended) {
        host.fault(frame, "the entry ends, expected a record type");
        return false;
      }
      if (this.isClassIn(frame)) this.classRead = true;
      else if (this.readType(frame)) break;
      else if (!this.readTtl(host, frame) && !this.readOtherClass(host, frame)) return this.unknownType(host, frame);
      if (frame.scanner.next() === tokenKind.fault) return host.scannerFault(frame);
    }
    if (!isMetaType(this.type)) return true;
    host.fault(frame, `found ${typeText(this.type)}, which asks and is no data: no zone can hold it`);
    return false;
  }

  private isClassIn(frame: Frame): boolean {
    const { text, start, end } = frame.scanner;
    if (this.classRead || end - start !== 2) return false;
    return (text.charCodeAt(start) | 32) === 105 && (text.charCodeAt(start + 1) | 32) === 110;
  }

  private readType(frame: Frame): boolean {
    const { text, start, end } = frame.scanner;
    const code = text.charCodeAt(start);
    if (code < 65 || end - start > 10) return false;
    if (end - start === 1 && (code | 32) === 97) {
      this.type = rrType.A;
      return true;
    }
    const word = text.slice(start, end);
    let type = this.types.get(word);
    if (type === undefined) {
      type = typeNumber(word) ?? -1;
      if (type >= 0) this.types.set(word, type);
    }
    this.type = type;
    return type >= 0;
  }

  private readTtl(host: DirectiveHost, frame: Frame): boolean {
    if (this.ttl !== null) return false;
    const plain = plainSeconds(frame.scanner);
    const seconds = plain >= 0 ? plain : parseTtl(frame.scanner.tokenText());
    if (seconds === null) return false;
    this.ttl = host.limitTtl(frame, seconds);
    return true;
  }

  /** True for a second class or another than IN, after it is reported. */
  private readOtherClass(host: DirectiveHost, frame: Frame): boolean {
    const value = this.classRead ? null : classNumber(frame.scanner.tokenText());
    if (value === null) return false;
    if (value !== rrClass.IN) host.fault(frame, `found class ${classText(value)}, expected IN, the zone's class`);
    this.classRead = true;
    return true;
  }

  private unknownType(host: DirectiveHost, frame: Frame): false {
    const word = frame.scanner.tokenText();
    const nearest = findNearest(word, typeMnemonics);
    const expected = this.ttl === null ? "a TTL, a class or a record type" : "a record type";
    const hint = nearest === null ? "" : ` (did you mean ${nearest}?)`;
    host.fault(frame, `found ${quoteToken(word)}, expected ${expected}${hint}`);
    return false;
  }
}
