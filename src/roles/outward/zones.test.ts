import { expect, test } from "vitest";
import { fixtureConfig, fixtureZone } from "../../core/fixtures.ts";
import type { PeerConfig, ZoneConfig } from "../../core/model.ts";
import { textName } from "../../dns/name.ts";
import type { RRset } from "../../dns/types.ts";
import { endpointText } from "./events.ts";
import { namesToResolve, outwardZones, setsOf } from "./zones.ts";

const peer = (address: string): PeerConfig => ({ address, port: 53, key: null });
const nothing = (name: string): RRset => ({ owner: textName(name), type: 1, ttlSeconds: 0, rdata: [] });
const own = [{ address: "0.0.0.0", port: 5300 }];

/** `name endpoint proof` for each watched nameserver. */
function watched(changes: Partial<ZoneConfig>, resolved = new Map()): string[] {
  const [zone] = outwardZones(fixtureConfig([], { zones: [fixtureZone(changes)] }), { resolved, embedded: own });
  return (zone?.watches ?? []).map(({ name, endpoint, proof }) => `${name} ${endpointText(endpoint)} ${proof}`);
}

test("nameservers, secondaries and muster's own server are watched, each address once under its best name", () => {
  const nameserverAddresses = { "ns1.example.net": [peer("192.0.2.1"), peer("2001:db8::1")] };
  const to = [peer("192.0.2.1"), peer("192.0.2.2")];
  expect(watched({ nameserverAddresses, transfer: { to, allow: [] } })).toEqual([
    "ns1.example.net 192.0.2.1:53 serial",
    "ns1.example.net [2001:db8::1]:53 serial",
    "secondary 192.0.2.2:53 serial",
    "embedded 127.0.0.1:5300 serial",
  ]);
});

test("servers that are updated, and nameservers behind them, prove a change by its records", () => {
  const nameservers = ["ns1.example.net", "ns2.example.net", "ns3.example.net"];
  const nameserverAddresses = {
    "ns1.example.net": [peer("192.0.2.1")],
    "ns2.example.net": [peer("192.0.2.2")],
    "ns3.example.net": [peer("192.0.2.3")],
  };
  const publish = [{ kind: "update", servers: [peer("192.0.2.3"), peer("192.0.2.4")] }] as const;
  const transfer = { to: [peer("192.0.2.2")], allow: [] };
  expect(watched({ nameservers, nameserverAddresses, publish, transfer })).toEqual([
    "ns1.example.net 192.0.2.1:53 records",
    "ns2.example.net 192.0.2.2:53 serial",
    "ns3.example.net 192.0.2.3:53 records",
    "update server 192.0.2.4:53 records",
  ]);
});

test("a name without an address is looked up, and is shown with the reason until it has one", () => {
  const config = fixtureConfig([]);
  expect(namesToResolve(config)).toEqual(["ns1.example.net"]);
  const around = (resolved: Map<string, { kind: "failed"; reason: string; pending: boolean }>) => ({
    resolved,
    embedded: [],
  });
  expect(outwardZones(config, around(new Map()))[0]?.unresolved).toEqual([
    { name: "ns1.example.net", reason: "its address is being looked up", pending: true },
  ]);
  const failed = new Map([["ns1.example.net", { kind: "failed", reason: "no such name", pending: false } as const]]);
  expect(outwardZones(config, around(failed))[0]?.unresolved).toEqual([
    { name: "ns1.example.net", reason: "no such name", pending: false },
  ]);
  const found = new Map([["ns1.example.net", { kind: "addresses", endpoints: [{ address: "192.0.2.7", port: 53 }] }]]);
  expect(watched({}, found)).toEqual(["ns1.example.net 192.0.2.7:53 serial", "embedded 127.0.0.1:5300 serial"]);
});

test("the secondaries of the catalog are told of it as well", () => {
  const catalog = { origin: "catalog.example", transfer: { to: [peer("192.0.2.2")], allow: [] } };
  const zones = outwardZones(fixtureConfig([], { catalog }), { resolved: new Map(), embedded: [] });
  expect(zones[1]).toMatchObject({ origin: "catalog.example", secondaries: [{ address: "192.0.2.2" }] });
});

test("M12 of names that went to a zone below nobody asks as names of the zone above", () => {
  const zones = ["example.org", "sub.example.org", "b.example.org"].map((origin) => fixtureZone({ origin }));
  const [gone, ...kept] = ["www.Sub.example.org", "www.example.org", "ab.example.org"].map(nothing);
  expect(setsOf("example.org", [gone ?? nothing(""), ...kept], { zones })).toEqual(kept);
});
