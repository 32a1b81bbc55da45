/** The small parts: addresses, nearest words, patterns, masks. */
import { expect, test } from "vitest";
import { parseAddress, whyNotUnicast } from "./address.ts";
import { maskSecrets } from "./mask.ts";
import { findNearest } from "../base/nearest.ts";
import { whyNotPattern } from "./pattern.ts";

test.each([
  ["192.0.2.1", "192.0.2.1"],
  ["2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["[2001:db8::0001]", "2001:db8::1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::", "::"],
  ["::FFFF:192.0.2.1", "::ffff:192.0.2.1"],
  ["192.0.2.01", undefined],
  ["[192.0.2.1]", undefined],
  ["192.0.2", undefined],
  ["1::2::3", undefined],
  ["fe80::1%eth0", undefined],
  ["", undefined],
])("address %j is %j", (text, canonical) => {
  expect(parseAddress(text)?.text).toBe(canonical);
});

test.each([
  ["127.0.0.11", false],
  ["2001:db8::1", false],
  ["0.0.0.0", true],
  ["224.0.0.1", true],
  ["255.255.255.255", true],
  ["ff02::1", true],
  ["::ffff:192.0.2.1", true],
  ["::1", false],
  ["fe80::1", true],
  ["febf::1", true],
  ["fec0::1", false],
  ["fd00::1", false],
  ["169.254.1.1", false],
])("%s is refused for a member: %s", (text, refused) => {
  const address = parseAddress(text);
  expect(address !== null && whyNotUnicast(address) !== null).toBe(refused);
});

test.each([
  ["tpc", "tcp"],
  ["round-robn", "round-robin"],
  ["Intervall", "interval"],
  ["nameserver", "nameservers"],
  ["completely-else", null],
  ["", null],
])("nearest of %j is %j", (word, nearest) => {
  expect(findNearest(word, ["tcp", "http", "interval", "round-robin", "nameservers"])).toBe(nearest);
});

test.each([
  ["Welcome", null],
  ["^(ok|fine)+$", null],
  ["\\d{1,3} of \\d+", null],
  ["(?:[a-z]+-)?ready", null],
  ["(a+)+", "repeats a group that holds a repetition, which can take very long"],
  ["(?:(x*)y)*", "repeats a group that holds a repetition, which can take very long"],
  ["(?:a{1,20}){2,}", "repeats a group that holds a repetition, which can take very long"],
  ["(a|a)*", "repeats a group whose alternatives can begin alike, which can take very long"],
  ["(a|\\w)+", "repeats a group whose alternatives can begin alike, which can take very long"],
  ["(a)\\1", "refers back to a group, which can take very long"],
  ["(?i:a|a)*", "repeats a group whose alternatives can begin alike, which can take very long"],
  ["(?i-s:[a-z]{1,3}-)+ready", null],
  ["(a{1,1000}){1,1000}", "repeats a group that holds a repetition, which can take very long"],
  ["(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4} ?){1,10}", null],
  ["(?:(?:\\d{1,3}\\.){3}\\d{1,3},?)*", null],
  ["((a{0,10}){0,10}){0,4}", "has repetitions within each other that multiply to 400, at most 300"],
  ["(?:b|(?:(?:a{10}x){10}y){9,}?)", "has repetitions within each other that multiply to 1000, at most 300"],
  [`${"(".repeat(8)}a${"{2})".repeat(8)}`, null],
  [`${"(".repeat(9)}a${"{2})".repeat(9)}`, "has repetitions within each other that multiply to 512, at most 300"],
  ["((a{7}){7}|b(c))(d|e){7}", null],
  ["((a{7}){7}(c)){7}", "has repetitions within each other that multiply to 343, at most 300"],
  ["x".repeat(501), "is longer than 500 characters"],
])("pattern %j", (pattern, complaint) => {
  expect(whyNotPattern(pattern)).toBe(complaint);
});

test.each(["(", "[a", "*", "\\", "(?<x>a)(?<x>b)", "\\-"])("no pattern at all: %j", (pattern) => {
  expect(whyNotPattern(pattern)).toMatch(/^is not a regular expression: /);
});

test.each([
  ["  token: abc", "  token: ***"],
  ['api: { listen: x, "token": "a b" }', 'api: { listen: x, "token": ** ** }'],
  ["  token: { file: a-file }", "  token: { file: a-file }"],
  ["  token: { env: NAME, value: abc }", "  token: { env: NAME* ****** *** }"],
  ["  token: |\n    abc\n    def\n  listen: x", "  token: *\n    ***\n    ***\n  listen: x"],
  ["http: http://user:pw@www.example.org/", "http: http://*******@www.example.org/"],
  ["keys: { xfr: { algorithm: a, secret: abc } }", "keys: { xfr: { algorithm: a, secret: *** } }"],
  [
    "keys:\n  xfr: abc\n  two:\n    algorithm: a\n    secrt: abc\ndns: x",
    "keys:\n  xfr: ***\n  two:\n    algorithm: a\n    secrt: ***\ndns: x",
  ],
  [
    "keys:\n  xfr:\n    secret:\n      file: a\n      value: abc",
    "keys:\n  xfr:\n    secret:\n      file: a\n      ****** ***",
  ],
  ["to: [{ key: bXVzdGVyLXNlY3JldC0xNg== }]", "to: [{ key: ************************ }]"],
  ["  Authorization: Basic eDp5", "  Authorization: ***** ****"],
])("masked: %j", (line, masked) => {
  expect(maskSecrets(line)).toBe(masked);
});
