import fc from "fast-check";
import { expect, test } from "vitest";
import { anyLife, lifeZone, lineSet, live, lifeOrigin, zoneLines } from "../../test/fakes/zone-life.ts";
import { textName } from "./name.ts";
import { rrType } from "./rr-types.ts";
import type { RRset, ZoneTransaction } from "./types.ts";

const start = ["a.example.org. A 192.0.2.1", "b.example.org. A 192.0.2.2|192.0.2.3", "x.y.example.org. TXT one"];

test("M3 a view is the zone as it was when it began, whatever becomes of it at whatever step of the reader", () => {
  fc.assert(
    fc.property(anyLife, fc.array(fc.nat(6), { maxLength: 40 }), fc.nat(10), (life, pace, before) => {
      const zone = lifeZone(...start);
      for (const transaction of life.slice(0, before)) live(zone, transaction);
      const then = zoneLines(zone.rrsets());
      const view = zone.view();
      const read: RRset[] = [];
      const take = (count: number): void => {
        for (let at = 0; at < count; at += 1) {
          const step = view.next();
          if (step.done !== true) read.push(step.value);
        }
      };
      take(1);
      for (const [at, transaction] of life.slice(before).entries()) {
        live(zone, transaction);
        take(pace[at] ?? 0);
      }
      read.push(...view);
      expect(zoneLines(read)).toEqual(then);
      expect(read[0]?.type).toBe(rrType.SOA);
      expect(read.filter(({ type }) => type === rrType.SOA)).toHaveLength(1);
    }),
  );
});

function change(serial: number, put: readonly string[], remove: readonly string[] = []): ZoneTransaction {
  const keys = remove.map((owner) => ({ owner: textName(owner), type: rrType.A }));
  return { origin: lifeOrigin, serial, layer: "base", put: put.map((line) => lineSet(line)), remove: keys };
}

test("a name that goes before the reader comes, and returns behind it, is read once and as it was", () => {
  const zone = lifeZone(...start);
  const then = zoneLines(zone.rrsets());
  const view = zone.view();
  const first = [view.next(), view.next()].map(({ value }) => value as RRset);
  live(zone, change(8, [], ["b.example.org."]));
  live(zone, change(9, ["b.example.org. A 192.0.2.99", "new.example.org. A 192.0.2.98"]));
  expect(zoneLines([...first, ...view])).toEqual(then);
});

test("a reader that stops early is no longer told of changes", () => {
  const zone = lifeZone(...start);
  const view = zone.view();
  view.next();
  view.return(undefined);
  live(zone, change(8, ["a.example.org. A 192.0.2.7"]));
  expect([...view]).toEqual([]);
  expect(zoneLines(zone.view())).toEqual(zoneLines(zone.rrsets()));
});
