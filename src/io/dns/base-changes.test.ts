import { expect, test } from "vitest";
import { nameText, textName } from "../../dns/name.ts";
import type { RRset } from "../../dns/types.ts";
import { type ParsedZone, parseZone } from "../../dns/zone-file/parse.ts";
import { changedSetsMax, findChanges } from "./base-changes.ts";
import { packPieces, setsPerPiece, unpackSets } from "./set-packing.ts";

function zoneOf(lines: readonly string[], serial = 1): ParsedZone {
  const text = `$TTL 300\n@ SOA ns1 h ${serial} 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n${lines.join("\n")}\n`;
  return parseZone({ origin: textName("example.org"), text, file: "zone" });
}

function short({ owner, type }: Pick<RRset, "owner" | "type">): string {
  return `${nameText(owner).replace(/\.?example\.org\.$/, "")} ${type}`;
}

const hosts = Array.from({ length: 5 * setsPerPiece }, (_, at) => `h${at} A 192.0.2.${at % 250}`);
const before = packPieces(zoneOf(hosts).rrsets);

function changesTo(lines: readonly string[], from: readonly Uint8Array[] = before) {
  const zone = zoneOf(lines, 2);
  const changes = findChanges(from, zone);
  if (changes === null) return null;
  const keyed = (sets: readonly RRset[]): string[] => sets.map((set) => `${short(set)} ${set.rdata.join(" ")}`).sort();
  expect(keyed(changes.pieces.flatMap(unpackSets))).toEqual(keyed(zone.rrsets));
  return { put: changes.put.map(short), gone: changes.gone.map(short), pieces: changes.pieces };
}

function shared(pieces: readonly Uint8Array[] = []): number {
  return pieces.filter((piece) => before.includes(piece)).length;
}

test("lines that change, come, go, move and change their case are told, and no other", () => {
  const lines = [...hosts];
  lines[700] = "h700 A 203.0.113.7";
  lines[701] = "H701 A 192.0.2.201";
  lines[702] = "h702 60 A 192.0.2.202";
  lines.splice(300, 2);
  lines.splice(10, 0, "new A 192.0.2.9", "h10 TXT beside");
  lines.push(...lines.splice(450, 1));
  const changes = changesTo(lines);
  expect(changes).toMatchObject({
    put: [" 6", "h700 1", "H701 1", "h702 1", "new 1", "h10 16"],
    gone: ["h300 1", "h301 1"],
  });
  // The first has the SOA; two have what went and what changed, and one more comes.
  expect([changes?.pieces.length, shared(changes?.pieces)]).toEqual([before.length + 1, before.length - 3]);
});

test("the same again is its SOA, and a zone in another order nothing more", () => {
  expect(changesTo(hosts)).toMatchObject({ put: [" 6"], gone: [] });
  expect(changesTo(hosts.toReversed())).toMatchObject({ put: [" 6"], gone: [] });
});

test("a set that gets, loses or exchanges a record is told whole", () => {
  const two = [...hosts, "h5 A 203.0.113.5"];
  expect(changesTo(two)).toMatchObject({ put: [" 6", "h5 1"], gone: [] });
  const from = changesTo(two)?.pieces ?? [];
  expect(changesTo(hosts, from)).toMatchObject({ put: [" 6", "h5 1"], gone: [] });
  expect(changesTo(["h5 A 203.0.113.5", ...hosts], from)).toMatchObject({ put: [" 6", "h5 1"], gone: [] });
});

test("what differs in too much is taken whole: by changes, by what goes, by what comes", () => {
  const changed = (count: number): string[] => hosts.map((line, at) => (at < count ? `h${at} A 203.0.113.1` : line));
  expect(changesTo(changed(changedSetsMax - 1))?.put).toHaveLength(changedSetsMax);
  expect(changesTo(changed(changedSetsMax))).toBeNull();
  expect(changesTo(hosts.slice(changedSetsMax))).toBeNull();
  expect(changesTo([...hosts, ...Array.from({ length: changedSetsMax }, (_, at) => `n${at} A 192.0.2.1`)])).toBeNull();
});

test("pieces that became many and small are packed anew in the end", () => {
  let from: readonly Uint8Array[] = before;
  const lines = [...hosts];
  for (let round = 0; round < 100; round++) {
    lines.push(`n${round} A 192.0.2.1`);
    const changes = changesTo(lines, from);
    if (changes === null) break;
    from = changes.pieces;
  }
  expect(lines.length).toBeLessThan(hosts.length + 50);
  expect(from.length).toBeLessThan(before.length * 4);
});
