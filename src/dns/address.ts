/**
 * IPv4 and IPv6 addresses between text and the RDATA of A and AAAA. Text is strict where `inet_pton` is: four
 * decimal numbers without leading zeros; eight groups with at most one `::`, the last two possibly as IPv4
 * (RFC 4291, 2.2). IPv6 is written in the form of RFC 5952.
 */
import { assert } from "../base/assert.ts";

/** Reads IPv4 in `text[start, end)` as one unsigned number, or -1. */
export function ipv4Number(text: string, start: number, end: number): number {
  let value = 0;
  let octet = -1;
  let dots = 0;
  for (let at = start; at < end; at++) {
    const code = text.charCodeAt(at);
    if (code === 46) {
      if (octet < 0) return -1;
      value = value * 256 + octet;
      octet = -1;
      dots += 1;
    } else {
      if (code < 48 || code > 57 || octet === 0) return -1;
      octet = octet < 0 ? code - 48 : octet * 10 + code - 48;
      if (octet > 255) return -1;
    }
  }
  return dots === 3 && octet >= 0 ? value * 256 + octet : -1;
}

/** The four octets of an address that `ipv4Number` read. */
export function ipv4Octets(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  bytes[0] = value >>> 24;
  bytes[1] = value >>> 16;
  bytes[2] = value >>> 8;
  bytes[3] = value;
  return bytes;
}

function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const lower = code | 32;
  return lower >= 97 && lower <= 102 ? lower - 87 : -1;
}

/** Where groups are collected: what is read, where `::` stood (-1: nowhere), and how many octets there are. */
interface Groups {
  readonly bytes: Uint8Array;
  used: number;
  gap: number;
}

function pushGroup(groups: Groups, value: number): boolean {
  if (groups.used + 2 > 16) return false;
  groups.bytes[groups.used++] = value >>> 8;
  groups.bytes[groups.used++] = value & 0xff;
  return true;
}

function pushIpv4(groups: Groups, text: string, start: number): boolean {
  const value = ipv4Number(text, start, text.length);
  return value >= 0 && pushGroup(groups, value >>> 16) && pushGroup(groups, value & 0xffff);
}

/** One group from `start`: the index behind its digits, or -1 when there are none, or more than four. */
function groupEnd(text: string, start: number): number {
  let at = start;
  while (at < text.length && hexDigit(text.charCodeAt(at)) >= 0) at += 1;
  return at === start || at - start > 4 ? -1 : at;
}

/** Reads all groups. False when the text is no IPv6 address. */
function readGroups(groups: Groups, text: string): boolean {
  let at = 0;
  if (text.startsWith("::")) {
    groups.gap = 0;
    at = 2;
    if (at === text.length) return true;
  }
  for (;;) {
    const end = groupEnd(text, at);
    if (end < 0) return false;
    if (text.charCodeAt(end) === 46) return pushIpv4(groups, text, at);
    if (!pushGroup(groups, Number.parseInt(text.slice(at, end), 16))) return false;
    if (end === text.length) return true;
    if (text.charCodeAt(end) !== 58) return false;
    at = end + 1;
    if (text.charCodeAt(at) === 58) {
      if (groups.gap >= 0) return false;
      groups.gap = groups.used;
      at += 1;
      if (at === text.length) return true;
    }
  }
}

/** The 16 octets of an IPv6 address, or null when `text` is none. */
export function ipv6Octets(text: string): Uint8Array | null {
  if (text.length > 45) return null;
  const groups: Groups = { bytes: new Uint8Array(16), used: 0, gap: -1 };
  if (!readGroups(groups, text)) return null;
  if (groups.gap < 0) return groups.used === 16 ? groups.bytes : null;
  if (groups.used === 16) return null;
  groups.bytes.copyWithin(16 - (groups.used - groups.gap), groups.gap, groups.used);
  groups.bytes.fill(0, groups.gap, 16 - (groups.used - groups.gap));
  return groups.bytes;
}

/** The octets of an IPv4 or IPv6 address as text, or null when it is neither. */
export function parseAddress(text: string): Uint8Array | null {
  const value = ipv4Number(text, 0, text.length);
  return value >= 0 ? ipv4Octets(value) : ipv6Octets(text);
}

/** RDATA of A or AAAA for an address that is known to be well formed; anything else is a bug. */
export function addressRdata(address: string): Uint8Array {
  const bytes = parseAddress(address);
  assert(bytes !== null, `"${address}" is no IP address`);
  return bytes;
}

/** The longest run of zero groups, at least two: its first index and length (RFC 5952, 4.2). */
function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: -1, length: 1 };
  let run = 0;
  for (let at = 0; at <= groups.length; at++) {
    if (groups[at] === 0) {
      run += 1;
      continue;
    }
    if (run > best.length) best = { start: at - run, length: run };
    run = 0;
  }
  return best;
}

function ipv6Text(bytes: Uint8Array): string {
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push(((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0));
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${Array.from(bytes.subarray(12)).join(".")}`;
  }
  const hex = groups.map((group) => group.toString(16));
  const zeros = longestZeros(groups);
  if (zeros.start < 0) return hex.join(":");
  return `${hex.slice(0, zeros.start).join(":")}::${hex.slice(zeros.start + zeros.length).join(":")}`;
}

/** The text of 4 or 16 octets. Another length is a bug. */
export function rdataAddress(bytes: Uint8Array): string {
  assert(bytes.length === 4 || bytes.length === 16, "an address has 4 or 16 octets");
  return bytes.length === 4 ? Array.from(bytes).join(".") : ipv6Text(bytes);
}
