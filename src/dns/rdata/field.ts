/**
 * Fields that RDATA is made of. A record type is a list of fields, and everything else follows from the list: text
 * to wire, wire to text, whether octets are well formed, where names stand (for compression, for canonical form and
 * for checks across records). So a new type is mostly one line.
 */
import { parseAddress, rdataAddress } from "../address.ts";
import { nameText, readName } from "../name.ts";
import { base64Octets, base64Text, hexOctets, hexText, type OctetWriter, readU16, readU32 } from "../octets.ts";
import { typeNumber, typeText } from "../rr-types.ts";
import type { TokenReader } from "./tokens.ts";
import { parseTtl } from "./ttl.ts";

export interface Field {
  /** Reads tokens and appends octets. Faults stay in the reader. */
  read(tokens: TokenReader, out: OctetWriter): void;
  /** The offset behind the field that starts at `at`, or -1 when it is malformed or passes `end`. */
  skip(bytes: Uint8Array, at: number, end: number): number;
  /** The text of a field that `skip` accepted. Empty: nothing to write. */
  text(bytes: Uint8Array, at: number, end: number): string;
  /** Set on names: whether a message may compress it (RFC 3597, 4). */
  readonly name?: "compressible" | "plain";
  /** What it is, for faults. */
  readonly expected: string;
}

export interface RdataType {
  readonly type: number;
  readonly fields: readonly Field[];
  /** A rule across fields, or for the whole. A clause that says what is wrong, or null. */
  readonly check?: (rdata: Uint8Array) => string | null;
}

function fixed(size: number): Field["skip"] {
  return (_bytes, at, end) => (at + size <= end ? at + size : -1);
}

export function u8(expected: string): Field {
  return {
    expected,
    read: (tokens, out) => out.u8(tokens.number(expected, 0xff)),
    skip: fixed(1),
    text: (bytes, at) => String(bytes[at]),
  };
}

export function u16(expected: string): Field {
  return {
    expected,
    read: (tokens, out) => out.u16(tokens.number(expected, 0xffff)),
    skip: fixed(2),
    text: (bytes, at) => String(readU16(bytes, at)),
  };
}

export function u32(expected: string): Field {
  return {
    expected,
    read: (tokens, out) => out.u32(tokens.number(expected, 0xffffffff)),
    skip: fixed(4),
    text: (bytes, at) => String(readU32(bytes, at)),
  };
}

/** 32 bits of seconds, with units allowed in text. */
export function seconds(expected: string): Field {
  const read: Field["read"] = (tokens, out) => {
    const token = tokens.next(expected);
    if (token === null) return;
    const value = parseTtl(token.text);
    if (value === null) tokens.reject(token, `${expected}: seconds or a time such as 1h30m`);
    out.u32(value ?? 0);
  };
  return { expected, read, skip: fixed(4), text: (bytes, at) => String(readU32(bytes, at)) };
}

export function name(expected: string, kind: "compressible" | "plain"): Field {
  return {
    expected,
    name: kind,
    read: (tokens, out) => out.text(tokens.name(expected) ?? ""),
    skip: skipName,
    text: (bytes, at) => {
      const found = readName(bytes, at);
      return found === null ? "" : nameText(found.name);
    },
  };
}

/** Behind an uncompressed name. */
function skipName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const size = bytes[at] ?? 0;
    if (size > 63) return -1;
    at += 1 + size;
    if (size === 0) return at <= end && at - start <= 255 ? at : -1;
  }
  return -1;
}

/** Octets inside quotes, such that reading them gives the same octets. */
export function quotedText(bytes: Uint8Array): string {
  let text = '"';
  for (const octet of bytes) {
    if (octet < 32 || octet > 126) text += `\\${String(octet).padStart(3, "0")}`;
    else text += octet === 34 || octet === 92 ? `\\${String.fromCharCode(octet)}` : String.fromCharCode(octet);
  }
  return `${text}"`;
}

/** Over one length octet and as many octets. */
export function skipCounted(bytes: Uint8Array, at: number, end: number): number {
  const behind = at + 1 + (bytes[at] ?? 0);
  return at < end && behind <= end ? behind : -1;
}

/** What stands behind a length octet. */
export function countedOctets(bytes: Uint8Array, at: number): Uint8Array {
  return bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0));
}

/** One length octet and as many octets (RFC 1035, 3.3). */
export function characterString(expected: string): Field {
  return {
    expected,
    read: (tokens, out) => {
      const octets = tokens.string(expected);
      out.u8(octets.length);
      out.text(octets);
    },
    skip: skipCounted,
    text: (bytes, at) => quotedText(countedOctets(bytes, at)),
  };
}

/** One or more character strings up to the end. */
export function characterStrings(expected: string): Field {
  const one = characterString(expected);
  const skip: Field["skip"] = (bytes, start, end) => {
    let at = one.skip(bytes, start, end);
    while (at >= 0 && at < end) at = one.skip(bytes, at, end);
    return at;
  };
  const text: Field["text"] = (bytes, start, end) => {
    const texts: string[] = [];
    for (let at = start; at < end; at = one.skip(bytes, at, end)) texts.push(one.text(bytes, at, end));
    return texts.join(" ");
  };
  const read: Field["read"] = (tokens, out) => {
    do one.read(tokens, out);
    while (!tokens.done && tokens.fault === null);
  };
  return { expected, read, skip, text };
}

export function address(family: 4 | 6): Field {
  const size = family === 4 ? 4 : 16;
  const expected = `an IPv${family} address`;
  return {
    expected,
    read: (tokens, out) => {
      const token = tokens.next(expected);
      if (token === null) return;
      const octets = parseAddress(token.text);
      if (octets?.length === size) out.octets(octets);
      else tokens.reject(token, expected);
    },
    skip: fixed(size),
    text: (bytes, at) => rdataAddress(bytes.subarray(at, at + size)),
  };
}

/** A record type by mnemonic. */
export function typeCode(expected: string): Field {
  return {
    expected,
    read: (tokens, out) => {
      const token = tokens.next(expected);
      if (token === null) return;
      const type = typeNumber(token.text);
      if (type === null) tokens.reject(token, expected);
      out.u16(type ?? 0);
    },
    skip: fixed(2),
    text: (bytes, at) => typeText(readU16(bytes, at)),
  };
}

/** Octets up to the end, in a text that may be broken into several tokens. */
function rest(
  expected: string,
  decode: (text: string) => Uint8Array | null,
  encode: (bytes: Uint8Array) => string,
): Field {
  const read: Field["read"] = (tokens, out) => {
    const found = tokens.rest(expected);
    if (found === null) return;
    const octets = decode(found.text);
    if (octets === null) tokens.reject(found.first, expected);
    else out.octets(octets);
  };
  return {
    expected,
    read,
    skip: (_bytes, at, end) => (at < end ? end : -1),
    text: (b, at, end) => encode(b.subarray(at, end)),
  };
}

export function hexRest(expected: string): Field {
  return rest(`${expected} in hexadecimal`, hexOctets, hexText);
}

export function base64Rest(expected: string): Field {
  return rest(`${expected} in base64`, base64Octets, base64Text);
}

/** The last field, which may be missing. */
export function optional(last: Field): Field {
  return {
    ...last,
    read: (tokens, out) => {
      if (!tokens.done) last.read(tokens, out);
    },
    skip: (bytes, at, end) => (at === end ? end : last.skip(bytes, at, end)),
  };
}
