/**
 * SVCB and HTTPS (RFC 9460): a priority, a target and parameters `key=value`, which the wire keeps sorted by key.
 * Values have two layers of escapes in text: those of every character string, and those of a comma list.
 */
import { ipv4Number, ipv4Octets, ipv6Octets, rdataAddress } from "../address.ts";
import { base64Octets, base64Text, OctetWriter, octetString, readU16 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import { type Field, name, quotedText, type RdataType, u16 } from "./field.ts";
import { quoteToken, type TokenReader, unescapeText } from "./tokens.ts";

interface Param {
  readonly name: string;
  /** The value as octets of text, null when there was no `=`. Null back: malformed. */
  encode(value: string | null): Uint8Array | null;
  /** The value as text, quoted where it must be; null for none. */
  decode(octets: Uint8Array): string | null;
  readonly expected: string;
}

/** Parts between commas that are not escaped (RFC 9460, A.1). Null when a part is empty. */
function splitList(text: string): string[] | null {
  const parts: string[] = [];
  let part = "";
  for (let at = 0; at < text.length; at++) {
    if (text[at] === ",") {
      parts.push(part);
      part = "";
    } else {
      if (text[at] === "\\") at += 1;
      part += text[at] ?? "";
    }
  }
  parts.push(part);
  return parts.includes("") ? null : parts;
}

function concatenated(parts: readonly (Uint8Array | null)[]): Uint8Array | null {
  const out = new OctetWriter();
  for (const part of parts) {
    if (part === null) return null;
    out.octets(part);
  }
  return out.length === 0 ? null : out.finish();
}

function encodeAlpn(value: string | null): Uint8Array | null {
  const parts = value === null ? null : splitList(value);
  if (parts === null || parts.some((part) => part.length > 255)) return null;
  const out = new OctetWriter();
  for (const part of parts) {
    out.u8(part.length);
    out.text(part);
  }
  return out.finish();
}

function decodeAlpn(octets: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < octets.length; at += 1 + (octets[at] ?? 0)) {
    parts.push(octetString(octets.subarray(at + 1, at + 1 + (octets[at] ?? 0))).replace(/[\\,]/g, "\\$&"));
  }
  return quotedOctets(parts.join(","));
}

