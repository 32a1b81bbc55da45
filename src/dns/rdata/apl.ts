/**
 * APL (RFC 3123): lists of address prefixes such as `1:192.0.2.0/24 !2:2001:db8::/32`. The wire leaves out the zeros at
 * the end of an address.
 */
import { parseAddress, rdataAddress } from "../address.ts";
import { type OctetWriter, readU16 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import type { Field, RdataType } from "./field.ts";
import type { TokenReader } from "./tokens.ts";

const expected = "a prefix such as 1:192.0.2.0/24 or !2:2001:db8::/32";

/** Octets of an address by address family, which is 1 for IPv4 and 2 for IPv6. */
const addressOctets: Readonly<Record<number, number>> = { 1: 4, 2: 16 };

function readPrefix(text: string, out: OctetWriter): boolean {
  const match = /^(!?)([12]):([0-9a-f.:]+)\/([0-9]{1,3})$/i.exec(text);
  const [, not = "", family = "", address = "", prefix = ""] = match ?? [];
  const octets = parseAddress(address);
  if (octets === null || octets.length !== addressOctets[Number(family)]) return false;
  if (Number(prefix) > octets.length * 8) return false;
  const size = octets.findLastIndex((octet) => octet !== 0) + 1;
  out.u16(Number(family));
  out.u8(Number(prefix));
  out.u8(size | (not === "" ? 0 : 0x80));
  out.octets(octets.subarray(0, size));
  return true;
}

function read(tokens: TokenReader, out: OctetWriter): void {
  while (!tokens.done && tokens.fault === null) {
    const token = tokens.next(expected);
    if (token !== null && !readPrefix(token.text, out)) tokens.reject(token, expected);
  }
}

/** Behind the prefix at `at`, or -1. */
function behindPrefix(bytes: Uint8Array, at: number, end: number): number {
  const octets = addressOctets[readU16(bytes, at)];
  const size = (bytes[at + 3] ?? 0) & 0x7f;
  const behind = at + 4 + size;
  if (octets === undefined || behind > end || size > octets || (bytes[at + 2] ?? 0) > octets * 8) return -1;
  return size > 0 && bytes[behind - 1] === 0 ? -1 : behind;
}

/** A list may be empty (RFC 3123, 4). */
function skip(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at >= 0 && at < end) at = behindPrefix(bytes, at, end);
  return at;
}

function prefixText(bytes: Uint8Array, at: number): string {
  const family = readU16(bytes, at);
  const address = new Uint8Array(addressOctets[family] ?? 0);
  const last = bytes[at + 3] ?? 0;
  address.set(bytes.subarray(at + 4, at + 4 + (last & 0x7f)));
  return `${last > 0x7f ? "!" : ""}${family}:${rdataAddress(address)}/${bytes[at + 2]}`;
}

function text(bytes: Uint8Array, start: number, end: number): string {
  const texts: string[] = [];
  for (let at = start; at >= 0 && at < end; at = behindPrefix(bytes, at, end)) texts.push(prefixText(bytes, at));
  return texts.join(" ");
}

const prefixes: Field = { expected, read, skip, text };

export const aplTypes: readonly RdataType[] = [{ type: rrType.APL, fields: [prefixes] }];
