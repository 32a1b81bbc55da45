import fc from "fast-check";
import { expect, test } from "vitest";
import { textName } from "../name.ts";
import { parseRdataText } from "../rdata/index.ts";
import { rrType } from "../rr-types.ts";
import type { RRset } from "../types.ts";
import {
  blockText,
  findBlock,
  findClash,
  findCut,
  findSideEffect,
  findSoaSerial,
  placeBlock,
  blankBlock,
} from "./block.ts";
import { type ParsedZone, parseZone } from "./parse.ts";

const origin = textName("example.org");

function addresses(name: string, ...list: readonly string[]): RRset {
  const rdata = list.map((text) => {
    const parsed = parseRdataText(rrType.A, text, origin);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
  return { owner: textName(`${name}.example.org`), type: rrType.A, ttlSeconds: 30, rdata };
}

const block = blockText([addresses("www", "192.0.2.2", "192.0.2.1"), addresses("gone")]);
const read = (text: string): ParsedZone => parseZone({ origin, text, file: "hand.zone" });

test("a block is canonical, and sets without records have no lines", () => {
  expect(block.split("\n").slice(1)).toEqual([
    "www.example.org.\t30\tIN\tA\t192.0.2.1",
    "www.example.org.\t30\tIN\tA\t192.0.2.2",
    "; muster ends",
    "",
  ]);
});

test.each([
  ["a file without newline at its end", "a A 192.0.2.1", `a A 192.0.2.1\n${block}`],
  ["an empty file", "", block],
  ["one with a block in the middle", `before\n; muster begins\nold\n; muster ends\nafter\n`, `before\n${block}after\n`],
  ["one whose last line is the mark", `x\r\n; muster begins here\n; muster ends`, `x\r\n${block}`],
])("a block is put into %s", (_what, text, wanted) => {
  const at = findBlock(text);
  expect(at.ok && placeBlock(text, block, at.value)).toBe(wanted);
  const again = findBlock(wanted);
  expect(again.ok && placeBlock(wanted, block, again.value)).toBe(wanted);
});

test.each([
  ["; muster begins\na A 192.0.2.1\n", "`; muster begins` in line 1"],
  ["a\n; muster ends\n", "`; muster ends` in line 2"],
  ["; muster ends\n; muster begins\n", "`; muster ends` in line 1, `; muster begins` in line 2"],
  ["; muster begins\n; muster begins\n; muster ends\n", "in line 1, `; muster begins` in line 2"],
])("broken marks are refused: %j", (text, place) => {
  const found = findBlock(text);
  expect(found.ok ? "" : found.error).toContain(place);
});

test.each([
  ["@ SOA ns1 host 5 1 2 3 4", 5],
  ["$TTL 60\n; SOA 9\nexample.org. 3600 IN SOA ns1 host ( ; serial\n   2026010199 ; today\n 1 2 3 4 )", 2026010199],
  ["@ IN 3600 soa ns1.example.org. host.example.org. (42 1 2 3 4)", 42],
  ["soa A 192.0.2.1\n@\tIN\tSOA\ta b\n", null],
  ["$ORIGIN example.org.\n IN SOA a b 7 1 2 3 4", 7],
  ['t TXT "SOA a b 9"\n', null],
  ["", null],
])("the serial is found in place: %j", (text, serial) => {
  const found = findSoaSerial(text);
  expect(found?.serial ?? null).toBe(serial);
  if (found !== null) expect(text.slice(found.start, found.end)).toBe(String(serial));
});

const hand = "$TTL 60\n@ SOA ns1 host 5 1 2 3 4\n@ NS ns1\nns1 A 192.0.2.1\nalias CNAME ns1\n";

test("what people keep clashes with what is managed, by name and type, or by an alias", () => {
  expect(findClash(read(hand), [addresses("www", "192.0.2.2")])).toBeNull();
  expect(findClash(read(hand), [addresses("ns1")])).toBeNull();
  expect(findClash(read(hand), [addresses("ns1", "192.0.2.2")])).toContain("hand.zone:4 holds ns1.example.org. A");
  expect(findClash(read(hand), [addresses("alias", "192.0.2.2")])).toContain("hand.zone:5 holds alias");
});

test("what no nameserver would answer from the file is found, with the line that hides it", () => {
  const cuts = `${hand}sub NS ns.example.net.\nSub NS ns1\nold DNAME new.example.org.\n`;
  const cut = (...names: string[]): string | null =>
    findCut(
      read(cuts),
      names.map((name) => addresses(name, "192.0.2.2")),
    );
  expect(cut("www", "old", "subs", "s.ubs")).toBeNull();
  expect(findCut(read(cuts), [addresses("www.sub")])).toBeNull();
  expect(cut("www", "www.SUB")).toBe(
    "hand.zone:6 delegates sub.example.org. with NS, so no nameserver would answer muster's www.SUB.example.org. A from this zone: remove that line, or the pool",
  );
  expect(cut("sub")).toContain("hand.zone:6 delegates sub.example.org.");
  expect(cut("a.b.old")).toContain("hand.zone:8 redirects what is below old.example.org. with DNAME, so");
  const whole = `${hand}@ DNAME example.net.\n`;
  expect(findCut(read(whole), [addresses("www", "192.0.2.2")])).toContain(
    "hand.zone:6 redirects what is below example.org.",
  );
});

test("what people wrote keeps its lines where the block is blank", () => {
  const text = `a\n${block}b\n`;
  const at = findBlock(text);
  expect(at.ok && blankBlock(text, at.value)).toBe("a\n\n\n\n\nb\n");
});

test("a block that changes the meaning of the lines behind it is seen", () => {
  const sets = [addresses("www", "192.0.2.2")];
  const lines = blockText(sets);
  expect(findSideEffect(read(hand), read(`${hand}${lines}`), sets)).toBeNull();
  const inherits = `${hand}ns1 AAAA 2001:db8::1\n`;
  const between = `${hand}ns1${lines} AAAA 2001:db8::1\n`.replace("ns1; muster", "; muster");
  expect(findSideEffect(read(inherits), read(between), sets)).toContain("would mean something else");
});

test("no text makes it throw, and what is found lies in the text", () => {
  const word = fc.constantFrom(
    "; muster begins",
    "; muster ends",
    "\n",
    " ",
    "SOA",
    "(",
    ")",
    '"',
    "\\",
    "@",
    "1",
    ";",
    "\r",
    "\t",
    "IN",
  );
  fc.assert(
    fc.property(fc.array(fc.oneof(word, fc.string({ maxLength: 3 })), { maxLength: 40 }), (words) => {
      const text = words.join("");
      const at = findBlock(text);
      if (at.ok) expect(placeBlock(text, block, at.value)).toContain(block);
      const serial = findSoaSerial(text);
      if (serial !== null) expect(text.slice(serial.start, serial.end)).toMatch(/^\d+$/);
    }),
    { numRuns: 500 },
  );
});
