/**
 * Sets of a zone as flat octets, for the way from the thread that reads a zone file to the threads that answer. Cloning
 * a hundred thousand small objects would hold up queries; one buffer is copied whole.
 *
 * Most sets stay packed where they arrive: their records become objects when the name is first asked for. A zone of
 * 100,000 names would otherwise be half a million of them, which every collection of garbage would have to visit.
 */
import { assert } from "../../base/assert.ts";
import { OctetWriter, readU16, readU32, sameOctets } from "../../dns/octets.ts";
import type { ExtendedError, Name, RRset, Turns } from "../../dns/types.ts";

/** Sets in one piece: unpacking one takes about half a millisecond, during which queries wait. */
export const setsPerPiece = 200;

function packTurns(out: OctetWriter, turns: RRset["turns"]): void {
  out.u16(turns === undefined ? 0 : turns.round.length);
  if (turns === undefined) return;
  for (const index of turns.round) out.u16(index);
  out.u16(turns.count);
  out.u16(turns.named);
}

function packError(out: OctetWriter, error: ExtendedError | undefined): void {
  out.u8(error === undefined ? 0 : 1);
  if (error === undefined) return;
  const text = new TextEncoder().encode(error.text);
  out.u16(error.code);
  out.u16(text.length);
  out.octets(text);
}

/** Nothing but records: `PackedSet` can stand for it. */
function isPlain(set: RRset): boolean {
  return set.turns === undefined && set.extendedError === undefined;
}

function packRecords(out: OctetWriter, set: RRset): void {
  out.u16(set.rdata.length);
  for (const rdata of set.rdata) {
    out.u16(rdata.length);
    out.octets(rdata);
  }
}

function packSet(out: OctetWriter, set: RRset): void {
  out.u8(set.owner.length);
  out.text(set.owner);
  out.u16(set.type);
  out.u32(set.ttlSeconds);
  out.u8(isPlain(set) ? 1 : 0);
  packRecords(out, set);
  if (isPlain(set)) return;
  packTurns(out, set.turns);
  packError(out, set.extendedError);
}

/** One piece; its buffer is its own, so that it can be transferred. */
export function packSets(sets: readonly RRset[]): Uint8Array<ArrayBuffer> {
  const out = new OctetWriter(sets.length * 64);
  for (const set of sets) packSet(out, set);
  return new Uint8Array(out.finish());
}

/**
 * The sets in pieces that an answering thread takes at once. They lie in memory that threads share, since a copy of a
 * large zone would hold up the one that gets it.
 */
export function packPieces(sets: Iterable<RRset>): Uint8Array[] {
  return inSharedMemory([...piecesOf(sets)]);
}

/** The same one by one, each in memory of its own. */
export function* piecesOf(sets: Iterable<RRset>): Generator<Uint8Array> {
  let piece: RRset[] = [];
  for (const set of sets) {
    piece.push(set);
    if (piece.length < setsPerPiece) continue;
    yield packSets(piece);
    piece = [];
  }
  if (piece.length > 0) yield packSets(piece);
}

function inSharedMemory(pieces: readonly Uint8Array[]): Uint8Array[] {
  const whole = new Uint8Array(new SharedArrayBuffer(pieces.reduce((sum, piece) => sum + piece.length, 0)));
  let at = 0;
  return pieces.map((piece) => {
    whole.set(piece, at);
    at += piece.length;
    return whole.subarray(at - piece.length, at);
  });
}

class Unpacker {
  private readonly bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
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

  /**
   * A view; the piece stays in memory as long as any of its sets. Not a `Buffer`, whose `slice` makes no copy: zone code
   * relies on the plain array's.
   */
  octets(length: number): Uint8Array {
    this.at += length;
    return new Uint8Array(this.bytes.buffer, this.bytes.byteOffset + this.at - length, length);
  }

  records(): Uint8Array[] {
    const rdata: Uint8Array[] = [];
    for (let left = this.u16(); left > 0; left--) rdata.push(this.octets(this.u16()));
    return rdata;
  }

  skipRecords(): void {
    for (let left = this.u16(); left > 0; left--) {
      const length = this.u16();
      this.at += length;
    }
  }
}

/** A set whose records lie in a piece until they are first asked for. */
class PackedSet implements RRset {
  readonly owner: Name;
  readonly type: number;
  readonly ttlSeconds: number;
  private readonly bytes: Buffer;
  private readonly at: number;
  private readonly end: number;
  private unpacked: readonly Uint8Array[] | null = null;

  /** `from` stands at its records, and is moved behind them. */
  constructor(head: { owner: Name; type: number; ttlSeconds: number }, bytes: Buffer, from: Unpacker) {
    this.owner = head.owner;
    this.type = head.type;
    this.ttlSeconds = head.ttlSeconds;
    this.bytes = bytes;
    this.at = from.at;
    from.skipRecords();
    this.end = from.at;
  }

