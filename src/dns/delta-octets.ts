/**
 * Differences as octets, for the database and for messages between threads: a copy of records one by one would carry
 * along the whole buffers that they are views of. A version in front, a checksum behind: what is damaged is noticed and
 * costs a secondary one full transfer, never a wrong zone.
 */
import { fail, ok, type Result } from "../base/result.ts";
import { readName } from "./name.ts";
import { OctetWriter, readU16, readU32 } from "./octets.ts";
import { rrType } from "./rr-types.ts";
import type { ZoneDelta, ZoneRecord } from "./types.ts";
import { soaSerial } from "./zone-records.ts";

const version = 1;
/** Version, two serials, two counts. */
const headOctets = 17;
const sumOctets = 4;

/** FNV-1a with 32 bits: no change of one octet keeps it. */
function checksum(bytes: Uint8Array, length: number): number {
  let sum = 0x811c9dc5;
  for (let at = 0; at < length; at++) sum = Math.imul(sum ^ (bytes[at] as number), 0x01000193);
  return sum >>> 0;
}

function packRecord(out: OctetWriter, { owner, type, ttlSeconds, rdata }: ZoneRecord): void {
  out.text(owner);
  out.u16(type);
  out.u32(ttlSeconds);
  out.u16(rdata.length);
  out.octets(rdata);
}

export function packDelta(delta: ZoneDelta): Uint8Array<ArrayBuffer> {
  const out = new OctetWriter(512);
  out.u8(version);
  for (const value of [delta.from, delta.to, delta.removed.length, delta.added.length]) out.u32(value);
  for (const record of delta.removed) packRecord(out, record);
  for (const record of delta.added) packRecord(out, record);
  const body = out.finish();
  out.u32(checksum(body, body.length));
  return new Uint8Array(out.finish());
}

/** Reads `count` records from `at` and returns the offset behind them, or -1 when they pass the end. */
function unpackRecords(bytes: Uint8Array, from: { at: number; count: number }, records: ZoneRecord[]): number {
  let { at } = from;
  for (let left = from.count; left > 0; left--) {
    const owner = readName(bytes, at);
    if (owner === null) return -1;
    const start = owner.end + 8;
    const end = start + readU16(bytes, owner.end + 6);
    if (end > bytes.length) return -1;
    const [type, ttlSeconds] = [readU16(bytes, owner.end), readU32(bytes, owner.end + 2)];
    records.push({ owner: owner.name, type, ttlSeconds, rdata: bytes.subarray(start, end) });
    at = end;
  }
  return at;
}

function isSoa(record: ZoneRecord | undefined, serial: number): boolean {
  return record?.type === rrType.SOA && record.rdata.length >= 22 && soaSerial(record) === serial;
}

/** The error is a clause that says what is wrong. The records are views of `packed`. */
export function unpackDelta(packed: Uint8Array): Result<ZoneDelta, string> {
  const length = packed.length - sumOctets;
  if (length < headOctets) return fail(`a difference has ${packed.length} octets, which is less than its head`);
  if (packed[0] !== version) return fail(`a difference has the version ${packed[0]} instead of ${version}`);
  if (checksum(packed, length) !== readU32(packed, length)) return fail("a difference does not fit its checksum");
  const bytes = new Uint8Array(packed.buffer, packed.byteOffset, length);
  const [from, to] = [readU32(bytes, 1), readU32(bytes, 5)];
  const removed: ZoneRecord[] = [];
  const added: ZoneRecord[] = [];
  const between = unpackRecords(bytes, { at: headOctets, count: readU32(bytes, 9) }, removed);
  const end = between < 0 ? -1 : unpackRecords(bytes, { at: between, count: readU32(bytes, 13) }, added);
  if (end !== length) return fail("the records of a difference do not fit its octets");
  if (!isSoa(removed[0], from) || !isSoa(added[0], to)) return fail("a difference lacks the SOA of its serials");
  return ok({ from, to, removed, added });
}
