import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fail, ok } from "../../base/result.ts";
import { nameText, textName } from "../name.ts";
import { rdataText } from "../rdata/index.ts";
import { typeText } from "../rr-types.ts";
import { faultText, zoneErrorsMax } from "./fault.ts";
import { parseZone, ZoneParser, type ZoneSource } from "./parse.ts";
import { zoneText } from "./write.ts";

const origin = textName("example.org.");
const files: Readonly<Record<string, string>> = { "loop.zone": "$INCLUDE loop.zone\n", "bad.zone": "\n x A 1.2.3\n" };

function source(text: string): ZoneSource {
  const readIncluded: ZoneSource["readIncluded"] = (path) => {
    const found = files[path];
    return found === undefined ? fail("no such file") : ok(found);
  };
  return { origin, text, file: "z", readIncluded };
}

/** Every set as "owner ttl type data | data". */
function sets(text: string): string[] {
  return parseZone(source(text)).rrsets.map((set) => {
    const data = set.rdata.map((rdata) => rdataText(set.type, rdata)).join(" | ");
    return `${nameText(set.owner)} ${set.ttlSeconds} ${typeText(set.type)} ${data}`;
  });
}

function faults(text: string): string[] {
  return parseZone(source(text)).faults.map(faultText);
}

describe("records", () => {
  test.each([
    ["a 5 IN A 192.0.2.1", ["a.example.org. 5 A 192.0.2.1"]],
    ["a in 5 a 192.0.2.1", ["a.example.org. 5 A 192.0.2.1"]],
    ["a 1h30m A 192.0.2.1\n\tA 192.0.2.2", ["a.example.org. 5400 A 192.0.2.1 | 192.0.2.2"]],
    [
      "$TTL 9\n$ORIGIN b\n@ A 192.0.2.1\n$ORIGIN c.\nx A 192.0.2.1",
      ["b.example.org. 9 A 192.0.2.1", "x.c. 9 A 192.0.2.1"].slice(0, 1),
    ],
    ['a 5 TXT ( x ; one\n "y;z" )', ['a.example.org. 5 TXT "x" "y;z"']],
    ['a 5 HTTPS 1 . alpn="h2,h3"', ['a.example.org. 5 HTTPS 1 . alpn="h2,h3"']],
    ['a 5 TXT k="v"', ['a.example.org. 5 TXT "k=" "v"']],
    ["a 5 A 192.0.2.1\nA 5 A 192.0.2.1", ["a.example.org. 5 A 192.0.2.1"]],
    [
      "$GENERATE 1-2 h${0,3} 5 CNAME t$$",
      ["h001.example.org. 5 CNAME t\\$.example.org.", "h002.example.org. 5 CNAME t\\$.example.org."],
    ],
    ["5 5 A 192.0.2.1", ["5.example.org. 5 A 192.0.2.1"]],
    ["in 5 in A 192.0.2.1", ["in.example.org. 5 A 192.0.2.1"]],
    ["a 5 TYPE1 \\# 4 C0000201", ["a.example.org. 5 A 192.0.2.1"]],
  ])("%j", (text, expected) => {
    expect(sets(text)).toEqual(expected);
  });

  test("a set of many records has no duplicates", () => {
    const lines = Array.from({ length: 300 }, (_, at) => `a 5 A 192.0.2.${at % 100}`);
    expect(parseZone(source(lines.join("\n"))).rrsets.map((set) => set.rdata.length)).toEqual([100]);
  });
});

