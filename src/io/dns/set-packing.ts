/**
 * Sets of a zone as flat octets, for the way from the thread that reads a zone file to the threads that answer. Cloning
 * a hundred thousand small objects would hold up queries; one buffer is handed over without a copy.
 */
import { OctetWriter, readU16, readU32 } from "../../dns/octets.ts";
import type { ExtendedError, Name, RRset } from "../../dns/types.ts";

/** Sets in one piece: unpacking one takes about half a millisecond, during which queries wait. */
export const setsPerPiece = 200;

function packTurns(out: OctetWriter, turns: RRset["turns"]): void {
  out.u16(turns === undefined ? 0 : turns.length + 1);
  for (const turn of turns ?? []) {
    out.u16(turn.length);
    for (const index of turn) out.u16(index);
  }
}

function packError(out: OctetWriter, error: ExtendedError | undefined): void {
  out.u8(error === undefined ? 0 : 1);
  if (error === undefined) return;
  const text = new TextEncoder().encode(error.text);
  out.u16(error.code);
  out.u16(text.length);
  out.octets(text);
}

function packSet(out: OctetWriter, set: RRset): void {
  out.u8(set.owner.length);
  out.text(set.owner);
  out.u16(set.type);
  out.u32(set.ttlSeconds);
  out.u16(set.rdata.length);
  for (const rdata of set.rdata) {
    out.u16(rdata.length);
    out.octets(rdata);
  }
  packTurns(out, set.turns);
  packError(out, set.extendedError);
}

/** One piece; its buffer is its own, so that it can be transferred. */
export function packSets(sets: readonly RRset[]): Uint8Array<ArrayBuffer> {
  const out = new OctetWriter(sets.length * 64);
  for (const set of sets) packSet(out, set);
  return new Uint8Array(out.finish());
}

class Unpacker {
  private readonly bytes: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.bytes[this.at++] ?? 0;
  }

  u16(): number {
    this.at += 2;
    return readU16(this.bytes, this.at - 2);
  }

  u32(): number {
    this.at += 4;
    return readU32(this.bytes, this.at - 4);
  }

  text(length: number): Name {
    this.at += length;
    return this.bytes.toString("latin1", this.at - length, this.at) as Name;
  }

  /** Octets of their own: a view would keep the whole piece in memory for as long as any of its sets lives. */
  octets(length: number): Uint8Array {
    const copy = new Uint8Array(length);
    for (let i = 0; i < length; i++) copy[i] = this.bytes[this.at + i] as number;
    this.at += length;
    return copy;
  }
}

function unpackTurns(from: Unpacker): (readonly number[])[] | null {
  const count = from.u16();
  if (count === 0) return null;
  return Array.from({ length: count - 1 }, () => Array.from({ length: from.u16() }, () => from.u16()));
}

function unpackError(from: Unpacker): ExtendedError | null {
  if (from.u8() === 0) return null;
  const code = from.u16();
  return { code, text: new TextDecoder().decode(from.octets(from.u16())) };
}

function unpackSet(from: Unpacker): RRset {
  const owner = from.text(from.u8());
  const type = from.u16();
  const ttlSeconds = from.u32();
  const count = from.u16();
  const rdata: Uint8Array[] = [];
  for (let left = count; left > 0; left--) rdata.push(from.octets(from.u16()));
  const turns = unpackTurns(from);
  const extendedError = unpackError(from);
  const set = { owner, type, ttlSeconds, rdata };
  if (turns === null && extendedError === null) return set;
  return { ...set, ...(turns === null ? {} : { turns }), ...(extendedError === null ? {} : { extendedError }) };
}

export function unpackSets(piece: Uint8Array): RRset[] {
  const from = new Unpacker(piece);
  const sets: RRset[] = [];
  while (!from.done) sets.push(unpackSet(from));
  return sets;
}
