/**
 * A message to octets, sections one behind the other (RFC 1035, 4.1), names compressed as `RecordWriter` does it.
 */
import { assert } from "../base/assert.ts";
import { type Edns, type Message, messageOctetsMax, optOwner, type ResourceRecord } from "./message.ts";
import { OctetWriter } from "./octets.ts";
import { RecordWriter } from "./record-writer.ts";
import { rrType } from "./rr-types.ts";

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
  const writer = new RecordWriter(512);
  const { out } = writer;
  const additionals = edns === null ? message.additionals : [...message.additionals, optRecord(edns, message.rcode)];
  out.u16(message.id);
  out.u16((message.flags & 0x87f0) | (message.opcode << 11) | (message.rcode & 15));
  for (const section of [message.questions, message.answers, message.authorities, additionals]) out.u16(section.length);
  for (const question of message.questions) {
    writer.name(question.name);
    out.u16(question.type);
    out.u16(question.class);
  }
  for (const record of [...message.answers, ...message.authorities, ...additionals]) {
    writer.record(record, record.class);
  }
  assert(out.length <= messageOctetsMax, "a message has at most 65535 octets");
  return out.finish();
}
