/**
 * RDATA of every type, between text and wire. Types that are not in the list, and any type written with `\#`, are
 * octets in hexadecimal (RFC 3597, 5). To add a type: a line in a family's file, or a new file and a line here.
 */
import { fail, ok, type Result } from "../../base/result.ts";
import { nameKey, readName } from "../name.ts";
import { hexOctets, hexText, OctetWriter, sameOctets } from "../octets.ts";
import type { Name } from "../types.ts";
import { addressTypes } from "./addresses.ts";
import { aplTypes } from "./apl.ts";
import { digestTypes } from "./digests.ts";
import { dnssecTypes } from "./dnssec.ts";
import type { RdataType } from "./field.ts";
import { hostKeyTypes } from "./host-keys.ts";
import { locTypes } from "./loc.ts";
import { locatorTypes } from "./locators.ts";
import { nameTypes } from "./names.ts";
import { naptrType } from "./naptr.ts";
import { soaType } from "./soa.ts";
import { svcbTypes } from "./svcb.ts";
import { textTypes } from "./texts.ts";
import { type RdataFault, TokenReader } from "./tokens.ts";

export { addressRdata, rdataAddress } from "../address.ts";
export { readSoa, replaceSoaSerial, soaRdata } from "./soa.ts";

/** RDLENGTH has 16 bits (RFC 1035, 3.2.1). */
export const rdataOctetsMax = 0xffff;

const known: ReadonlyMap<number, RdataType> = new Map(
  [
    ...addressTypes,
    ...nameTypes,
    soaType,
    ...textTypes,
    naptrType,
    ...digestTypes,
    ...dnssecTypes,
    ...svcbTypes,
    ...locTypes,
    ...hostKeyTypes,
    ...locatorTypes,
    ...aplTypes,
  ].map((entry) => [entry.type, entry]),
);

/** How a type is made, or undefined when it is only octets. */
export function rdataType(type: number): RdataType | undefined {
  return known.get(type);
}

/** Where a name stands in RDATA. */
export interface EmbeddedName {
  readonly name: Name;
  readonly offset: number;
  readonly compressible: boolean;
}

/** All names in well-formed, uncompressed RDATA. */
export function rdataNames(type: number, rdata: Uint8Array): EmbeddedName[] {
  const names: EmbeddedName[] = [];
  let at = 0;
  for (const field of known.get(type)?.fields ?? []) {
    const found = field.name === undefined ? null : readName(rdata, at);
    if (found !== null) names.push({ name: found.name, offset: at, compressible: field.name === "compressible" });
    at = field.skip(rdata, at, rdata.length);
    if (at < 0) return names;
  }
  return names;
}

/** True when uncompressed RDATA has the form of its type. Unknown types have every form. */
export function isWellFormed(type: number, rdata: Uint8Array): boolean {
  if (rdata.length > rdataOctetsMax) return false;
  const entry = known.get(type);
  if (entry === undefined) return true;
  let at = 0;
  for (const field of entry.fields) {
    at = field.skip(rdata, at, rdata.length);
    if (at < 0) return false;
  }
  return at === rdata.length;
}

/** RFC 3597 text: `\# 4 C0000201`. */
export function genericRdataText(rdata: Uint8Array): string {
  return rdata.length === 0 ? "\\# 0" : `\\# ${rdata.length} ${hexText(rdata)}`;
}

/** The text of RDATA as a zone file has it; generic when the type is unknown or the octets are malformed. */
export function rdataText(type: number, rdata: Uint8Array): string {
  const entry = known.get(type);
  if (entry === undefined || !isWellFormed(type, rdata)) return genericRdataText(rdata);
  const texts: string[] = [];
  let at = 0;
  for (const field of entry.fields) {
    const text = field.text(rdata, at, rdata.length);
    if (text !== "") texts.push(text);
    at = field.skip(rdata, at, rdata.length);
  }
  return texts.join(" ");
}

