/** Stands in for `packDelta` and `unpackDelta` of `dns/journal` until they are there. */
import { fail, ok, type Result } from "../../base/result.ts";
import { readName } from "../../dns/name.ts";
import { OctetWriter, readU16, readU32 } from "../../dns/octets.ts";
import type { ZoneDelta, ZoneRecord } from "../../dns/types.ts";

export function packDelta(delta: ZoneDelta): Uint8Array {
  const out = new OctetWriter();
  for (const number of [delta.from, delta.to, delta.removed.length, delta.added.length]) out.u32(number);
  for (const { owner, rdata, ttlSeconds, type } of [...delta.removed, ...delta.added]) {
    out.text(owner);
    out.u16(type);
    out.u32(ttlSeconds);
    out.u16(rdata.length);
    out.octets(rdata);
  }
  out.u32(sumOf(out.finish()));
  return out.finish();
}

/** FNV-1a. */
function sumOf(octets: Uint8Array): number {
  return octets.reduce((sum, octet) => Math.imul(sum ^ octet, 0x01000193) >>> 0, 0x811c9dc5);
}

export function unpackDelta(packed: Uint8Array): Result<ZoneDelta, string> {
  const octets = packed.subarray(0, -4);
  if (packed.length < 20 || sumOf(octets) !== readU32(packed, octets.length)) return fail("a difference is damaged");
  const records: ZoneRecord[] = [];
  for (let at = 16; at < octets.length; ) {
    const name = readName(octets, at);
    if (name === null) return fail("a difference cannot be read");
    const begin = name.end + 8;
    const end = begin + readU16(octets, name.end + 6);
    if (end > octets.length) return fail("a difference is cut short");
    const [type, ttlSeconds] = [readU16(octets, name.end), readU32(octets, name.end + 2)];
    records.push({ owner: name.name, type, ttlSeconds, rdata: octets.slice(begin, end) });
    at = end;
  }
  const [from, to, gone] = [readU32(octets, 0), readU32(octets, 4), readU32(octets, 8)];
  return ok({ from, to, removed: records.slice(0, gone), added: records.slice(gone) });
}
