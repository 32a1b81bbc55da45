/**
 * EDNS(0), RFC 6891: reading the OPT record of a query and writing that of an answer. A query's records behind the
 * question are read here too, since OPT may stand anywhere among the additional ones.
 */
import { clientCookieOctets, serverCookieOctetsMax, serverCookieOctetsMin } from "./cookie.ts";
import { nameOctetsMax } from "./name.ts";
import { readU16 } from "./octets.ts";
import { rrType } from "./rr-types.ts";
import type { ExtendedError } from "./types.ts";

/** What servers should say and use, so that answers are not fragmented (DNS flag day 2020, RFC 9715). */
export const udpPayloadMax = 1232;
/** Without EDNS (RFC 1035, 4.2.1), and the least that EDNS may ask for (RFC 6891, 6.2.3). */
export const udpPayloadMin = 512;
/** RFC 6891, 6.1.2: root name, type, class, TTL and length. */
export const optHeaderOctets = 11;

export const ednsOption = { NSID: 3, COOKIE: 10, EXTENDED_ERROR: 15 } as const;

/** What a query's OPT says. One object is filled again and again; `start`s are offsets in the query. */
export interface EdnsQuery {
  present: boolean;
  version: number;
  payload: number;
  dnssecOk: boolean;
  nsid: boolean;
  /** Offset of the cookie option's data, or -1. */
  cookieStart: number;
  cookieOctets: number;
  /** A TSIG or SIG(0) ends the query. */
  signed: boolean;
}

export function noEdns(): EdnsQuery {
  return {
    present: false,
    version: 0,
    payload: udpPayloadMin,
    dnssecOk: false,
    nsid: false,
    cookieStart: -1,
    cookieOctets: 0,
    signed: false,
  };
}

export function resetEdns(edns: EdnsQuery): void {
  edns.present = false;
  edns.version = 0;
  edns.payload = udpPayloadMin;
  edns.dnssecOk = false;
  edns.nsid = false;
  edns.cookieStart = -1;
  edns.cookieOctets = 0;
  edns.signed = false;
}

/** The offset behind a name, which may end in a pointer; -1 when it is malformed. */
export function skipName(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const size = bytes[at] as number;
    if (size === 0) return at + 1;
    if (size >= 0xc0) return at + 2 <= end ? at + 2 : -1;
    if (size > 63) return -1;
    at += 1 + size;
    if (at - start >= nameOctetsMax) return -1;
  }
  return -1;
}

/** RFC 7873, 5.2.2: 8 octets of the client's, or these and 8 to 32 of a server's. */
function isCookieLength(octets: number): boolean {
  const server = octets - clientCookieOctets;
  return server === 0 || (server >= serverCookieOctetsMin && server <= serverCookieOctetsMax);
}

function readOptions(edns: EdnsQuery, bytes: Uint8Array, place: { at: number; end: number }): boolean {
  const { end } = place;
  let { at } = place;
  while (at < end) {
    if (at + 4 > end) return false;
    const code = readU16(bytes, at);
    const octets = readU16(bytes, at + 2);
    at += 4;
    if (at + octets > end) return false;
    if (code === ednsOption.NSID) edns.nsid = true;
    if (code === ednsOption.COOKIE && edns.cookieStart < 0) {
      if (!isCookieLength(octets)) return false;
      edns.cookieStart = at;
      edns.cookieOctets = octets;
    }
    at += octets;
  }
  return true;
}

/** Reads the OPT whose type field stands at `at`. */
function readOpt(edns: EdnsQuery, bytes: Uint8Array, at: number): boolean {
  edns.present = true;
  edns.payload = Math.max(readU16(bytes, at + 2), udpPayloadMin);
  edns.version = bytes[at + 5] as number;
  edns.dnssecOk = ((bytes[at + 6] as number) & 0x80) !== 0;
  const octets = readU16(bytes, at + 8);
  // Options of a version that is not known here cannot be read either (RFC 6891, 6.1.3).
  return edns.version > 0 || readOptions(edns, bytes, { at: at + 10, end: at + 10 + octets });
}

/** `left`: how many records are to be read, this one included; `additional`: how many of a message's last are that. */
interface RecordPlace {
  readonly at: number;
  readonly end: number;
  readonly left: number;
  readonly additional: number;
}