  /** The same records in the same order. */
  isAs({ at, bytes, end }: PackedSet): boolean {
    return this.bytes.compare(bytes, at, end, this.at, this.end) === 0;
  }

  /** The same, unpacked, for somebody who looks at it once. */
  plain(): RRset {
    const { owner, ttlSeconds, type } = this;
    return { owner, type, ttlSeconds, rdata: this.unpacked ?? new Unpacker(this.bytes, this.at).records() };
  }

  get rdata(): readonly Uint8Array[] {
    return (this.unpacked ??= new Unpacker(this.bytes, this.at).records());
  }
}

/** Goes through the sets of a piece that has nothing but records, and compares them where they lie. */
export class PieceReader {
  private readonly bytes: Buffer;
  private readonly from: Unpacker;
  /** Of the present set. */
  type = 0;
  private ownerAt = 0;
  private ttlSeconds = 0;
  private recordsAt = 0;

  constructor(piece: Uint8Array) {
    this.bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
    this.from = new Unpacker(this.bytes, 0);
  }

  /** False: there is none left. */
  next(): boolean {
    const { bytes, from } = this;
    if (from.at >= bytes.length) return false;
    const ownerOctets = from.u8();
    this.ownerAt = from.at;
    from.at += ownerOctets;
    this.type = from.u16();
    this.ttlSeconds = from.u32();
    assert(from.u8() === 1, "a base has nothing but records");
    this.recordsAt = from.at;
    from.skipRecords();
    return true;
  }

  get owner(): Name {
    const size = this.bytes[this.ownerAt - 1] ?? 0;
    return this.bytes.toString("latin1", this.ownerAt, this.ownerAt + size) as Name;
  }

  /** The present one, unpacked. */
  get set(): RRset {
    const { owner, ttlSeconds, type } = this;
    return { owner, type, ttlSeconds, rdata: new Unpacker(this.bytes, this.recordsAt).records() };
  }

  /** How many records the present one has. */
  get records(): number {
    return readU16(this.bytes, this.recordsAt);
  }

  /** The present one has the same owner, type, TTL, and records in the same order. */
  isAs({ owner, rdata, ttlSeconds, type }: RRset): boolean {
    const { bytes, ownerAt } = this;
    if (type !== this.type || ttlSeconds !== this.ttlSeconds || owner.length !== bytes[ownerAt - 1]) return false;
    for (let at = 0; at < owner.length; at++) if (owner.charCodeAt(at) !== bytes[ownerAt + at]) return false;
    return this.holds(rdata);
  }

  private holds(rdata: readonly Uint8Array[]): boolean {
    const { bytes } = this;
    let at = this.recordsAt + 2;
    if (readU16(bytes, this.recordsAt) !== rdata.length) return false;
    for (const octets of rdata) {
      if (readU16(bytes, at) !== octets.length) return false;
      at += 2;
      for (let index = 0; index < octets.length; index++) if (bytes[at + index] !== octets[index]) return false;
      at += octets.length;
    }
    return true;
  }
}

function unpackTurns(from: Unpacker): Turns | null {
  const length = from.u16();
  if (length === 0) return null;
  const round = Array.from({ length }, () => from.u16());
  return { round, count: from.u16(), named: from.u16() };
}

function unpackError(from: Unpacker): ExtendedError | null {
  if (from.u8() === 0) return null;
  const code = from.u16();
  return { code, text: new TextDecoder().decode(from.octets(from.u16())) };
}

function unpackSet(bytes: Buffer, from: Unpacker): RRset {
  const head = { owner: from.text(from.u8()), type: from.u16(), ttlSeconds: from.u32() };
  const plain = from.u8() === 1;
  if (plain) return new PackedSet(head, bytes, from);
  const rdata = from.records();
  const turns = unpackTurns(from);
  const extendedError = unpackError(from);
  return { ...head, rdata, ...(turns === null ? {} : { turns }), ...(extendedError === null ? {} : { extendedError }) };
}

/** The set for one look: if it is packed, it stays so, and takes no more memory than before. */
export function passingSet(set: RRset): RRset {
  return set instanceof PackedSet ? set.plain() : set;
}

/** True for the same type, TTL, and records in the same order. Packed ones stay packed. */
export function sameSet(one: RRset, other: RRset): boolean {
  if (one.type !== other.type || one.ttlSeconds !== other.ttlSeconds) return false;
  if (one instanceof PackedSet && other instanceof PackedSet) return one.isAs(other);
  const [ones, others] = [one.rdata, other.rdata];
  return ones.length === others.length && ones.every((octets, at) => sameOctets(octets, others[at] ?? octets));
}

/** The sets of a piece, which must not be changed afterwards. */
export function unpackSets(piece: Uint8Array): RRset[] {
  const bytes = Buffer.from(piece.buffer, piece.byteOffset, piece.byteLength);
  const from = new Unpacker(bytes, 0);
  const sets: RRset[] = [];
  while (from.at < bytes.length) sets.push(unpackSet(bytes, from));
  return sets;
}
