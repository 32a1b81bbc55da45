/** Publishing as the file says it, and as the program sees it. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { keysMax, peersMax } from "./limits.ts";
import { type LoadedConfig, loadConfig } from "./load.ts";
import { formatProblems } from "./problem.ts";

function load(text: string): LoadedConfig {
  const loaded = loadConfig(text, fakeSources);
  if (!loaded.ok) throw new Error(formatProblems(loaded.error.problems, text));
  return loaded.value;
}

function sentencesOf(text: string): string[] {
  const loaded = loadConfig(text, fakeSources);
  return loaded.ok ? [] : loaded.error.problems.map(({ sentence }) => sentence);
}

test("a secret that is broken into lines, as openssl rand -base64 64 prints it, is one", () => {
  const { config } = load("zones: { example.org: { file: z } }\nkeys: { k: { secret: { file: long-key } } }");
  expect(config.keys[0]?.secret).toBe(`${"A".repeat(86)}==`);
});

test("M3 P4 W10 everything about publishing", () => {
  const { config, warnings } = load(`keys:
  XFR.Example.: { secret: { file: key } }
  ddns: { algorithm: hmac-sha512, secret: { env: MUSTER_KEY } }
catalog: { zone: catalog.example, to: [{ address: 192.0.2.53, key: xfr.example }], allow: [{ key: ddns }] }
audit: { interval: 1m, lag: 2s }
removal-max: 12.5%
on-start: reset
zones:
  example.org:
    nameservers:
      - ns1.example.net
      - { name: NS2.example.com., address: ["198.51.100.53", "[2001:db8::53]:5353"] }
    transfer:
      to:
        - { address: 192.0.2.53, port: 5353, key: XFR.example }
        - 127.0.0.1
        - "[::1]:5354"
      allow: [192.0.2.0/24, { key: ddns }, { prefix: "2001:DB8::/32", key: ddns }]
    updates:
      - { key: ddns, names: [_acme-challenge.example.org, "*.dyn.example.org"], types: [TXT, TYPE65] }
      - { key: ddns, names: "*.example.org" }
    publish:
      - embedded
      - update: { key: ddns, servers: [192.0.2.1, { address: 192.0.2.2, key: xfr.example }] }
      - file: { path: out/example.org, reload: [rndc, reload, example.org], timeout: 2s }
      - { file: { path: /etc/block, block: true } }
    republish: never
  example.net: { primaries: [{ address: 192.0.2.7, key: ddns }], republish: 1h }
`);
  expect(warnings).toEqual([]);
  expect(config).toMatchObject({
    keys: [
      { name: "xfr.example", algorithm: "hmac-sha256" },
      { name: "ddns", algorithm: "hmac-sha512" },
    ],
    catalog: {
      origin: "catalog.example",
      transfer: {
        to: [{ address: "192.0.2.53", port: 53, key: "xfr.example" }],
        allow: [{ prefix: null, key: "ddns" }],
      },
    },
    audit: { intervalMs: 60_000, lagMsMax: 2_000 },
    removalMax: 0.125,
    onStart: "reset",
  });
  expect(config.zones[0]).toMatchObject({
    nameservers: ["ns1.example.net", "ns2.example.com"],
    nameserverAddresses: {
      "ns2.example.com": [
        { address: "198.51.100.53", port: 53 },
        { address: "2001:db8::53", port: 5_353 },
      ],
    },
    primaries: [],
    transfer: {
      to: [
        { address: "192.0.2.53", port: 5_353, key: "xfr.example" },
        { address: "127.0.0.1", port: 53, key: null },
        { address: "::1", port: 5_354, key: null },
      ],
      allow: [
        { prefix: "192.0.2.0/24", key: null },
        { prefix: null, key: "ddns" },
        { prefix: "2001:db8::/32", key: "ddns" },
      ],
    },
    updates: [
      { key: "ddns", names: ["_acme-challenge.example.org", "*.dyn.example.org"], types: [16, 65] },
      { key: "ddns", names: ["*.example.org"], types: [] },
    ],
    publish: [
      { kind: "embedded" },
      {
        kind: "update",
        servers: [
          { address: "192.0.2.1", port: 53, key: "ddns" },
          { address: "192.0.2.2", port: 53, key: "xfr.example" },
        ],
      },
      {
        kind: "file",
        path: "out/example.org",
        block: false,
        reload: ["rndc", "reload", "example.org"],
        reloadMsMax: 2_000,
      },
      { kind: "file", path: "/etc/block", block: true, reload: null, reloadMsMax: 10_000 },
    ],
    republishMs: null,
  });
  expect(config.zones[1]).toMatchObject({
    nameservers: [],
    primaries: [{ address: "192.0.2.7", port: 53, key: "ddns" }],
    republishMs: 3_600_000,
  });
});

test("a zone that muster serves nowhere itself needs no nameservers", () => {
  const { config, warnings } = load(`zones:
  a.example.org: { publish: { update: { servers: [127.0.0.1, 127.0.0.2] } } }
  b.example.org: { publish: { file: { path: b.zone, block: true } } }
pools:
  www.a.example.org: { check: { tcp: 80 }, members: [192.0.2.1] }
  www.b.example.org: { check: { tcp: 80 }, members: [192.0.2.1] }
`);
  expect(warnings).toEqual([]);
  expect(config.zones.map(({ nameservers, publish }) => [nameservers, publish.map(({ kind }) => kind)])).toEqual([
    [[], ["update"]],
    [[], ["file"]],
  ]);
});

test("P11 kinds of records", () => {
  const { config } = load(`zones:
  example.org: { nameservers: [ns1.example.net, ns2.example.com] }
  2.0.192.in-addr.arpa: { nameservers: [ns1.example.net, ns2.example.com] }
defaults: { rise: 1 }
pools:
  a.example.org: { record: mx, aliases: WWW.example.net., check: { tcp: smtp }, members: [{ address: 192.0.2.1, target: Mail.example.net. }] }
  b.example.org: { record: { mx: { preference: 0 } }, check: { tcp: 25 }, members: [{ address: 192.0.2.1, target: a.example.net }] }
  _sip._udp.example.org: { record: { srv: { port: 5060 } }, check: { tcp: 5060 }, members: [{ address: 192.0.2.1, target: a.example.net, name: sip }] }
  t.example.org: { record: txt, check: { tcp: 25 }, members: [{ address: 192.0.2.1, target: "Some; Text" }] }
  7.2.0.192.in-addr.arpa: { record: ptr, last-resort: none, check: { tcp: 25 }, members: [{ address: 192.0.2.7, target: a.example.net }] }
`);
  const seen = config.pools.map(({ members, record }) => [record, members[0]?.target]);
  expect(seen).toEqual([
    [{ kind: "mx", preference: 10 }, "mail.example.net"],
    [{ kind: "mx", preference: 0 }, "a.example.net"],
    [{ kind: "srv", priority: 0, port: 5_060 }, "a.example.net"],
    [{ kind: "txt" }, "Some; Text"],
    [{ kind: "ptr" }, "a.example.net"],
  ]);
  expect(config.pools[0]?.aliases).toEqual(["www.example.net"]);
});

test("lists have limits", () => {
  const many = Array.from({ length: 300 }, (_, at) => `127.0.${at >> 8}.${at & 255}`).join(", ");
  const keys = Array.from({ length: keysMax + 1 }, (_, at) => `k${at}: { secret: { file: key } }`).join(", ");
  const zone = "file: x.zone";
  expect(sentencesOf(`zones: { example.org: { ${zone}, transfer: { to: [${many}] } } }`)).toEqual([
    `to: a list has more than ${peersMax} entries`,
  ]);
  expect(sentencesOf(`zones: { example.org: { ${zone}, transfer: { allow: [${many}] } } }`)).toEqual([
    "allow: a list has more than 256 entries",
  ]);
  expect(sentencesOf(`zones: { example.org: { ${zone}, publish: [${"embedded, ".repeat(17)}] } }`)).toEqual([
    "publish: a list has more than 16 entries",
  ]);
  expect(sentencesOf(`zones: { example.org: { ${zone} } }\nkeys: { ${keys} }`)).toEqual([
    "there are 257 keys; muster takes 256",
  ]);
});
