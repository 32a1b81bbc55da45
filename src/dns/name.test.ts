import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { addressRdata } from "./address.ts";
import {
  compareNames,
  isWildcard,
  isWithin,
  joinName,
  labelCount,
  labelOctets,
  nameBytes,
  nameKey,
  nameText,
  parentName,
  parseName,
  readName,
  reverseName,
  root,
  textName,
} from "./name.ts";
import { hexOctets } from "./octets.ts";
import type { Name } from "./types.ts";

const origin = textName("example.org.");

describe("text to name", () => {
  test.each([
    ["www.example.org.", "\x03www\x07example\x03org\x00"],
    ["www", "\x03www\x07example\x03org\x00"],
    ["@", "\x07example\x03org\x00"],
    [".", "\x00"],
    ["a\\.b", "\x03a.b\x07example\x03org\x00"],
    ["\\097\\000.", "\x02a\x00\x00"],
    ["*", "\x01*\x07example\x03org\x00"],
    ["\\@", "\x01@\x07example\x03org\x00"],
    ["WwW.", "\x03WwW\x00"],
  ])("%s", (text, wire) => {
    expect(parseName(text, origin)).toEqual({ ok: true, value: wire });
  });

  test.each([
    ["", /empty name/],
    ["a..b", /empty label/],
    [".a", /empty label/],
    ["a\\", /escapes nothing/],
    ["a\\1", /no octet/],
    ["a\\256", /no octet/],
    [`${"x".repeat(64)}.`, /label is longer than 63/],
    ["x.".repeat(128), /longer than 255/],
    ["bücher.", /xn--/],
    ["a b", null],
  ])("%s is refused", (text, reason) => {
    const parsed = parseName(text, origin);
    if (reason === null) expect(parsed.ok).toBe(true);
    else expect(parsed).toEqual({ ok: false, error: expect.stringMatching(reason) });
  });

  test("255 octets fit, 256 do not", () => {
    const label = `${"x".repeat(62)}.`;
    const most = label.repeat(4).slice(1);
    expect(parseName(most).ok && textName(most).length).toBe(252);
    expect(parseName(`aa.${most}`).ok).toBe(true);
    expect(parseName(`aaa.${most}`).ok).toBe(false);
  });
});

const anyName = fc
  .array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 10 })
  .map((labels) => `${labels.map((octets) => labelOctets(String.fromCharCode(...octets))).join("")}\x00` as Name);

test("any name survives text and wire", () => {
  fc.assert(
    fc.property(anyName, (name) => {
      expect(parseName(nameText(name))).toEqual({ ok: true, value: name });
      expect(readName(nameBytes(name), 0)).toEqual({ name, end: name.length });
    }),
  );
});

test("keys are lower case in ASCII only", () => {
  expect(nameKey(textName("WWW.Example.ORG."))).toBe(textName("www.example.org."));
  expect(nameKey("\x01\xc4\x00" as Name)).toBe("\x01\xc4\x00");
});

test("names within names", () => {
  const key = nameKey(textName("a.example.org."));
  expect(isWithin(key, nameKey(origin))).toBe(true);
  expect(isWithin(nameKey(origin), nameKey(origin))).toBe(true);
  expect(isWithin(key, root)).toBe(true);
  expect(isWithin(nameKey(origin), key)).toBe(false);
  expect(isWithin("\x0dxx\x07example\x03org\x00" as never, nameKey(origin))).toBe(false);
  expect(parentName(key)).toBe(origin);
  expect([labelCount(root), labelCount(key)]).toEqual([0, 3]);
  expect([isWildcard(textName("*.a.")), isWildcard(textName("**.a."))]).toEqual([true, false]);
  expect(joinName(labelOctets("x".repeat(63)).repeat(4), origin)).toBeNull();
});

test("canonical order of RFC 4034, 6.1", () => {
  const texts = ["example.", "a.example.", "yljkjljk.a.example.", "z.a.example.", "zabc.a.example.", "z.example."];
  const rest = ["\\001.z.example.", "*.z.example.", "\\200.z.example."];
  const keys = [...texts, ...rest].map((text) => nameKey(textName(text)));
  expect(keys.toReversed().toSorted(compareNames)).toEqual(keys);
});

describe("compression pointers", () => {
  const bytes = (hex: string): Uint8Array => hexOctets(hex) ?? new Uint8Array(0);
  test.each([
    ["a pointer back", "0161000162c000", 3, { name: "\x01b\x01a\x00", end: 7 }],
    ["a pointer to itself", "c000", 0, null],
    ["a pointer forward", "c0020000", 0, null],
    ["a loop of two", "0161c004c000", 4, null],
    ["a label cut off", "0361", 0, null],
    ["no end", "0161", 0, null],
    ["a pointer cut off", "c0", 0, null],
    ["an unknown label kind", "4100", 0, null],
    ["beyond the end", "00", 5, null],
  ])("%s", (_title, hex, offset, found) => {
    expect(readName(bytes(hex), offset)).toEqual(found);
  });

  test("more than 255 octets through pointers", () => {
    const long = bytes(`${"3f".padEnd(128, "61").repeat(3)}00${"3f".padEnd(128, "61")}c000`);
    expect(readName(long, 193)).toBeNull();
  });
});

test("reverse names", () => {
  expect(nameText(reverseName(addressRdata("192.0.2.1")))).toBe("1.2.0.192.in-addr.arpa.");
  const nibbles = `1${".0".repeat(23)}.8.b.d.0.1.0.0.2.ip6.arpa.`;
  expect(nameText(reverseName(addressRdata("2001:db8::1")))).toBe(nibbles);
});
