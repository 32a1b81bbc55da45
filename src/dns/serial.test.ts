import fc from "fast-check";
import { expect, test } from "vitest";
import { addSerial, nextSerial, furthestSerial, serialAfter, serialGreater } from "./serial.ts";

test.each([
  [1, 0, true],
  [0, 1, false],
  [7, 7, false],
  [0, 0xffffffff, true],
  [0x7fffffff, 0, true],
  [0x80000000, 0, false],
  [0, 0x80000000, false],
])("%i comes after %i: %s (RFC 1982)", (a, b, greater) => {
  expect(serialGreater(a, b)).toBe(greater);
});

test.each([
  ["the first build", null, 1_700_000_000.9, 1_700_000_000],
  ["a later second", 1_700_000_000, 1_700_000_005, 1_700_000_005],
  ["two builds in a second", 1_700_000_000, 1_700_000_000, 1_700_000_001],
  ["a clock that stepped back", 1_700_000_000, 1_600_000_000, 1_700_000_001],
  ["a serial in date form", 2_026_010_101, 1_770_000_000, 2_026_010_102],
  ["around the end", 0xffffffff, 0xffffffff, 0],
])("M11 %s", (_title, previous, unixSeconds, serial) => {
  expect(nextSerial(previous, unixSeconds)).toBe(serial);
});

test("M11 the serial always rises, whatever the clock does", () => {
  const u32 = fc.integer({ min: 0, max: 0xffffffff });
  fc.assert(
    fc.property(u32, u32, (previous, now) => {
      expect(serialGreater(nextSerial(previous, now), previous)).toBe(true);
    }),
  );
  expect(addSerial(0xfffffffe, 3)).toBe(1);
});

test.each([
  { before: 5, wanted: 9, serial: 9 },
  { before: 5, wanted: 5, serial: 6 },
  { before: 5, wanted: 4, serial: 6 },
  { before: 0xffff_ffff, wanted: 0, serial: 0 },
  { before: 0xffff_ffff, wanted: 0xffff_fff0, serial: 0 },
])("M11 a source that has $wanted after $before is served with $serial", ({ before, serial, wanted }) => {
  expect(serialAfter(before, wanted)).toBe(serial);
});

test.each([
  { of: [9, 7], past: null, serial: 9 },
  { of: [7, 9], past: 8, serial: 9 },
  { of: [7, 9], past: 9, serial: 10 },
  { of: [0xffff_fff0, 1], past: 0xffff_ffff, serial: 1 },
] as const)("M11 a zone opens with $serial of $of after $past", ({ of, past, serial }) => {
  expect(furthestSerial(of, past)).toBe(serial);
});
