/**
 * Octets and the three texts that records use for them: hexadecimal, base64 (RFC 4648, 4) and base32 with the
 * extended hex alphabet and without padding (RFC 4648, 7, as RFC 5155 writes hashed owners). Also a writer that
 * grows, for RDATA of unknown size.
 */
import type { Name } from "./types.ts";

/** Appends numbers, octets and names in network order. */
export class OctetWriter {
  private bytes: Uint8Array;
  length = 0;

  constructor(size = 64) {
    this.bytes = new Uint8Array(size);
  }

  private reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
  }

  u8(value: number): void {
    this.reserve(1);
    this.bytes[this.length++] = value;
  }

  u16(value: number): void {
    this.u8(value >>> 8);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  octets(values: Uint8Array): void {
    this.reserve(values.length);
    this.bytes.set(values, this.length);
    this.length += values.length;
  }

  /** A string whose units are octets: a `Name`, or the content of a character string. */
  text(octets: Name | string): void {
    this.reserve(octets.length);
    for (let at = 0; at < octets.length; at++) this.bytes[this.length++] = octets.charCodeAt(at);
  }

  /** Overwrites two octets that were written before, such as a length that is known only afterwards. */
  patchU16(at: number, value: number): void {
    this.bytes[at] = value >>> 8;
    this.bytes[at + 1] = value & 0xff;
  }

  /** Forgets what was written, so that the room is used again. */
  clear(): void {
    this.length = 0;
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.bytes.slice(0, this.length);
  }
}

export function readU16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function readU32(bytes: Uint8Array, at: number): number {
  return ((readU16(bytes, at) << 16) | readU16(bytes, at + 2)) >>> 0;
}

export function sameOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}

/** Octets as a string of the same units, a key for a Map. */
export function octetString(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += String.fromCharCode(octet);
  return text;
}

export function hexText(bytes: Uint8Array): string {
  let text = "";
  for (const octet of bytes) text += (octet < 16 ? "0" : "") + octet.toString(16);
  return text.toUpperCase();
}

/** Null for anything but pairs of hexadecimal digits. */
export function hexOctets(text: string): Uint8Array | null {
  if (text.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(text)) return null;
  const bytes = new Uint8Array(text.length / 2);
  for (let at = 0; at < bytes.length; at++) bytes[at] = Number.parseInt(text.slice(at * 2, at * 2 + 2), 16);
  return bytes;
}

export function base64Text(bytes: Uint8Array): string {
  return btoa(octetString(bytes));
}

/** Null for anything but whole, padded base64. */
export function base64Octets(text: string): Uint8Array | null {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
  const decoded = atob(text);
  return Uint8Array.from(decoded, (character) => character.charCodeAt(0));
}

const base32Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUV";

export function base32Text(bytes: Uint8Array): string {
  let text = "";
  let bits = 0;
  let held = 0;
  for (const octet of bytes) {
    held = (held << 8) | octet;
    bits += 8;
    while (bits >= 5) {
      bits -= 5;
      text += base32Digits[(held >>> bits) & 31];
    }
    held &= (1 << bits) - 1;
  }
  return bits > 0 ? text + base32Digits[(held << (5 - bits)) & 31] : text;
}

/** Null for characters outside the alphabet or a length that no octets have. */
export function base32Octets(text: string): Uint8Array | null {
  if ([1, 3, 6].includes(text.length % 8)) return null;
  const bytes: number[] = [];
  let bits = 0;
  let held = 0;
  for (const character of text.toUpperCase()) {
    const digit = base32Digits.indexOf(character);
    if (digit < 0) return null;
    held = (held << 5) | digit;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((held >>> bits) & 0xff);
    }
    held &= (1 << bits) - 1;
  }
  return Uint8Array.from(bytes);
}

/** A copy of these octets. Of a `Buffer`, which sockets give, `slice` would be none: it goes on being what the socket reads into. */
export function copyOctets(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.subarray(start, end));
}
