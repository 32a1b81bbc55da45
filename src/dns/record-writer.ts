/**
 * Names and records into a message. Owners, questions and the names in RDATA of RFC 1035's types point back to names
 * before them (RFC 1035, 4.1.4), matched with case, so that case is kept; names in later types are written out
 * (RFC 3597, 4).
 */
import { assert } from "../base/assert.ts";
import { OctetWriter } from "./octets.ts";
import { rdataNames, rdataType } from "./rdata/index.ts";
import type { Name, ZoneRecord } from "./types.ts";

/** A pointer has 14 bits. */
const pointerMax = 0x3fff;

/** Types whose RDATA has names that may be compressed; for all others it is copied as it is. */
const compressible = new Map<number, boolean>();

function isCompressible(type: number): boolean {
  const known = compressible.get(type);
  if (known !== undefined) return known;
  const found = rdataType(type)?.fields.some((field) => field.name === "compressible") ?? false;
  compressible.set(type, found);
  return found;
}

export class RecordWriter {
  readonly out: OctetWriter;
  /** Where each name and each end of a name stands. */
  private offsets = new Map<string, number>();

  constructor(size: number) {
    this.out = new OctetWriter(size);
  }

  /** Begins another message in the same room. */
  clear(): void {
    this.out.clear();
    this.offsets = new Map();
  }

  name(name: Name): void {
    const { offsets, out } = this;
    let at = 0;
    for (let size = name.charCodeAt(0); size !== 0; size = name.charCodeAt(at)) {
      const rest = at === 0 ? name : name.slice(at);
      const known = offsets.get(rest);
      if (known !== undefined) return out.u16(0xc000 | known);
      if (out.length <= pointerMax) offsets.set(rest, out.length);
      out.text(name.slice(at, at + 1 + size));
      at += 1 + size;
    }
    out.u8(0);
  }

  record(record: ZoneRecord, recordClass: number): void {
    const { out } = this;
    this.name(record.owner);
    out.u16(record.type);
    out.u16(recordClass);
    out.u32(record.ttlSeconds);
    const lengthAt = out.length;
    out.u16(0);
    if (isCompressible(record.type)) this.rdata(record);
    else out.octets(record.rdata);
    const size = out.length - lengthAt - 2;
    assert(size <= 0xffff, "RDATA has at most 65535 octets");
    out.patchU16(lengthAt, size);
  }

  private rdata({ type, rdata }: ZoneRecord): void {
    let at = 0;
    for (const embedded of rdataNames(type, rdata)) {
      if (!embedded.compressible) continue;
      this.out.octets(rdata.subarray(at, embedded.offset));
      this.name(embedded.name);
      at = embedded.offset + embedded.name.length;
    }
    this.out.octets(rdata.subarray(at));
  }
}
