/**
 * The TSIG record (RFC 8945, 4.2) on raw octets: found at the end of a message without decoding the rest, cut off, and
 * appended. A signature is over octets as they were sent, so a message that was decoded and encoded again is no use
 * here.
 */
import { nameKey, readName } from "./name.ts";
import { copyOctets, OctetWriter, readU16, readU32 } from "./octets.ts";
import { walkRecords } from "./record-walk.ts";
import { rrClass, rrType } from "./rr-types.ts";
import type { Name, NameKey } from "./types.ts";

export interface TsigRecord {
  /** Where it starts, which is where the signed part of the message ends. */
  readonly start: number;
  /** Of the key. */
  readonly name: NameKey;
  readonly algorithm: NameKey;
  /** Unix time of the signing. */
  readonly timeSigned: number;
  /** How far the clocks may be apart. */
  readonly fudgeSeconds: number;
  readonly mac: Uint8Array;
  readonly originalId: number;
  /** One of `rcode`. */
  readonly error: number;
  /** With BADTIME: the server's time. */
  readonly other: Uint8Array;
}

/** Seconds of Unix time in 48 bits. */
export function writeU48(out: OctetWriter, value: number): void {
  out.u16(Math.floor(value / 0x1_0000_0000) & 0xffff);
  out.u32((value % 0x1_0000_0000) >>> 0);
}

export function readU48(bytes: Uint8Array, at: number): number {
  return readU16(bytes, at) * 0x1_0000_0000 + readU32(bytes, at + 2);
}

function readFields(bytes: Uint8Array, start: number): TsigRecord | "malformed" {
  const owner = readName(bytes, start);
  if (owner === null) return "malformed";
  const rdata = owner.end + 10;
  const algorithm = readName(bytes, rdata);
  if (readU16(bytes, owner.end + 2) !== rrClass.ANY || readU32(bytes, owner.end + 4) !== 0) return "malformed";
  // RFC 8945, 4.2: the algorithm's name is never compressed.
  if (algorithm === null || algorithm.end - rdata !== algorithm.name.length) return "malformed";
  const mac = algorithm.end + 10;
  const behindMac = mac + readU16(bytes, algorithm.end + 8);
  const other = behindMac + 6;
  const end = other + readU16(bytes, behindMac + 4);
  if (other > bytes.length || end !== bytes.length) return "malformed";
  return {
    start,
    name: nameKey(owner.name),
    algorithm: nameKey(algorithm.name),
    timeSigned: readU48(bytes, algorithm.end),
    fudgeSeconds: readU16(bytes, algorithm.end + 6),
    mac: copyOctets(bytes, mac, behindMac),
    originalId: readU16(bytes, behindMac),
    error: readU16(bytes, behindMac + 2),
    other: copyOctets(bytes, other, end),
  };
}

/**
 * The TSIG record of a message; null when there is none. Malformed is a message that breaks off, and a TSIG record that
 * is not the last of the additional section or not made as RFC 8945, 4.2 says: FORMERR (5.1).
 */
export function readTsig(message: Uint8Array): TsigRecord | null | "malformed" {
  for (const span of walkRecords(message)) {
    if (span === null) return "malformed";
    if (span.type !== rrType.TSIG) continue;
    const isLast = span.left === 1 && readU16(message, 10) > 0 && span.end === message.length;
    return isLast ? readFields(message, span.start) : "malformed";
  }
  return null;
}

/** The message as it was before it was signed: without the record, with its original number. */
export function withoutTsig(message: Uint8Array, record: TsigRecord): Uint8Array {
  const unsigned = copyOctets(message, 0, record.start);
  const view = new DataView(unsigned.buffer);
  view.setUint16(0, record.originalId);
  view.setUint16(10, readU16(message, 10) - 1);
  return unsigned;
}

/** The message with a TSIG record behind it. */
export function withTsig(message: Uint8Array, record: Omit<TsigRecord, "start">): Uint8Array {
  const out = new OctetWriter(message.length + 256);
  out.octets(message);
  out.patchU16(10, readU16(message, 10) + 1);
  out.text(record.name);
  out.u16(rrType.TSIG);
  out.u16(rrClass.ANY);
  out.u32(0);
  out.u16(record.algorithm.length + 16 + record.mac.length + record.other.length);
  out.text(record.algorithm);
  writeU48(out, record.timeSigned);
  out.u16(record.fudgeSeconds);
  out.u16(record.mac.length);
  out.octets(record.mac);
  out.u16(record.originalId);
  out.u16(record.error);
  out.u16(record.other.length);
  out.octets(record.other);
  return out.finish();
}

/** Octets that a record with these names takes, without Other Data. */
export function tsigRecordOctets(name: Name, algorithm: Name, macOctets: number): number {
  return name.length + 10 + algorithm.length + 16 + macOctets;
}