function quotedOctets(text: string): string {
  return quotedText(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

function encodeNumber(text: string): Uint8Array | null {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 0xffff) return null;
  return Uint8Array.of(Number(text) >> 8, Number(text) & 0xff);
}

function encodeKeys(value: string | null): Uint8Array | null {
  const keys = value?.split(",").map(paramKey) ?? [null];
  const sorted = keys.toSorted((a, b) => (a ?? 0) - (b ?? 0));
  if (sorted.some((key, at) => key === null || key === 0 || key === sorted[at + 1])) return null;
  return concatenated(sorted.map((key) => Uint8Array.of((key ?? 0) >> 8, (key ?? 0) & 0xff)));
}

function decodeKeys(octets: Uint8Array): string {
  const keys: string[] = [];
  for (let at = 0; at + 1 < octets.length; at += 2) keys.push(paramName(readU16(octets, at)));
  return keys.join(",");
}

function encodeIpv4(text: string): Uint8Array | null {
  const value = ipv4Number(text, 0, text.length);
  return value < 0 ? null : ipv4Octets(value);
}

function hints(size: 4 | 16, encodeOne: (text: string) => Uint8Array | null): Omit<Param, "name"> {
  return {
    expected: `IPv${size === 4 ? 4 : 6} addresses with commas between`,
    encode: (value) => (value === null ? null : concatenated(value.split(",").map(encodeOne))),
    decode: (octets) => {
      const texts: string[] = [];
      for (let at = 0; at + size <= octets.length; at += size) texts.push(rdataAddress(octets.subarray(at, at + size)));
      return texts.join(",");
    },
  };
}

function opaque(keyName: string): Param {
  return {
    name: keyName,
    expected: "octets",
    encode: (value) => Uint8Array.from(value ?? "", (character) => character.charCodeAt(0)),
    decode: (octets) => (octets.length === 0 ? null : quotedText(octets)),
  };
}

/** Known keys; the index is the number (RFC 9460, 14.3.2; dohpath RFC 9461). */
const params: readonly Param[] = [
  { name: "mandatory", expected: "distinct keys with commas between", encode: encodeKeys, decode: decodeKeys },
  { name: "alpn", expected: "protocols with commas between", encode: encodeAlpn, decode: decodeAlpn },
  {
    name: "no-default-alpn",
    expected: "no value",
    encode: (value) => (value === null || value === "" ? new Uint8Array(0) : null),
    decode: () => null,
  },
  {
    name: "port",
    expected: "a port (0 to 65535)",
    encode: (value) => encodeNumber(value ?? ""),
    decode: (octets) => String(readU16(octets, 0)),
  },
  { name: "ipv4hint", ...hints(4, encodeIpv4) },
  { name: "ech", expected: "base64", encode: (value) => base64Octets(value ?? ""), decode: base64Text },
  { name: "ipv6hint", ...hints(16, ipv6Octets) },
  opaque("dohpath"),
];

/** The number of a key by name or as keyNNNNN, or null. */
function paramKey(text: string): number | null {
  const known = params.findIndex((param) => param.name === text);
  if (known >= 0) return known;
  const digits = /^key(0|[1-9][0-9]{0,4})$/.exec(text)?.[1];
  return digits !== undefined && Number(digits) < 0xffff ? Number(digits) : null;
}

function paramName(key: number): string {
  return params[key]?.name ?? `key${key}`;
}

function readParams(tokens: TokenReader, out: OctetWriter): void {
  const found = new Map<number, Uint8Array>();
  while (!tokens.done) {
    const token = tokens.next("a parameter");
    if (token === null) return;
    const equals = token.text.indexOf("=");
    const keyText = equals < 0 ? token.text : token.text.slice(0, equals);
    const key = paramKey(keyText);
    if (key === null)
      return tokens.reject(token, `a parameter such as ${params.map((p) => p.name).join(", ")} or key65280`);
    if (found.has(key)) return tokens.reject(token, `each parameter once, ${quoteToken(keyText)} came before`);
    const param = (keyText.startsWith("key") ? undefined : params[key]) ?? opaque(keyText);
    const value = equals < 0 ? null : unescapeText(token.text.slice(equals + 1));
    const octets = param.encode(value);
    if (octets === null || !isParamValue(key, octets)) return tokens.reject(token, `${keyText} with ${param.expected}`);
    found.set(key, octets);
  }
  for (const [key, octets] of [...found].sort(([a], [b]) => a - b)) {
    out.u16(key);
    out.u16(octets.length);
    out.octets(octets);
  }
}

function skipParams(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let before = -1;
  while (at < end) {
    const key = readU16(bytes, at);
    if (at + 4 > end || key <= before) return -1;
    before = key;
    const size = readU16(bytes, at + 2);
    if (at + 4 + size > end || !isParamValue(key, bytes.subarray(at + 4, at + 4 + size))) return -1;
    at += 4 + size;
  }
  return at;
}

/** True when the value's size fits its key, so that it has a text. */
function isParamValue(key: number, value: Uint8Array): boolean {
  if (key === 0) return value.length > 0 && value.length % 2 === 0;
  if (key === 1) return isAlpn(value);
  if (key === 2) return value.length === 0;
  if (key === 3) return value.length === 2;
  if (key === 4) return value.length > 0 && value.length % 4 === 0;
  if (key === 6) return value.length > 0 && value.length % 16 === 0;
  return true;
}

function isAlpn(value: Uint8Array): boolean {
  let at = 0;
  while (at < value.length) {
    const size = value[at] ?? 0;
    if (size === 0) return false;
    at += 1 + size;
  }
  return value.length > 0 && at === value.length;
}

function paramsText(bytes: Uint8Array, start: number, end: number): string {
  const texts: string[] = [];
  for (let at = start; at < end; at += 4 + readU16(bytes, at + 2)) {
    const key = readU16(bytes, at);
    const octets = bytes.subarray(at + 4, at + 4 + readU16(bytes, at + 2));
    const value = (params[key] ?? opaque("")).decode(octets);
    texts.push(value === null ? paramName(key) : `${paramName(key)}=${value}`);
  }
  return texts.join(" ");
}

/** The values of `key` in well-formed parameters from `start`, or null. */
function findParam(bytes: Uint8Array, start: number, key: number): Uint8Array | null {
  for (let at = start; at < bytes.length; at += 4 + readU16(bytes, at + 2)) {
    if (readU16(bytes, at) === key) return bytes.subarray(at + 4, at + 4 + readU16(bytes, at + 2));
  }
  return null;
}

/** Keys that are called mandatory must be there (RFC 9460, 8); no-default-alpn needs alpn (7.1.1). */
function checkParams(rdata: Uint8Array): string | null {
  const target = name("", "plain").skip(rdata, 2, rdata.length);
  const mandatory = findParam(rdata, target, 0);
  for (let at = 0; mandatory !== null && at + 1 < mandatory.length; at += 2) {
    const key = readU16(mandatory, at);
    if (findParam(rdata, target, key) === null) return `the mandatory parameter ${paramName(key)} is missing`;
  }
  if (findParam(rdata, target, 2) !== null && findParam(rdata, target, 1) === null) {
    return "no-default-alpn needs alpn beside it";
  }
  return null;
}

const paramsField: Field = { expected: "parameters", read: readParams, skip: skipParams, text: paramsText };
const svcbFields: readonly Field[] = [u16("a priority"), name("a target's name", "plain"), paramsField];

export const svcbTypes: readonly RdataType[] = [
  { type: rrType.SVCB, fields: svcbFields, check: checkParams },
  { type: rrType.HTTPS, fields: svcbFields, check: checkParams },
];
