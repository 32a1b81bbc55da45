/**
 * A walk over the records of a message in octets, without decoding them: enough to find where one stands. Every offset
 * is checked against the end.
 */
import { headerOctets } from "./message.ts";
import { readU16 } from "./octets.ts";

/** A record in its message. */
interface RecordSpan {
  readonly start: number;
  readonly end: number;
  readonly type: number;
  /** 1 for the last of the message. */
  readonly left: number;
}

/** The offset behind a name, compressed or not, or -1. */
function skipName(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return -1;
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2;
    if (size >= 0x40) return -1;
    at += 1 + size;
  }
}

/** The offset behind the questions, or -1. */
function skipQuestions(bytes: Uint8Array): number {
  let at = headerOctets;
  for (let left = readU16(bytes, 4); left > 0; left--) {
    at = skipName(bytes, at);
    if (at < 0 || at + 4 > bytes.length) return -1;
    at += 4;
  }
  return at;
}

function readSpan(bytes: Uint8Array, start: number, left: number): RecordSpan | null {
  const fixed = skipName(bytes, start);
  if (fixed < 0 || fixed + 10 > bytes.length) return null;
  const end = fixed + 10 + readU16(bytes, fixed + 8);
  return end > bytes.length ? null : { start, end, type: readU16(bytes, fixed), left };
}

/** Every record of all sections behind the questions. Null at the end for a message that breaks off, and no more. */
export function* walkRecords(bytes: Uint8Array): Iterable<RecordSpan | null> {
  let at = bytes.length < headerOctets ? -1 : skipQuestions(bytes);
  if (at < 0) return yield null;
  for (let left = readU16(bytes, 6) + readU16(bytes, 8) + readU16(bytes, 10); left > 0; left--) {
    const span = readSpan(bytes, at, left);
    yield span;
    if (span === null) return;
    at = span.end;
  }
}

/** True when there is a record of the type before the message ends or breaks off. */
export function hasRecord(bytes: Uint8Array, type: number): boolean {
  for (const span of walkRecords(bytes)) if (span?.type === type) return true;
  return false;
}
