import { describe, expect, test } from "vitest";
import { parseAddress } from "./address.ts";
import { isServerCookieFresh, makeServerCookie, sipHash24 } from "./cookie.ts";
import { hexOctets, hexText } from "./octets.ts";

function octets(hex: string): Uint8Array {
  return hexOctets(hex) ?? new Uint8Array(0);
}

function context(secret: string, address: string, nowSeconds: number) {
  return { secret: octets(secret), address: parseAddress(address) ?? new Uint8Array(0), nowSeconds };
}

// The first of the vectors in the reference implementation of SipHash-2-4, key 00 01 .. 0f, message 00 01 .. n-1.
test.each([
  [0, "310E0EDD47DB6F72"],
  [1, "FD67DC93C539F874"],
  [7, "37D1018BF50002AB"],
  [8, "6224939A79F5F593"],
  [15, "E545BE4961CA29A1"],
])("SipHash-2-4 of %i octets", (length, hash) => {
  const key = Uint8Array.from({ length: 16 }, (_, at) => at);
  expect(
    hexText(
      sipHash24(
        key,
        Uint8Array.from({ length }, (_, at) => at),
      ),
    ),
  ).toBe(hash);
});

describe("RFC 9018, appendix A", () => {
  const secret = "e5e973e5a6b2a43f48e7dc849e37bfcf";

  test("A.1: a new server cookie", () => {
    const made = makeServerCookie(context(secret, "198.51.100.100", 0x5cf79f11), octets("2464c4abcf10c957"));
    expect(hexText(made)).toBe("010000005CF79F111F8130C3EEE29480");
  });

  test("A.2: the same client, later", () => {
    const made = makeServerCookie(context(secret, "198.51.100.100", 0x5cf7a871), octets("2464c4abcf10c957"));
    expect(hexText(made)).toBe("010000005CF7A871D4A564A1442ACA77");
  });

  test("A.3: reserved octets that are set are hashed as they came", () => {
    const sent = octets("01abcdef5cf78f71a314227b6679ebf5");
    const fresh = isServerCookieFresh(
      context(secret, "203.0.113.203", 0x5cf78f71 + 60),
      octets("fc93fc62807ddb86"),
      sent,
    );
    expect(fresh).toBe(true);
  });

  test("A.4: an IPv6 client, before and after the secret has changed", () => {
    const address = "2001:db8:220:1:59de:d0f4:8769:82b8";
    const client = octets("22681ab97d52c298");
    const before = makeServerCookie(context("dd3bdf9344b678b185a6f5cb60fca715", address, 0x5cf7c579), client);
    const after = makeServerCookie(context("445536bcd2513298075a5d379663c962", address, 0x5cf7c609), client);
    expect(hexText(before)).toBe("010000005CF7C57926556BD0934C72F8");
    expect(hexText(after)).toBe("010000005CF7C609A6BB79D16625507A");
  });
});

describe("which server cookies are sent back as they are", () => {
  const made = 1_700_000_000;
  const at = (nowSeconds: number, address = "192.0.2.1") => context("00".repeat(16), address, nowSeconds);
  const client = octets("0102030405060708");
  const server = makeServerCookie(at(made), client);

  test.each([
    [0, true],
    [1800, true],
    [1801, false],
    [-300, true],
    [-301, false],
  ])("%i seconds old: %s", (age, expected) => {
    expect(isServerCookieFresh(at(made + age), client, server)).toBe(expected);
  });

  test("not for another address, another client cookie, another length, or a changed octet", () => {
    expect(isServerCookieFresh(at(made, "192.0.2.2"), client, server)).toBe(false);
    expect(isServerCookieFresh(at(made), octets("0102030405060709"), server)).toBe(false);
    expect(isServerCookieFresh(at(made), client, server.subarray(0, 15))).toBe(false);
    expect(isServerCookieFresh(at(made), client, server.with(15, (server[15] ?? 0) ^ 1))).toBe(false);
  });
});
