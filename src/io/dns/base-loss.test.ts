import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { nameKey, textName } from "../../dns/name.ts";
import type { NameKey } from "../../dns/types.ts";
import { type ParsedZone, parseZone } from "../../dns/zone-file/parse.ts";
import { rrsetText } from "../../dns/zone-file/write.ts";
import { compareBase, findLoss } from "./base-loss.ts";
import { packPieces } from "./set-packing.ts";

function zoneOf(lines: readonly string[], serial = 1): ParsedZone {
  const text = `$TTL 300\n@ SOA ns1 h ${serial} 2 3 4 60\n@ NS ns1\nns1 A 192.0.2.1\n${lines.join("\n")}\n`;
  return parseZone({ origin: textName("example.org"), text, file: "zone" });
}

const nobody: ReadonlySet<NameKey> = new Set();

function loss(before: readonly string[], after: readonly string[], decided = nobody) {
  return findLoss(packPieces(zoneOf(before).rrsets), zoneOf(after, 2), decided);
}

describe("P7 what a zone file has lost", () => {
  test("counts records that are gone, be it one of a set or the whole name, and neither SOA nor TTL", () => {
    const before = ["a A 192.0.2.2", "a A 192.0.2.3", "b TXT one", "c 60 A 192.0.2.4"];
    expect(loss(before, ["a A 192.0.2.3", "c 90 A 192.0.2.4", "d A 192.0.2.9"])).toEqual({
      published: 6,
      removed: 2,
      lines: [
        "example.org. 300 IN SOA ns1.example.org. h.example.org. 1 2 3 4 60",
        "a.example.org. 300 IN A 192.0.2.2",
        'b.example.org. 300 IN TXT "one"',
        "c.example.org. 60 IN A 192.0.2.4",
      ],
    });
  });

  test("names that pools decide are not missed, in whatever case", () => {
    const decided = new Set([nameKey(textName("WWW.example.org"))]);
    expect(loss(["www A 192.0.2.2", "www A 192.0.2.3", "b TXT one"], ["b TXT one"], decided)).toMatchObject({
      published: 3,
      removed: 0,
      lines: [expect.stringContaining("SOA")],
    });
  });

  test("of many lines the first are told, and all are counted", () => {
    const many = Array.from({ length: 1500 }, (_, at) => `h${at} A 192.0.2.1`);
    const { lines, published, removed } = loss(many, []);
    expect([lines.length, published, removed]).toEqual([1000, 1502, 1500]);
  });

  const line = fc
    .tuple(fc.constantFrom("a", "b", "c"), fc.constantFrom(60, 300), fc.integer({ min: 1, max: 3 }))
    .map(([name, ttl, host]) => `${name} ${ttl} A 192.0.2.${host}`);

  test("is what two whole zones show, in any order", () => {
    fc.assert(
      fc.property(fc.array(line), fc.array(line), (before, after) => {
        const [was, is] = [zoneOf(before), zoneOf(after)].map(({ rrsets }) =>
          rrsets.map(rrsetText).join("").split("\n"),
        );
        const without = (lines: readonly string[] = [], others: readonly string[] = []): string[] =>
          lines.filter((each) => !others.includes(each)).map((each) => each.replaceAll("\t", " "));
        const compared = compareBase(packPieces(zoneOf(before).rrsets), zoneOf(after), nobody);
        expect([...compared.lost].sort()).toEqual(without(was, is).sort());
        expect([...compared.gained].sort()).toEqual(without(is, was).sort());
        const bare = (lines: readonly string[] = []): string[] => lines.map((each) => each.replace(/\t\d+\t/, "\t"));
        expect(compared.removed).toBe(without(bare(was), bare(is)).length);
        expect(compared.published).toBe((was ?? []).filter((each) => each !== "").length - 1);
      }),
    );
  });
});