/** One record of the query at `at`. Returns the offset behind it, or -1 when it is malformed. */
function readRecord(edns: EdnsQuery, bytes: Uint8Array, { at, end, left, additional }: RecordPlace): number {
  const typeAt = skipName(bytes, at, end);
  if (typeAt < 0 || typeAt + 10 > end) return -1;
  const type = readU16(bytes, typeAt);
  const next = typeAt + 10 + readU16(bytes, typeAt + 8);
  if (next > end) return -1;
  if (type === rrType.OPT) {
    // It is additional, its owner is the root, and there is one at most (RFC 6891, 6.1.1).
    if (left > additional || bytes[at] !== 0 || edns.present || !readOpt(edns, bytes, typeAt)) return -1;
  }
  // A transaction signature stands last (RFC 8945, 5.1).
  if (type === rrType.TSIG && left > 1) return -1;
  if (type === rrType.TSIG) edns.signed = true;
  return next;
}

/**
 * Reads the records of a query from `at` to `end`. False: FORMERR, for a malformed record or OPT, two OPTs, one in the
 * authority section, or octets behind the last record. What was found before the fault stands in `edns`.
 */
export function readQueryRecords(
  edns: EdnsQuery,
  bytes: Uint8Array,
  from: { at: number; end: number; authority: number; additional: number },
): boolean {
  const { additional, authority, end } = from;
  let at = from.at;
  for (let left = authority + additional; left > 0; left--) {
    at = readRecord(edns, bytes, { at, end, left, additional });
    if (at < 0) return false;
  }
  return at === end;
}

/** What the OPT of an answer carries. */
export interface EdnsAnswer {
  readonly extendedRcode: number;
  readonly dnssecOk: boolean;
  readonly nsid: Uint8Array | null;
  /** Client and server cookie. */
  readonly cookie: Uint8Array | null;
  readonly extendedError: ExtendedError | null;
}

const text = new TextEncoder();

function writeOption(out: Uint8Array, at: number, option: { code: number; data: Uint8Array }): number {
  out[at] = option.code >>> 8;
  out[at + 1] = option.code & 0xff;
  out[at + 2] = option.data.length >>> 8;
  out[at + 3] = option.data.length & 0xff;
  out.set(option.data, at + 4);
  return at + 4 + option.data.length;
}

/** The data of the option (RFC 8914, 2). */
export function extendedErrorData(error: ExtendedError): Uint8Array {
  const words = text.encode(error.text);
  const data = new Uint8Array(2 + words.length);
  data[0] = error.code >>> 8;
  data[1] = error.code & 0xff;
  data.set(words, 2);
  return data;
}

/** Writes an OPT without options, the common case. Returns the offset behind it. */
export function writePlainOpt(out: Uint8Array, at: number, dnssecOk: boolean): number {
  out[at] = 0;
  out[at + 1] = 0;
  out[at + 2] = rrType.OPT;
  out[at + 3] = udpPayloadMax >>> 8;
  out[at + 4] = udpPayloadMax & 0xff;
  out[at + 5] = 0;
  out[at + 6] = 0;
  out[at + 7] = dnssecOk ? 0x80 : 0;
  out[at + 8] = 0;
  out[at + 9] = 0;
  out[at + 10] = 0;
  return at + optHeaderOctets;
}

/** The octets of an OPT with options; extended errors longer than a line are cut. */
export function optRecord(answer: EdnsAnswer): Uint8Array {
  const options: { code: number; data: Uint8Array }[] = [];
  if (answer.nsid !== null) options.push({ code: ednsOption.NSID, data: answer.nsid });
  if (answer.cookie !== null) options.push({ code: ednsOption.COOKIE, data: answer.cookie });
  if (answer.extendedError !== null) {
    options.push({ code: ednsOption.EXTENDED_ERROR, data: extendedErrorData(answer.extendedError) });
  }
  const octets = options.reduce((sum, { data }) => sum + 4 + data.length, 0);
  const out = new Uint8Array(optHeaderOctets + octets);
  let at = writePlainOpt(out, 0, answer.dnssecOk);
  out[5] = answer.extendedRcode >>> 4;
  out[9] = octets >>> 8;
  out[10] = octets & 0xff;
  for (const option of options) at = writeOption(out, at, option);
  return out;
}