describe("faults name file, line, column, what was found and what was expected", () => {
  test.each([
    ["\na 5 AAAB 192.0.2.1", 'z:2:5: found "AAAB", expected a record type (did you mean AAAA?)'],
    ["a 5 CNMAE b", 'z:1:5: found "CNMAE", expected a record type (did you mean CNAME?)'],
    ["a soon A 192.0.2.1", 'z:1:3: found "soon", expected a TTL, a class or a record type'],
    ["$TLL 5", 'z:1:1: found "$TLL", expected $ORIGIN, $TTL, $INCLUDE, $GENERATE or an owner (did you mean $TTL?)'],
    ["a 5 A 192.0.2.400", 'z:1:7: A: found "192.0.2.400", expected an IPv4 address'],
    ["a 5 MX 10", "z:1:10: MX: the record ends, expected a mail server's name"],
    ['a 5 TXT (\n\n "x\ny )', "z:3:2: the line ends inside a quoted string, expected a closing quote"],
    ["a 5 TXT ( x", 'z:1:12: the file ends inside parentheses, expected ")"'],
    ["a 5 TXT x )", 'z:1:11: found ")" without a "(" before it'],
    ["a 5 CH A 192.0.2.1", "z:1:5: found class CH, expected IN, the zone's class"],
    ["a A 192.0.2.1", "z:1: the record has no TTL, expected one, or $TTL before it"],
    ["a..b 5 A 192.0.2.1", 'z:1:1: found "a..b", expected an owner: an empty label (two dots, or a dot in front)'],
    [" A 192.0.2.1", "z:1:2: the first record has no owner, expected a name at the start of the line"],
    ["a 5 ANY x", "z:1:5: found ANY, which asks and is no data: no zone can hold it"],
    ["$INCLUDE none.zone", 'z:1:10: found "none.zone", expected a file that can be read: no such file'],
    [
      "$TTL 1\n$INCLUDE bad.zone",
      "bad.zone:2:2: the first record has no owner, expected a name at the start of the line",
    ],
    ["$GENERATE 3-1 a A 192.0.2.$", /z:1:11: found "3-1", expected a range that counts up/],
    ["$GENERATE 1-9000000 a A 192.0.2.$", /z:1:11: found "1-9000000", expected at most 1000000 generated records/],
    ["$GENERATE 1-2 a${0 A 192.0.2.$", /z:1: found "\$\{0", expected a closing brace/],
    ["b 5 A 192.0.2.1\n$GENERATE 1-2 a${x} 5 A 192.0.2.1", /z:2: found "\$\{x\}", expected/],
    ["a 5 A 192.0.2.1 x", 'z:1:17: found "x", expected the end of the record'],
    [
      "a.example.net. 5 A 192.0.2.1\n A x",
      "z:1:1: warning: a.example.net. lies outside the zone: its records are ignored",
    ],
  ])("%j", (text, expected) => {
    const found = faults(text).filter((sentence) => !sentence.includes("SOA"));
    expect(found.at(0)).toEqual(typeof expected === "string" ? expected : expect.stringMatching(expected));
  });

  test("reading goes on behind a fault", () => {
    const text = "a 5 A x\nb 5 A ( y\n)\nc 5 A 192.0.2.1 z\nd 5 A\ne 5 A 192.0.2.1";
    expect(faults(text).map((sentence) => sentence.slice(0, 5))).toEqual(["z:1:7", "z:2:9", "z:4:1", "z:5:6"]);
    expect(sets(text)).toEqual(["e.example.org. 5 A 192.0.2.1"]);
  });

  test("there is an end to faults and to files within files", () => {
    expect(faults("a 5 A x\n".repeat(1000))).toHaveLength(zoneErrorsMax + 1);
    expect(faults("$INCLUDE loop.zone")).toEqual([expect.stringMatching(/at most 16 files within files/)]);
  });
});

test("slices give what reading at once gives", () => {
  const text = `$TTL 5\n${Array.from({ length: 50 }, (_, at) => `h${at} A 192.0.2.${at}`).join("\n")}\n$GENERATE 1-20 g$ A 192.0.2.$`;
  const parser = new ZoneParser(source(text));
  let steps = 1;
  while (!parser.step(3)) steps += 1;
  expect(steps).toBeGreaterThan(20);
  expect(parser.result().rrsets).toEqual(parseZone(source(text)).rrsets);
});

test("what is written is read back, and written the same", () => {
  const text =
    '$TTL 5\n@ SOA ns h 1 2 3 4 5\n@ NS ns\nns A 192.0.2.2\n A 192.0.2.1\n*.w TXT "a\\"b" c\\;d\nA\\.b MX 1 @\n';
  const written = zoneText(origin, parseZone(source(text)).rrsets);
  expect(written).toBe(
    [
      "$ORIGIN example.org.",
      "example.org.\t5\tIN\tSOA\tns.example.org. h.example.org. 1 2 3 4 5",
      "example.org.\t5\tIN\tNS\tns.example.org.",
      "A\\.b.example.org.\t5\tIN\tMX\t1 example.org.",
      "ns.example.org.\t5\tIN\tA\t192.0.2.1",
      "ns.example.org.\t5\tIN\tA\t192.0.2.2",
      '*.w.example.org.\t5\tIN\tTXT\t"a\\"b" "c;d"',
      "",
    ].join("\n"),
  );
  expect(zoneText(origin, parseZone(source(written)).rrsets)).toBe(written);
});

test("any text gives records or faults, never an exception", () => {
  const piece = fc.constantFrom(
    "a",
    "@",
    " ",
    "\n",
    "\t",
    '"',
    "(",
    ")",
    ";",
    "\\",
    "$TTL 5",
    "$ORIGIN x",
    "$GENERATE 1-3 ",
    "${1,2,x}",
    "$",
    "IN",
    "5",
    "A",
    "TXT",
    "HTTPS 1 . ",
    "192.0.2.1",
    "SOA",
    "\\000",
    "\xff",
    "=",
    ".",
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
      parseZone(source(pieces.join("")));
    }),
    { numRuns: 3000 },
  );
});
