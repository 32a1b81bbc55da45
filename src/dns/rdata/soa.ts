/**
 * SOA (RFC 1035, 3.3.13): the one record whose parts the rest of the program reads and changes.
 */
import { assert } from "../../base/assert.ts";
import { readName } from "../name.ts";
import { OctetWriter, readU32 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import type { Name } from "../types.ts";
import { name, type RdataType, seconds, u32 } from "./field.ts";

export interface Soa {
  readonly mname: Name;
  readonly rname: Name;
  readonly serial: number;
  readonly refreshSeconds: number;
  readonly retrySeconds: number;
  readonly expireSeconds: number;
  /** The TTL of negative answers (RFC 2308, 4). */
  readonly minimumSeconds: number;
}

export const soaType: RdataType = {
  type: rrType.SOA,
  fields: [
    name("the primary nameserver's name", "compressible"),
    name("the mailbox of whoever is responsible", "compressible"),
    u32("a serial"),
    seconds("the refresh time"),
    seconds("the retry time"),
    seconds("the expire time"),
    seconds("the minimum (negative) TTL"),
  ],
};

export function soaRdata(soa: Soa): Uint8Array {
  const out = new OctetWriter();
  out.text(soa.mname);
  out.text(soa.rname);
  for (const value of [soa.serial, soa.refreshSeconds, soa.retrySeconds, soa.expireSeconds, soa.minimumSeconds]) {
    out.u32(value);
  }
  return out.finish();
}

/** The parts of SOA RDATA, or null when it is malformed. */
export function readSoa(rdata: Uint8Array): Soa | null {
  const mname = readName(rdata, 0);
  const rname = mname === null ? null : readName(rdata, mname.end);
  if (mname === null || rname === null || rname.end + 20 !== rdata.length) return null;
  return {
    mname: mname.name,
    rname: rname.name,
    serial: readU32(rdata, rname.end),
    refreshSeconds: readU32(rdata, rname.end + 4),
    retrySeconds: readU32(rdata, rname.end + 8),
    expireSeconds: readU32(rdata, rname.end + 12),
    minimumSeconds: readU32(rdata, rname.end + 16),
  };
}

/** The same SOA with another serial. The numbers are the last 20 octets, so the names need not be read. */
export function replaceSoaSerial(rdata: Uint8Array, serial: number): Uint8Array {
  assert(rdata.length >= 22, "SOA RDATA has at least 22 octets");
  const copy = rdata.slice();
  new DataView(copy.buffer).setUint32(copy.length - 20, serial >>> 0);
  return copy;
}
