import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  anyLife,
  firstSerial,
  lifeOrigin,
  lifeZone,
  lineSet,
  live,
  replay,
  zoneLines,
} from "../../test/fakes/zone-life.ts";
import { allSlices } from "../base/slices.ts";
import { condense, diffZones } from "./delta.ts";
import { packDelta, unpackDelta } from "./delta-octets.ts";
import { zoneDigest } from "./digest.ts";
import { Journal } from "./journal.ts";
import { serialGreater } from "./serial.ts";
import type { RRset, ZoneDelta } from "./types.ts";
import type { Zone } from "./zone.ts";

const start = [
  "a.example.org. A 192.0.2.1|192.0.2.2",
  "b.example.org. TXT one",
  "*.w.example.org. MX 10 a.example.org.",
];

function address(zone: Zone, serial: number, last: number): ZoneDelta {
  const put = [lineSet(`www.example.org. A 192.0.2.${last}`)];
  return live(zone, { origin: lifeOrigin, serial, layer: "pools", put, remove: [] });
}

test("M3 differences from any earlier serial, one by one, condensed, or out of octets, lead to what is served", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      const zone = lifeZone(...start);
      const journal = new Journal();
      const states: { serial: number; sets: RRset[] }[] = [{ serial: zone.serial, sets: [...zone.rrsets()] }];
      for (const transaction of life) {
        const delta = live(zone, transaction);
        journal.append(delta);
        const octets = unpackDelta(packDelta(delta));
        expect(octets).toEqual({ ok: true, value: delta });
        states.push({ serial: zone.serial, sets: [...zone.rrsets()] });
      }
      const now = zoneLines(zone.rrsets());
      for (const { serial, sets } of states.slice(0, -1)) {
        const lines = zoneLines(sets);
        const deltas = journal.since(serial);
        expect(deltas !== null).toBe(serialGreater(zone.serial, serial));
        if (deltas === null) continue;
        expect(deltas.reduce<string[]>(replay, lines)).toEqual(now);
        expect(replay(lines, allSlices(condense(deltas)))).toEqual(now);
        expect(replay(lines, diffZones(sets, zone.rrsets()))).toEqual(now);
      }
    }),
  );
});

test("a digest that follows differences is that of the whole zone, whatever the serial", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      const zone = lifeZone(...start);
      const digest = zoneDigest(zone.rrsets());
      for (const transaction of life) digest.apply(live(zone, transaction));
      expect(digest.text()).toBe(zoneDigest(zone.rrsets()).text());
      zone.setSerial(99);
      expect(digest.text()).toBe(zoneDigest([...zone.rrsets()].reverse()).text());
    }),
  );
});

test.each([
  ["an owner", "c.example.org. A 192.0.2.1|192.0.2.2", 60],
  ["a record", "a.example.org. A 192.0.2.1|192.0.2.3", 60],
  ["a record more", "a.example.org. A 192.0.2.1|192.0.2.2|192.0.2.3", 60],
  ["the type", "a.example.org. TYPE65280 \\# 4 C0000201|\\# 4 C0000202", 60],
  ["the TTL", "a.example.org. A 192.0.2.1|192.0.2.2", 61],
])("%s moves the digest", (_title, line, ttl) => {
  const known = zoneDigest([lineSet("a.example.org. A 192.0.2.1|192.0.2.2")]).text();
  expect(known).toMatch(/^[0-9a-f]{32}$/);
  expect(zoneDigest([lineSet("A.Example.org. A 192.0.2.2|192.0.2.1|192.0.2.2")]).text()).toBe(known);
  expect(zoneDigest([lineSet(line, ttl)]).text()).not.toBe(known);
});

describe("the journal", () => {
  test("knows nothing from before its first difference, of the future, or of serials between", () => {
    const zone = lifeZone();
    const journal = new Journal();
    expect(journal.since(firstSerial)).toBeNull();
    for (const serial of [10, 20]) journal.append(address(zone, serial, serial));
    expect([6, 7, 10, 15, 20].map((serial) => journal.since(serial)?.length ?? null)).toEqual([null, 2, 1, null, null]);
  });

  test("begins anew after a gap or a step back", () => {
    const zone = lifeZone();
    const journal = new Journal();
    for (const serial of [10, 20]) journal.append(address(zone, serial, serial));
    zone.setSerial(30);
    journal.append(address(zone, 40, 1));
    expect([7, 20, 30].map((serial) => journal.since(serial)?.length ?? null)).toEqual([null, null, 1]);
    journal.append(address(zone, 35, 2));
    expect(journal.since(40)).toBeNull();
  });

  test("keeps a thousand differences", () => {
    const zone = lifeZone();
    const journal = new Journal();
    for (let serial = 8; serial <= 1100; serial++) journal.append(address(zone, serial, serial % 256));
    expect([99, 100].map((serial) => journal.since(serial)?.length ?? null)).toEqual([null, 1000]);
    expect(allSlices(journal.difference(100, 10))?.removed.length).toBe(2);
  });

  test("a difference larger than the zone is none, but one of the SOA alone always is", () => {
    const zone = lifeZone("www.example.org. A 192.0.2.1");
    const journal = new Journal();
    journal.append(address(zone, 8, 2));
    expect([1, 2].map((records) => allSlices(journal.difference(firstSerial, records))?.to ?? null)).toEqual([null, 8]);
    journal.append(address(zone, 9, 1));
    expect(allSlices(journal.difference(firstSerial, 0))).toMatchObject({ from: 7, to: 9 });
  });
});

describe("octets of a difference", () => {
  const packed = packDelta(address(lifeZone("www.example.org. A 192.0.2.1"), 8, 2));

  test("any octet that is another, and any end that is missing, is noticed", () => {
    for (let at = 0; at < packed.length; at++) {
      const damaged = packed.slice();
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (at % 8));
      expect(unpackDelta(damaged).ok).toBe(false);
      expect(unpackDelta(packed.slice(0, at)).ok).toBe(false);
    }
  });

  test.each([
    [packed.slice(0, 9), "a difference has 9 octets, which is less than its head"],
    [packed.map((octet, at) => (at === 0 ? 2 : octet)), "a difference has the version 2 instead of 1"],
    [packed.map((octet, at) => (at === 30 ? octet ^ 1 : octet)), "a difference does not fit its checksum"],
  ])("damage has a sentence %#", (damaged, sentence) => {
    expect(unpackDelta(damaged)).toEqual({ ok: false, error: sentence });
  });
});
