import { expect, test } from "vitest";
import { textName } from "../../dns/name.ts";
import type { RRset } from "../../dns/types.ts";
import { packSets, unpackSets } from "./set-packing.ts";

const sets: readonly RRset[] = [
  {
    owner: textName("Www.example.org"),
    type: 1,
    ttlSeconds: 0xfffffffe,
    rdata: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)],
  },
  { owner: textName("empty.example.org"), type: 28, ttlSeconds: 30, rdata: [] },
  {
    owner: textName("txt.example.org"),
    type: 16,
    ttlSeconds: 30,
    rdata: [new Uint8Array(40_000).fill(7), new Uint8Array(0)],
  },
  {
    owner: textName("turns.example.org"),
    type: 1,
    ttlSeconds: 30,
    rdata: [Uint8Array.of(1), Uint8Array.of(2)],
    turns: { round: [0, 1, 0], count: 3, named: 1 },
  },
  {
    owner: textName("."),
    type: 65535,
    ttlSeconds: 0,
    rdata: [],
    extendedError: { code: 4, text: "größer" },
  },
];

function plain({ owner, type, ttlSeconds, rdata, turns, extendedError }: RRset): object {
  return { owner, type, ttlSeconds, rdata: rdata.map((octets) => Array.from(octets)), turns, extendedError };
}

test("sets come out as they went in", () => {
  expect(unpackSets(packSets(sets)).map(plain)).toEqual(sets.map(plain));
});

test("records that are changed after a copy leave the piece alone", () => {
  const piece = packSets(sets);
  const before = piece.slice();
  for (const { rdata } of unpackSets(piece)) for (const octets of rdata) octets.slice().fill(0);
  expect(piece).toEqual(before);
});
