/** Zones' values for the tests of the store: sets, differences and pasts. No part of the test runner. */
import { textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import type { RRset, ZoneDelta, ZonePast, ZoneRecord } from "../../src/dns/types.ts";
import type { PastStep } from "../../src/ports/store.ts";

export const pastZone = "example.org";

export function textSet(owner: string, ...texts: readonly string[]): RRset {
  const rdata = texts.map((text) => Uint8Array.of(text.length, ...new TextEncoder().encode(text)));
  return { owner: textName(owner), type: rrType.TXT, ttlSeconds: 300, rdata };
}

function serialRecord(serial: number): ZoneRecord {
  const rdata = new Uint8Array(22);
  new DataView(rdata.buffer).setUint32(2, serial);
  return { owner: textName("Example.org"), type: rrType.SOA, ttlSeconds: 60, rdata };
}

const rdataOctetsMax = 65_535;

/** From one serial to the next, with `octets` octets of records more. */
export function delta(from: number, to: number, octets = 4): ZoneDelta {
  const owner = textName(`n${to}.example.org`);
  const added: ZoneRecord[] = [];
  for (let left = octets; left > 0; left -= rdataOctetsMax) {
    const rdata = new Uint8Array(Math.min(left, rdataOctetsMax)).fill((to + added.length) & 0xff);
    added.push({ owner, type: 65_280, ttlSeconds: 30, rdata });
  }
  return { from, to, removed: [serialRecord(from)], added: [serialRecord(to), ...added] };
}

export function pastStep(from: number | null, serial: number, octets?: number): PastStep {
  const change = from === null ? null : delta(from, serial, octets);
  return { zone: pastZone, serial, digest: `digest ${serial}`, delta: change };
}

/** The past that `pastStep` makes from one serial to the next, up to the last. */
export function pastOf(first: number, last: number): ZonePast {
  const deltas = Array.from({ length: last - first }, (_, index) => delta(first + index, first + index + 1));
  return { serial: last, digest: `digest ${last}`, deltas };
}
