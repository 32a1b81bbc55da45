/**
 * A message to octets. Owners, questions and the names in RDATA of RFC 1035's types point back to names before them
 * (RFC 1035, 4.1.4), matched with case, so that case is kept; names in later types are written out (RFC 3597, 4).
 */
import { assert } from "../base/assert.ts";
import { type Edns, type Message, messageOctetsMax, optOwner, type ResourceRecord } from "./message.ts";
import { OctetWriter } from "./octets.ts";
import { rdataNames } from "./rdata/index.ts";
import { rrType } from "./rr-types.ts";
import type { Name } from "./types.ts";

/** A pointer has 14 bits. */
const pointerMax = 0x3fff;

interface Output {
  readonly out: OctetWriter;
  /** Where each name and each end of a name stands. */
  readonly offsets: Map<string, number>;
}

function writeCompressed({ out, offsets }: Output, name: Name): void {
  let at = 0;
  while (name.charCodeAt(at) !== 0) {
    const rest = name.slice(at);
    const known = offsets.get(rest);
    if (known !== undefined) return out.u16(0xc000 | known);
    if (out.length <= pointerMax) offsets.set(rest, out.length);
    const next = at + 1 + name.charCodeAt(at);
    out.text(name.slice(at, next));
    at = next;
  }
  out.u8(0);
}

function writeRdata(output: Output, record: ResourceRecord): void {
  const { out } = output;
  let at = 0;
  for (const embedded of rdataNames(record.type, record.rdata)) {
    if (!embedded.compressible) continue;
    out.octets(record.rdata.subarray(at, embedded.offset));
    writeCompressed(output, embedded.name);
    at = embedded.offset + embedded.name.length;
  }
  out.octets(record.rdata.subarray(at));
}

function writeRecord(output: Output, record: ResourceRecord): void {
  const { out } = output;
  writeCompressed(output, record.owner);
  out.u16(record.type);
  out.u16(record.class);
  out.u32(record.ttlSeconds);
  const lengthAt = out.length;
  out.u16(0);
  writeRdata(output, record);
  const size = out.length - lengthAt - 2;
  assert(size <= 0xffff, "RDATA has at most 65535 octets");
  out.patchU16(lengthAt, size);
}

function optRecord(edns: Edns, rcode: number): ResourceRecord {
  const data = new OctetWriter();
  for (const option of edns.options) {
    data.u16(option.code);
    data.u16(option.data.length);
    data.octets(option.data);
  }
  const ttlSeconds = (((rcode >>> 4) << 24) | (edns.version << 16) | (edns.dnssecOk ? 0x8000 : 0)) >>> 0;
  return { owner: optOwner, type: rrType.OPT, class: edns.udpOctets, ttlSeconds, rdata: data.finish() };
}

/** Writes a whole message. More than 65535 octets, or an extended rcode without EDNS, is a bug of the caller. */
export function encodeMessage(message: Message): Uint8Array {
  const { edns } = message;
  assert(edns !== null || message.rcode <= 15, "an extended rcode needs EDNS");
  const output: Output = { out: new OctetWriter(512), offsets: new Map() };
  const { out } = output;
  const additionals = edns === null ? message.additionals : [...message.additionals, optRecord(edns, message.rcode)];
  out.u16(message.id);
  out.u16((message.flags & 0x87f0) | (message.opcode << 11) | (message.rcode & 15));
  for (const section of [message.questions, message.answers, message.authorities, additionals]) out.u16(section.length);
  for (const question of message.questions) {
    writeCompressed(output, question.name);
    out.u16(question.type);
    out.u16(question.class);
  }
  for (const record of [...message.answers, ...message.authorities, ...additionals]) writeRecord(output, record);
  assert(out.length <= messageOctetsMax, "a message has at most 65535 octets");
  return out.finish();
}
