/**
 * A set of records as one row: owner and records as octets, the owner once more in lower case as part of the key
 * (RFC 4343). What an answer adds to a set (`turns`, errors) is made by decisions and never comes from an UPDATE, so
 * it has no place here.
 */
import { nameBytes, nameKey, readName } from "../../dns/name.ts";
import { OctetWriter, readU16 } from "../../dns/octets.ts";
import type { RRset, SetKey } from "../../dns/types.ts";

export interface SetKeyRow {
  readonly ownerKey: Uint8Array;
  readonly type: number;
}

export interface SetRow extends SetKeyRow {
  readonly owner: Uint8Array;
  readonly ttlSeconds: number;
  /** Each record behind its length in two octets. */
  readonly rdata: Uint8Array;
}

export function packSetKey({ owner, type }: SetKey): SetKeyRow {
  return { ownerKey: nameBytes(nameKey(owner)), type };
}

export function packSet(set: RRset): SetRow {
  const out = new OctetWriter();
  for (const record of set.rdata) {
    out.u16(record.length);
    out.octets(record);
  }
  return { ...packSetKey(set), owner: nameBytes(set.owner), ttlSeconds: set.ttlSeconds, rdata: out.finish() };
}

/** Null for a row that no set was ever packed into. */
export function unpackSet({ owner, rdata, ttlSeconds, type }: Omit<SetRow, "ownerKey">): RRset | null {
  const name = readName(owner, 0);
  const records = unpackRecords(rdata);
  if (name === null || name.end !== owner.length || records === null) return null;
  return { owner: name.name, type, ttlSeconds, rdata: records };
}

function unpackRecords(packed: Uint8Array): readonly Uint8Array[] | null {
  const records: Uint8Array[] = [];
  let at = 0;
  while (at < packed.length) {
    const begin = at + 2;
    at = begin + readU16(packed, at);
    if (at > packed.length) return null;
    records.push(packed.slice(begin, at));
  }
  return records;
}
