import fc from "fast-check";
import { expect, test } from "vitest";
import { addressRdata, parseAddress, rdataAddress } from "./address.ts";
import { hexText } from "./octets.ts";

test.each([
  ["192.0.2.1", "C0000201"],
  ["0.0.0.0", "00000000"],
  ["255.255.255.255", "FFFFFFFF"],
  ["2001:db8::7", "20010DB8000000000000000000000007"],
  ["::", "00000000000000000000000000000000"],
  ["::1", "00000000000000000000000000000001"],
  ["1::", "00010000000000000000000000000000"],
  ["::ffff:192.0.2.1", "00000000000000000000FFFFC0000201"],
  ["64:ff9b::192.0.2.33", "0064FF9B0000000000000000C0000221"],
  ["1:2:3:4:5:6:7:8", "00010002000300040005000600070008"],
  ["1:2:3:4:5:6:1.2.3.4", "00010002000300040005000601020304"],
])("%s", (text, hex) => {
  expect(hexText(addressRdata(text))).toBe(hex);
});

test.each([
  ...["", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1..2.3", "1.2.3.4 ", "a.b.c.d", "1.2.3.", ".1.2.3"],
  ...[":", ":::", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "12345::", "g::", "1:2:3:4:5:6:7::8", ":1::2"],
  ...["::1.2.3", "1.2.3.4::", "::1.2.3.4:5", "1:2:3:4:5:6:7:1.2.3.4", "fe80::1%eth0", "1:"],
])("%j is no address", (text) => {
  expect(parseAddress(text)).toBeNull();
});

test.each([
  ["2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"],
  ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
  ["::ffff:c000:201", "::ffff:192.0.2.1"],
  ["0:0:0:0:0:0:0:0", "::"],
  ["1:0:0:0:0:0:0:0", "1::"],
])("%s is written %s (RFC 5952)", (text, canonical) => {
  expect(rdataAddress(addressRdata(text))).toBe(canonical);
});

test("octets survive text", () => {
  const octets = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  fc.assert(
    fc.property(octets, (bytes) => {
      expect(addressRdata(rdataAddress(bytes))).toEqual(bytes);
    }),
  );
});
