/**
 * Whether a message answers another: same id, marked as a response, same opcode, same question (RFC 5452, 9.1). A
 * server that refuses may leave the question out (RFC 1035, 4.1.1, says nothing on it), and the answer to an UPDATE
 * always may (RFC 2136, 3.8).
 */
import { headerOctets } from "../../dns/message.ts";
import { nameKey, readName } from "../../dns/name.ts";
import { readU16 } from "../../dns/octets.ts";

const opcodeUpdate = 5;

export function messageId(octets: Uint8Array): number {
  return readU16(octets, 0);
}

/** True for an answer that had no room in a datagram (RFC 1035, 4.1.1: TC). */
export function isTruncated(reply: Uint8Array): boolean {
  return (readU16(reply, 2) & 0x0200) !== 0;
}

function questionOf(octets: Uint8Array): string | null {
  const name = readName(octets, headerOctets);
  if (name === null || name.end + 4 > octets.length) return null;
  return `${readU16(octets, name.end)} ${readU16(octets, name.end + 2)} ${nameKey(name.name)}`;
}

export function isReplyTo(reply: Uint8Array, request: Uint8Array): boolean {
  if (reply.length < headerOctets || messageId(reply) !== messageId(request)) return false;
  const word = readU16(reply, 2);
  const opcode = (word >>> 11) & 15;
  if ((word & 0x8000) === 0 || opcode !== ((readU16(request, 2) >>> 11) & 15)) return false;
  if (readU16(reply, 4) === 0) return (word & 15) !== 0 || opcode === opcodeUpdate;
  return questionOf(reply) === questionOf(request);
}
