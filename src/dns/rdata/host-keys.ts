/**
 * Keys with which hosts find and trust each other: IPSECKEY (RFC 4025), with the gateway to a host, and HIP (RFC 8005),
 * with the servers where it can be met. Names in both are neither compressed nor part of the canonical form (RFC 4034,
 * 6.2), so they are octets like the rest.
 */
import { base64Octets, base64Text, hexOctets, hexText, type OctetWriter, readU16 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import { address, base64Rest, type Field, name, optional, type RdataType, u8 } from "./field.ts";
import type { TokenReader } from "./tokens.ts";

const gatewayExpected = 'a gateway type: 0 with the gateway ".", 1 for IPv4, 2 for IPv6, 3 for a name';

/** Type 0: a dot in text, nothing on the wire (RFC 4025, 3.1). */
const noGateway: Field = {
  expected: 'the gateway "."',
  read: (tokens) => {
    const token = tokens.next(noGateway.expected);
    if (token !== null && token.text !== ".") tokens.reject(token, noGateway.expected);
  },
  skip: (_bytes, at) => at,
  text: () => ".",
};

/** By gateway type. */
const gateways: readonly Field[] = [noGateway, address(4), address(6), name("a gateway's name", "plain")];
const precedence = u8("a precedence");
const keyAlgorithm = u8("an algorithm number");

function gatewayOf(type: number | undefined): Field | undefined {
  return type === undefined ? undefined : gateways[type];
}

/** The type stands before the algorithm, and says what stands behind it. */
const gateway: Field = {
  expected: gatewayExpected,
  read: (tokens, out) => {
    const token = tokens.next(gatewayExpected);
    if (token === null) return;
    const field = /^[0-3]$/.test(token.text) ? gatewayOf(Number(token.text)) : undefined;
    if (field === undefined) return tokens.reject(token, gatewayExpected);
    out.u8(Number(token.text));
    keyAlgorithm.read(tokens, out);
    if (tokens.fault === null) field.read(tokens, out);
  },
  skip: (bytes, at, end) => (at + 2 <= end ? (gatewayOf(bytes[at])?.skip(bytes, at + 2, end) ?? -1) : -1),
  text: (bytes, at, end) =>
    `${bytes[at]} ${keyAlgorithm.text(bytes, at + 1, end)} ${gatewayOf(bytes[at])?.text(bytes, at + 2, end)}`,
};

/** One token of octets, at least one and at most `max`. */
function readOctets(
  tokens: TokenReader,
  { expected, max, decode }: { expected: string; max: number; decode: (text: string) => Uint8Array | null },
): Uint8Array {
  const token = tokens.next(expected);
  const octets = token === null ? null : decode(token.text);
  if (octets !== null && octets.length > 0 && octets.length <= max) return octets;
  if (token !== null) tokens.reject(token, expected);
  return new Uint8Array(0);
}

const server = name("a rendezvous server's name", "plain");

function readHip(tokens: TokenReader, out: OctetWriter): void {
  const number = tokens.number("a key's algorithm", 0xff);
  const tag = readOctets(tokens, { expected: "a host identity tag in hexadecimal", max: 255, decode: hexOctets });
  const hostKey = readOctets(tokens, {
    expected: "a key in base64, without blanks",
    max: 0xffff,
    decode: base64Octets,
  });
  out.u8(tag.length);
  out.u8(number);
  out.u16(hostKey.length);
  out.octets(tag);
  out.octets(hostKey);
  while (!tokens.done && tokens.fault === null) server.read(tokens, out);
}

/** Where tag, key and servers begin. */
function hipParts(bytes: Uint8Array, at: number): { tag: number; key: number; servers: number } {
  const keyAt = at + 4 + (bytes[at] ?? 0);
  return { tag: at + 4, key: keyAt, servers: keyAt + readU16(bytes, at + 2) };
}

function skipHip(bytes: Uint8Array, at: number, end: number): number {
  const parts = hipParts(bytes, at);
  if (at + 4 > end || parts.key === parts.tag || parts.servers === parts.key || parts.servers > end) return -1;
  let behind = parts.servers;
  while (behind >= 0 && behind < end) behind = server.skip(bytes, behind, end);
  return behind;
}

function hipText(bytes: Uint8Array, at: number, end: number): string {
  const parts = hipParts(bytes, at);
  const texts = [
    String(bytes[at + 1]),
    hexText(bytes.subarray(parts.tag, parts.key)),
    base64Text(bytes.subarray(parts.key, parts.servers)),
  ];
  for (let from = parts.servers; from >= 0 && from < end; from = server.skip(bytes, from, end)) {
    texts.push(server.text(bytes, from, end));
  }
  return texts.join(" ");
}

const hip: Field = { expected: "a host identity", read: readHip, skip: skipHip, text: hipText };

export const hostKeyTypes: readonly RdataType[] = [
  /** The key may be missing (RFC 4025, 2.6). */
  { type: rrType.IPSECKEY, fields: [precedence, gateway, optional(base64Rest("a key"))] },
  { type: rrType.HIP, fields: [hip] },
];
