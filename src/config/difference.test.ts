import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import type { Config } from "../core/model.ts";
import { describeDifference } from "./difference.ts";
import { loadConfig } from "./load.ts";

function load(text: string): Config {
  const loaded = loadConfig(text, fakeSources);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.config;
}

const before = `zones:
  example.org: { nameservers: [ns1.example.net] }
pools:
  www.example.org: { check: { http: / }, members: [192.0.2.1, 192.0.2.2] }
  old.example.org: { check: { tcp: 80 }, members: [192.0.2.1] }
`;

const after = `zones:
  example.org: { nameservers: [ns1.example.net, ns2.example.net], ttl: 1m }
  example.net: { file: x.zone }
pools:
  www.example.org:
    check: { http: /status, rise: 4, timeout: 500ms }
    policy: weighted
    last-resort: none
    members: [192.0.2.9, { address: 192.0.2.1, weight: 2, name: big }]
  new.example.org: { check: { tcp: 80 }, members: [192.0.2.1] }
api: { token: { env: MUSTER_TOKEN } }
dns: { listen: "[::1]:5300" }
`;

test("what a new configuration changes", () => {
  expect(describeDifference(load(before), load(after))).toEqual([
    "dns: listen changed from 0.0.0.0:53, [::]:53 to [::1]:5300",
    "api: the token changed",
    "zone example.org: ttl changed from 30s to 60s",
    "zone example.org: nameservers changed from ns1.example.net to ns1.example.net, ns2.example.net",
    "zone example.net added",
    "pool old.example.org removed",
    "pool www.example.org: policy changed from round-robin to weighted",
    "pool www.example.org: last-resort changed from all to none",
    "pool www.example.org: member 192.0.2.2 removed",
    "pool www.example.org: member 192.0.2.9 added",
    "pool www.example.org: member 192.0.2.1: name changed from 192.0.2.1 to big",
    "pool www.example.org: member 192.0.2.1: weight changed from 1 to 2",
    "pool www.example.org: member 192.0.2.1: the http probe changed",
    "pool www.example.org: member 192.0.2.1: timeout changed from auto (400ms to 5000ms) to 500ms",
    "pool www.example.org: member 192.0.2.1: rise changed from 2 to 4",
    "pool new.example.org added",
  ]);
});

test("the same file changes nothing", () => {
  expect(describeDifference(load(after), load(after))).toEqual([]);
});

test("an order that changes is told", () => {
  const turned = before.replace("192.0.2.1, 192.0.2.2", "192.0.2.2, 192.0.2.1");
  expect(describeDifference(load(before), load(turned))).toEqual([
    "pool www.example.org: the order of the members changed",
  ]);
});

const outside = `zones:
  example.org:
    nameservers: [{ name: ns1.example.net, address: 192.0.2.53 }, ns2.example.net]
    transfer: { to: [{ address: 192.0.2.53, key: xfr }], allow: 198.51.100.0/24 }
    updates: { key: xfr, names: ["*.dyn.example.org"], types: [TXT, A] }
    publish: [embedded, { update: { servers: "[2001:db8::53]:5353", key: xfr } }, { file: { path: out.zone, block: true, reload: [rndc, reload] } }]
    republish: never
pools:
  www.example.org: { record: mx, aliases: www.example.com, check: { tcp: 25 }, members: [{ address: 192.0.2.1, target: a.example.net }] }
keys: { xfr: { secret: { file: key } } }
catalog: { zone: catalog.example, to: [{ address: 192.0.2.53, key: xfr }] }
audit: { interval: 1m, lag: 1500ms }
removal-max: 12.5%
on-start: reset
`;

test("what it changes outside, and no secret", () => {
  const plain = "zones: { example.org: { nameservers: [ns1.example.net, ns2.example.net] } }\n";
  const pools = "pools: { www.example.org: { check: { tcp: 25 }, members: [192.0.2.1] } }\n";
  expect(describeDifference(load(plain + pools), load(outside))).toEqual([
    "catalog changed from none to catalog.example (192.0.2.53:53 with key xfr)",
    "audit: interval changed from 300s to 60s",
    "audit: lag changed from 10s to 1.5s",
    "removal-max changed from 50% to 12.5%",
    "on-start changed from resume to reset",
    "key xfr added",
    "zone example.org: nameservers changed from ns1.example.net, ns2.example.net to ns1.example.net at 192.0.2.53:53, ns2.example.net",
    "zone example.org: transfer changed from none to 192.0.2.53:53 with key xfr; allowed from 198.51.100.0/24",
    "zone example.org: updates changed from none to key xfr may change TXT and A of *.dyn.example.org",
    "zone example.org: publish changed from embedded to embedded; update to [2001:db8::53]:5353 with key xfr; a block of file out.zone, then rndc reload within 10s",
    "zone example.org: republish changed from 86400s to never",
    "pool www.example.org: record changed from address to mx of preference 10",
    "pool www.example.org: aliases changed from none to www.example.com",
    "pool www.example.org: member 192.0.2.1: target changed from none to a.example.net",
  ]);
  const other = load(outside.replace("{ file: key }", "{ file: other-key }"));
  expect(describeDifference(load(outside), other)).toEqual(["key xfr: the secret changed"]);
  expect(describeDifference(load(outside), load(outside))).toEqual([]);
});
