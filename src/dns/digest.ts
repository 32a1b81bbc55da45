/**
 * A digest of what a zone serves, for the question whether two states of it are the same: after a restart, or in two
 * threads. It is a sum over the records, so it does not depend on their order, and a change of the zone costs it only
 * what changed. The SOA counts without its serial: the same records under another serial are the same.
 *
 * Four lanes of 32 bits hash with seeds and factors of their own, so that accidents do not meet. It keeps out no
 * attacker, who has no part in what is compared.
 */
import { nameKey } from "./name.ts";
import { rrType } from "./rr-types.ts";
import type { RRset, ZoneDelta, ZoneRecord } from "./types.ts";
import { recordsOf } from "./zone-records.ts";

interface Lane {
  readonly seed: number;
  /** Odd, so that no octet is lost. */
  readonly factor: number;
}

const lanes: readonly Lane[] = [
  { seed: 0x811c9dc5, factor: 0x01000193 },
  { seed: 0x9e3779b9, factor: 0x85ebca6b },
  { seed: 0x243f6a88, factor: 0xc2b2ae35 },
  { seed: 0xb7e15162, factor: 0x27d4eb2f },
];

/** The finish of MurmurHash3 (public domain, by Austin Appleby): every bit moves every bit. */
function avalanche(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}

/** Owner in lower case, type, TTL and RDATA as one run of octets, in room that is used again. */
class Flat {
  bytes = new Uint8Array(1024);
  length = 0;

  fill({ owner, type, ttlSeconds, rdata }: ZoneRecord): void {
    const key = nameKey(owner);
    const head = key.length + 6;
    this.length = head + rdata.length;
    if (this.length > this.bytes.length) this.bytes = new Uint8Array(this.length * 2);
    const { bytes } = this;
    for (let at = 0; at < key.length; at++) bytes[at] = key.charCodeAt(at);
    const view = new DataView(bytes.buffer);
    view.setUint16(key.length, type);
    view.setUint32(key.length + 2, ttlSeconds);
    bytes.set(rdata, head);
    if (type === rrType.SOA && rdata.length >= 20) view.setUint32(this.length - 20, 0);
  }
}

const flat = new Flat();

function hashOf(lane: Lane): number {
  const { bytes, length } = flat;
  let hash = lane.seed;
  for (let at = 0; at < length; at++) {
    hash = Math.imul(hash ^ (bytes[at] as number), lane.factor);
    hash ^= hash >>> 15;
  }
  return avalanche(hash ^ length);
}

export class ZoneDigest {
  private readonly sums = new Uint32Array(lanes.length);

  add(record: ZoneRecord): void {
    flat.fill(record);
    for (const [at, lane] of lanes.entries()) this.sums[at] = (this.sums[at] as number) + hashOf(lane);
  }

  remove(record: ZoneRecord): void {
    flat.fill(record);
    for (const [at, lane] of lanes.entries()) this.sums[at] = (this.sums[at] as number) - hashOf(lane);
  }

  addSet(set: RRset): void {
    for (const record of recordsOf(set)) this.add(record);
  }

  removeSet(set: RRset): void {
    for (const record of recordsOf(set)) this.remove(record);
  }

  /** Follows a change of the zone. */
  apply(delta: ZoneDelta): void {
    for (const record of delta.removed) this.remove(record);
    for (const record of delta.added) this.add(record);
  }

  /** 32 hexadecimal digits. */
  text(): string {
    return Array.from(this.sums, (sum) => sum.toString(16).padStart(8, "0")).join("");
  }
}

/** The digest of a zone from its sets, at a cost that grows with the zone. */
export function zoneDigest(sets: Iterable<RRset>): ZoneDigest {
  const digest = new ZoneDigest();
  for (const set of sets) digest.addSet(set);
  return digest;
}
