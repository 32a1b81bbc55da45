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
