/**
 * Octets to a message. Every offset is checked against the end, names cannot loop (see `readName`), and RDATA must have
 * the form of its type, with nothing behind it. Names inside RDATA of known types are expanded (RFC 3597, 4).
 */
import { fail, ok, type Result } from "../base/result.ts";
import {
  type Edns,
  type EdnsOption,
  headerOctets,
  type Message,
  type Question,
  type ResourceRecord,
} from "./message.ts";
import { readName, root } from "./name.ts";
import { copyOctets, OctetWriter, readU16, readU32 } from "./octets.ts";
import { rdataType } from "./rdata/index.ts";
import { rrType } from "./rr-types.ts";

/** Reads on from an offset; the first fault stays. */
interface Cursor {
  readonly bytes: Uint8Array;
  at: number;
  fault: string | null;
}

function readQuestion(cursor: Cursor): Question | null {
  const name = readName(cursor.bytes, cursor.at);
  if (name === null || name.end + 4 > cursor.bytes.length) return null;
  cursor.at = name.end + 4;
  return { name: name.name, type: readU16(cursor.bytes, name.end), class: readU16(cursor.bytes, name.end + 2) };
}

/** RDATA with its names expanded, or null when it does not have the form of its type. */
function expandRdata(bytes: Uint8Array, type: number, span: readonly [number, number]): Uint8Array | null {
  const [start, end] = span;
  const entry = rdataType(type);
  if (entry === undefined || start === end) return copyOctets(bytes, start, end);
  // Most types have no name to expand, and are copied as they are.
  const out = entry.fields.some((field) => field.name !== undefined) ? new OctetWriter() : null;
  let at = start;
  for (const field of entry.fields) {
    const found = field.name === undefined ? null : readName(bytes, at);
    const behind = field.name === undefined ? field.skip(bytes, at, end) : (found?.end ?? -1);
    if (behind < 0 || behind > end) return null;
    if (found === null) out?.octets(bytes.subarray(at, behind));
    else out?.text(found.name);
    at = behind;
  }
  if (at !== end) return null;
  return out === null ? copyOctets(bytes, start, end) : out.finish();
}

function readRecord(cursor: Cursor): ResourceRecord | null {
  const { bytes } = cursor;
  const owner = readName(bytes, cursor.at);
  if (owner === null || owner.end + 10 > bytes.length) return null;
  const start = owner.end + 10;
  const end = start + readU16(bytes, owner.end + 8);
  if (end > bytes.length) return null;
  const type = readU16(bytes, owner.end);
  const rdata = expandRdata(bytes, type, [start, end]);
  if (rdata === null) return null;
  cursor.at = end;
  return {
    owner: owner.name,
    type,
    class: readU16(bytes, owner.end + 2),
    ttlSeconds: readU32(bytes, owner.end + 4),
    rdata,
  };
}

/** How many of what the header promises. */
interface Promised {
  readonly count: number;
  readonly what: string;
}

function readMany<T>(cursor: Cursor, readOne: (cursor: Cursor) => T | null, { count, what }: Promised): T[] {
  const found: T[] = [];
  while (found.length < count && cursor.fault === null) {
    const one = readOne(cursor);
    if (one === null) cursor.fault = `${what} ${found.length + 1} of ${count} at octet ${cursor.at} is malformed`;
    else found.push(one);
  }
  return found;
}

function readOptions(data: Uint8Array): EdnsOption[] | null {
  const options: EdnsOption[] = [];
  let at = 0;
  while (at < data.length) {
    const end = at + 4 + readU16(data, at + 2);
    if (at + 4 > data.length || end > data.length) return null;
    options.push({ code: readU16(data, at), data: copyOctets(data, at + 4, end) });
    at = end;
  }
  return options;
}

/** The OPT record's content (RFC 6891, 6.1.2 and 6.1.3), null without one, or what is wrong with it. */
function readEdns(additionals: readonly ResourceRecord[]): Result<Edns | null, string> {
  const [opt, second] = additionals.filter((record) => record.type === rrType.OPT);
  if (opt === undefined) return ok(null);
  if (second !== undefined) return fail("there is more than one OPT record");
  if (opt.owner !== root) return fail("the owner of OPT is not the root");
  const options = readOptions(opt.rdata);
  if (options === null) return fail("an EDNS option is cut off");
  const version = (opt.ttlSeconds >>> 16) & 0xff;
  return ok({ udpOctets: opt.class, version, dnssecOk: (opt.ttlSeconds & 0x8000) !== 0, options });
}

function extendedRcode(low: number, additionals: readonly ResourceRecord[]): number {
  const opt = additionals.find((record) => record.type === rrType.OPT);
  return opt === undefined ? low : ((opt.ttlSeconds >>> 24) << 4) | low;
}

/** Reads one message that fills `bytes` to the end. The error is a sentence for logs. */
export function decodeMessage(bytes: Uint8Array): Result<Message, string> {
  if (bytes.length < headerOctets) return fail(`${bytes.length} octets are less than a header`);
  const cursor: Cursor = { bytes, at: headerOctets, fault: null };
  const questions = readMany(cursor, readQuestion, { count: readU16(bytes, 4), what: "question" });
  const answers = readMany(cursor, readRecord, { count: readU16(bytes, 6), what: "answer" });
  const authorities = readMany(cursor, readRecord, { count: readU16(bytes, 8), what: "authority record" });
  const all = readMany(cursor, readRecord, { count: readU16(bytes, 10), what: "additional record" });
  if (cursor.fault !== null) return fail(cursor.fault);
  if (cursor.at !== bytes.length) return fail(`${bytes.length - cursor.at} octets stand behind the message`);
  if ([...answers, ...authorities].some((record) => record.type === rrType.OPT)) return fail("OPT is not additional");
  const edns = readEdns(all);
  if (!edns.ok) return edns;
  const word = readU16(bytes, 2);
  return ok({
    id: readU16(bytes, 0),
    flags: word & 0x87f0,
    opcode: (word >>> 11) & 15,
    rcode: extendedRcode(word & 15, all),
    questions,
    answers,
    authorities,
    additionals: all.filter((record) => record.type !== rrType.OPT),
    edns: edns.value,
  });
}