/** `\#`, a length, and as many octets (RFC 3597, 5). */
function readGeneric(type: number, tokens: TokenReader): Uint8Array {
  tokens.next("\\#");
  const start = tokens.peek();
  const length = tokens.number("the number of octets", rdataOctetsMax);
  let hex = "";
  while (!tokens.done) hex += tokens.next("octets")?.text ?? "";
  const octets = hexOctets(hex);
  if (start === null || tokens.fault !== null) return new Uint8Array(0);
  if (octets === null) tokens.reject({ ...start, text: hex }, "octets in hexadecimal");
  else if (octets.length !== length) tokens.reject(start, `the number of octets that follow, ${octets.length}`);
  else if (!isWellFormed(type, octets)) tokens.reject({ ...start, text: hex }, "octets that fit the type");
  return octets ?? new Uint8Array(0);
}

/** Room that every record is built in before it is copied out. */
const out = new OctetWriter(512);

function readFields(entry: RdataType, tokens: TokenReader): Uint8Array {
  out.clear();
  for (const field of entry.fields) {
    field.read(tokens, out);
    if (tokens.fault !== null) return new Uint8Array(0);
  }
  const extra = tokens.peek();
  if (extra !== null) tokens.reject(extra, "the end of the record");
  return out.finish();
}

/** Reads the tokens behind a type. The fault says what was found and expected, and where. */
export function parseRdata(type: number, tokens: TokenReader): Result<Uint8Array, RdataFault> {
  const entry = known.get(type);
  const first = tokens.peek();
  const generic = first !== null && first.text === "\\#" && !first.quoted;
  if (!generic && entry === undefined) {
    const { line, column } = first ?? { line: 1, column: 1 };
    return fail({ sentence: "this type has no text form here, expected \\# LENGTH HEX (RFC 3597)", line, column });
  }
  const rdata = entry === undefined || generic ? readGeneric(type, tokens) : readFields(entry, tokens);
  if (tokens.fault !== null) return fail(tokens.fault);
  const { line, column } = first ?? { line: 1, column: 1 };
  if (rdata.length > rdataOctetsMax) {
    return fail({ sentence: `the record has ${rdata.length} octets, at most ${rdataOctetsMax} fit`, line, column });
  }
  const wrong = entry?.check?.(rdata) ?? null;
  return wrong === null ? ok(rdata) : fail({ sentence: wrong, line, column });
}

/** Reads RDATA from one line of text, for callers without a zone file. Strings may be quoted. */
export function parseRdataText(type: number, text: string, origin: Name): Result<Uint8Array, string> {
  const matches = [...text.matchAll(/(?:[^\s"\\=]|\\[^]|=(?!"))+(?:="((?:[^"\\]|\\[^])*)")?|"((?:[^"\\]|\\[^])*)"/g)];
  const tokens = matches.map((match) => ({
    text: match[2] ?? (match[1] === undefined ? match[0] : match[0].slice(0, -match[1].length - 2) + match[1]),
    quoted: match[2] !== undefined,
    line: 1,
    column: match.index + 1,
  }));
  const parsed = parseRdata(type, new TokenReader(tokens, origin, { line: 1, column: text.length + 1 }));
  return parsed.ok ? parsed : fail(parsed.error.sentence);
}

/** The form in which records are compared: names in lower case (RFC 4034, 6.2). The same octets when none changes. */
export function canonicalRdata(type: number, rdata: Uint8Array): Uint8Array {
  let copy: Uint8Array | null = null;
  for (const { name, offset } of rdataNames(type, rdata)) {
    const key = nameKey(name);
    if (key === name) continue;
    copy ??= rdata.slice();
    for (let at = 0; at < key.length; at++) copy[offset + at] = key.charCodeAt(at);
  }
  return copy ?? rdata;
}

/** True when two records of a type say the same. */
export function sameRdata(type: number, a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  return sameOctets(a, b) || sameOctets(canonicalRdata(type, a), canonicalRdata(type, b));
}
