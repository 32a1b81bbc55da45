import { expect, test } from "vitest";
import { fixtureConfig, fixtureMember, fixturePool, fixtureZone } from "./fixtures.ts";
import { comparePlacement, neighboursOf, type OwnAddress } from "./placement.ts";

const lo: OwnAddress = { device: "lo", address: "127.0.0.1", bits: 8 };
const eth: OwnAddress = { device: "eth0", address: "192.0.2.200", bits: 25 };
const six: OwnAddress = { device: "eth0", address: "2001:db8:0:1::200", bits: 64 };

function compare(own: readonly OwnAddress[], ...addresses: readonly string[]): string {
  const neighbours = addresses.map((address) => ({ name: `member ${address}`, address }));
  const findings = comparePlacement(own, neighbours);
  return findings
    .map(({ isTrial, rule, sentence }) => {
      const [where = ""] = sentence.split(":");
      return `${rule.slice("placement/".length)}${isTrial ? " trial" : ""} ${/of (.*)/.exec(sentence.replace(/: (when|a fault).*/, ""))?.[1] ?? where}`;
    })
    .join("; ");
}

test.each([
  [[eth], ["198.51.100.1", "192.0.2.127", "2001:db8::1"], ""],
  [[eth], ["192.0.2.200"], "own-address member 192.0.2.200"],
  [[eth], ["192.0.2.128", "192.0.2.255"], "own-network member 192.0.2.128 and member 192.0.2.255"],
  [
    [eth, { ...eth, address: "192.0.2.201" }],
    ["192.0.2.201", "192.0.2.202"],
    "own-network member 192.0.2.202; own-address member 192.0.2.201",
  ],
  [[six], ["2001:db8:0:1::9", "2001:db8:0:2::9"], "own-network member 2001:db8:0:1::9"],
  [[six], ["2001:DB8:0:1:0:0:0:200"], "own-address member 2001:DB8:0:1:0:0:0:200"],
  [[{ ...eth, bits: 32 }], ["192.0.2.201"], ""],
  [[{ ...eth, bits: 0 }], ["198.51.100.1"], ""],
  [[lo], ["127.0.0.2", "192.0.2.1"], "own-address trial member 127.0.0.2"],
  [
    [eth],
    ["1", "2", "3", "4", "5", "6"].map((last) => `192.0.2.13${last}`),
    "own-network member 192.0.2.131, member 192.0.2.132, member 192.0.2.133, member 192.0.2.134 and 2 more",
  ],
] as const)("%j beside %j", (own, addresses, found) => expect(compare(own, ...addresses)).toBe(found));

test("the sentence says which address and which network", () => {
  const neighbours = [{ name: "member 192.0.2.201 of www.example.org", address: "192.0.2.201" }];
  expect(comparePlacement([eth], neighbours).map(({ sentence }) => sentence)).toEqual([
    "muster runs in 192.0.2.128/25 (eth0), the network of member 192.0.2.201 of www.example.org: a fault of that network cuts muster off as well; run muster in another network",
  ]);
  expect(comparePlacement([{ ...eth, address: "192.0.2.201" }], neighbours)[0]?.sentence).toBe(
    "muster runs on 192.0.2.201 (eth0), the machine of member 192.0.2.201 of www.example.org: when it fails, nobody judges; run muster on a machine of its own",
  );
});

test("members, nameservers by address and by name, secondaries and updated servers are neighbours, each once", () => {
  const zone = fixtureZone({
    nameservers: ["ns1.example.net", "ns2.example.net", "ns3.example.net"],
    nameserverAddresses: { "ns1.example.net": [{ address: "192.0.2.53", port: 53 }] },
    transfer: { to: [{ address: "192.0.2.54", port: 53, key: null }], allow: [] },
    publish: [{ kind: "update", servers: [{ address: "192.0.2.54", port: 5353, key: null }] }],
  });
  const members = [fixtureMember("192.0.2.7"), fixtureMember("192.0.2.8", { label: "big" })];
  const config = fixtureConfig([fixturePool(members)], { zones: [zone] });
  const resolved = new Map([["ns2.example.net", ["192.0.2.55"]]]);
  expect(neighboursOf(config, resolved).map(({ name }) => name)).toEqual([
    "member 192.0.2.7 of www.example.org",
    "member big (192.0.2.8) of www.example.org",
    "nameserver ns1.example.net (192.0.2.53)",
    "nameserver ns2.example.net (192.0.2.55)",
    "DNS server 192.0.2.54",
  ]);
});
