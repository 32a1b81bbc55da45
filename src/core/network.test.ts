import { expect, test } from "vitest";
import { findNetwork, parseNetwork } from "./network.ts";

const byPrefix = { networks: [], prefix4: 24, prefix6: 64 };

test.each([
  ["192.0.2.10", byPrefix, "192.0.2.0/24"],
  ["192.0.2.10", { ...byPrefix, prefix4: 28 }, "192.0.2.0/28"],
  ["192.0.2.130", { ...byPrefix, networks: ["192.0.2.128/25"] }, "192.0.2.128/25"],
  ["192.0.2.10", { ...byPrefix, networks: ["192.0.2.128/25"] }, "192.0.2.0/24"],
  ["2001:db8::7", byPrefix, "2001:db8::/64"],
  ["2001:db8:0:1::7", { ...byPrefix, networks: ["192.0.2.0/24", "2001:db8::/48"] }, "2001:db8::/48"],
  ["nobody", byPrefix, null],
])("T1 %s with %o lies in %s", (address, terms, network) => {
  expect(findNetwork(address, terms)).toBe(network);
});

test("what is no prefix is none", () => {
  for (const text of ["192.0.2.0", "192.0.2.0/33", "192.0.2.0/x", "::/129", "/8"])
    expect(parseNetwork(text)).toBeNull();
});
