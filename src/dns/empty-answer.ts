/**
 * Answers that say no more than a code: to UPDATE (RFC 2136, 3.8), to NOTIFY (RFC 1996, 3.7), and to requests that are
 * refused for their signature. The header and question section are the request's own octets, so that it is recognised
 * even by clients that compare letters.
 */
import { udpPayloadMax } from "./edns.ts";
import { flagBit, headerOctets } from "./message.ts";
import { readName } from "./name.ts";
import { OctetWriter, readU16 } from "./octets.ts";
import { hasRecord } from "./record-walk.ts";
import { rrType } from "./rr-types.ts";

const opcodeBits = 0x7800;

/** RFC 6891, 6.1.1: who asks with OPT is answered with OPT. */
function writeOpt(out: OctetWriter): void {
  out.u8(0);
  out.u16(rrType.OPT);
  out.u16(udpPayloadMax);
  out.u32(0);
  out.u16(0);
}

/** The offset behind the questions; -1 when one cannot be repeated: it breaks off, or its name points elsewhere. */
function questionsEnd(request: Uint8Array): number {
  let at = headerOctets;
  for (let left = readU16(request, 4); left > 0; left--) {
    const name = readName(request, at);
    if (name === null || name.end - at !== name.name.length || name.end + 4 > request.length) return -1;
    at = name.end + 4;
  }
  return at;
}

/**
 * The answer to a request of at least a header: its number, opcode, RD and questions, and the code, of at most four bits.
 * `flags` are more `flagBit`s. A TSIG record of the request is not answered here.
 */
export function emptyAnswer(request: Uint8Array, code: number, flags = 0): Uint8Array {
  const end = questionsEnd(request);
  const out = new OctetWriter(request.length);
  out.octets(request.subarray(0, end < 0 ? headerOctets : end));
  out.patchU16(2, flagBit.qr | flags | (readU16(request, 2) & (opcodeBits | flagBit.rd)) | code);
  if (end < 0) out.patchU16(4, 0);
  const hasOpt = hasRecord(request, rrType.OPT);
  for (const at of [6, 8]) out.patchU16(at, 0);
  out.patchU16(10, Number(hasOpt));
  if (hasOpt) writeOpt(out);
  return out.finish();
}
