/**
 * Signatures and proofs of a signed zone: RRSIG and NSEC (RFC 4034, 3 and 4), NSEC3 and NSEC3PARAM (RFC 5155), with the
 * fields that only they have: times of signing, lists of types, hashed names.
 */
import { base32Octets, base32Text, hexOctets, hexText, type OctetWriter } from "../octets.ts";
import { rrType, typeNumber, typeText } from "../rr-types.ts";
import {
  base64Rest,
  countedOctets,
  type Field,
  skipCounted,
  name,
  type RdataType,
  typeCode,
  u8,
  u16,
  u32,
} from "./field.ts";
import { algorithm } from "./mnemonics.ts";
import type { TokenReader } from "./tokens.ts";

/** Days since 1970-01-01 of a date in the Gregorian calendar (Howard Hinnant's `days_from_civil`). */
function daysFromDate(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** The reverse of `daysFromDate`. */
function dateFromDays(days: number): { year: number; month: number; day: number } {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const leapDays = Math.floor(dayOfEra / 1460) - Math.floor(dayOfEra / 36_524) + Math.floor(dayOfEra / 146_096);
  const yearOfEra = Math.floor((dayOfEra - leapDays) / 365);
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const month = marchMonth + (marchMonth < 10 ? 3 : -9);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  return { year: yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day };
}

/** YYYYMMDDHHmmSS or plain seconds, as 32 bits of Unix time (RFC 4034, 3.2); null when it is neither. */
function parseSigningTime(text: string): number | null {
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) <= 0xffffffff ? Number(text) : null;
  const parts = /^([0-9]{4})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})([0-9]{2})$/.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  if (month < 1 || month > 12 || day < 1 || day > 31 || hour > 23 || minute > 59 || second > 60) return null;
  return (daysFromDate(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second) >>> 0;
}

function signingTimeText(time: number): string {
  const { year, month, day } = dateFromDays(Math.floor(time / 86_400));
  const rest = time % 86_400;
  const two = (value: number): string => String(value).padStart(2, "0");
  return `${year}${two(month)}${two(day)}${two(Math.floor(rest / 3600))}${two(Math.floor((rest % 3600) / 60))}${two(rest % 60)}`;
}

function signingTime(label: string): Field {
  const expected = `${label} as YYYYMMDDHHmmSS`;
  const plain = u32(expected);
  return {
    ...plain,
    read: (tokens, out) => {
      const token = tokens.next(expected);
      if (token === null) return;
      const time = parseSigningTime(token.text);
      if (time === null) tokens.reject(token, expected);
      out.u32(time ?? 0);
    },
    text: (bytes, at, end) => signingTimeText(Number(plain.text(bytes, at, end))),
  };
}

/** The windows of a type bitmap (RFC 4034, 4.1.2). */
function writeTypeBitmap(types: readonly number[], out: OctetWriter): void {
  const windows = new Map<number, Uint8Array>();
  for (const type of types) {
    const bits = windows.get(type >> 8) ?? new Uint8Array(32);
    const at = (type & 0xff) >> 3;
    bits[at] = (bits[at] ?? 0) | (0x80 >> (type & 7));
    windows.set(type >> 8, bits);
  }
  for (const [window, bits] of [...windows].sort(([a], [b]) => a - b)) {
    const size = bits.findLastIndex((octet) => octet !== 0) + 1;
    out.u8(window);
    out.u8(size);
    out.octets(bits.subarray(0, size));
  }
}

function readTypes(tokens: TokenReader, out: OctetWriter): void {
  const types: number[] = [];
  while (!tokens.done) {
    const token = tokens.next("a record type");
    const type = token === null ? null : typeNumber(token.text);
    if (token !== null && type === null) return tokens.reject(token, "a record type");
    types.push(type ?? 0);
  }
  writeTypeBitmap(types, out);
}

function skipTypeBitmap(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let before = -1;
  while (at < end) {
    const window = bytes[at] ?? 0;
    const size = bytes[at + 1] ?? 0;
    if (at + 2 > end || window <= before || size < 1 || size > 32) return -1;
    before = window;
    at += 2 + size;
  }
  return at === end ? end : -1;
}

function typeBitmapText(bytes: Uint8Array, start: number, end: number): string {
  const types: string[] = [];
  for (let at = start; at < end; at += 2 + (bytes[at + 1] ?? 0)) {
    for (let bit = 0; bit < (bytes[at + 1] ?? 0) * 8; bit++) {
      const set = (bytes[at + 2 + (bit >> 3)] ?? 0) & (0x80 >> (bit & 7));
      if (set !== 0) types.push(typeText(((bytes[at] ?? 0) << 8) | bit));
    }
  }
  return types.join(" ");
}

const typeBitmap: Field = {
  expected: "a record type",
  read: readTypes,
  skip: skipTypeBitmap,
  text: typeBitmapText,
};

/** NSEC names at least itself (RFC 4034, 4.1.2). */
const someTypes: Field = {
  ...typeBitmap,
  read: (tokens, out) => {
    if (tokens.peek() === null) tokens.next(typeBitmap.expected);
    else typeBitmap.read(tokens, out);
  },
  skip: (bytes, at, end) => (at < end ? typeBitmap.skip(bytes, at, end) : -1),
};

/** A length octet and as many octets, in one token. */
function sized(
  expected: string,
  decode: (text: string) => Uint8Array | null,
  encode: (bytes: Uint8Array) => string,
): Field {
  return {
    expected,
    read: (tokens, out) => {
      const token = tokens.next(expected);
      if (token === null) return;
      const octets = decode(token.text);
      if (octets === null || octets.length > 255) return tokens.reject(token, expected);
      out.u8(octets.length);
      out.octets(octets);
    },
    skip: skipCounted,
    text: (bytes, at) => encode(countedOctets(bytes, at)),
  };
}

const salt = sized(
  'a salt in hexadecimal, or "-"',
  (text) => (text === "-" ? new Uint8Array(0) : hexOctets(text)),
  (bytes) => (bytes.length === 0 ? "-" : hexText(bytes)),
);
/** Never empty (RFC 5155, 3.1.7): without a text of its own it could not be read back. */
const nextHash: Field = {
  ...sized("the next hashed owner in base32", base32Octets, base32Text),
  skip: (bytes, at, end) => (bytes[at] === 0 ? -1 : skipCounted(bytes, at, end)),
};
const nsec3Start: readonly Field[] = [u8("a hash algorithm"), u8("flags"), u16("the number of iterations"), salt];

export const dnssecTypes: readonly RdataType[] = [
  {
    type: rrType.RRSIG,
    fields: [
      typeCode("the covered record type"),
      algorithm,
      u8("the number of labels"),
      u32("the original TTL"),
      signingTime("the expiration"),
      signingTime("the inception"),
      u16("a key tag"),
      name("the signer's name", "plain"),
      base64Rest("a signature"),
    ],
  },
  { type: rrType.NSEC, fields: [name("the next owner", "plain"), someTypes] },
  { type: rrType.NSEC3, fields: [...nsec3Start, nextHash, typeBitmap] },
  { type: rrType.NSEC3PARAM, fields: nsec3Start },
  { type: rrType.CSYNC, fields: [u32("a serial"), u16("flags"), typeBitmap] },
];
