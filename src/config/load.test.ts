import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import type { Config } from "../core/model.ts";
import { lineCharsMax, poolMembersMax, problemsMax, textCharsMax } from "./limits.ts";
import { type LoadedConfig, loadConfig } from "./load.ts";
import { probeKinds } from "./probes/list.ts";
import { type ConfigProblem, formatProblems } from "./problem.ts";

function load(text: string): LoadedConfig {
  const loaded = loadConfig(text, fakeSources);
  if (!loaded.ok) throw new Error(formatProblems(loaded.error.problems, text));
  return loaded.value;
}

function problemsOf(text: string): ConfigProblem[] {
  const loaded = loadConfig(text, fakeSources);
  return loaded.ok ? [] : loaded.error.problems;
}

/** A whole file around the members and settings of one pool. */
function poolFile(settings: string, members = "[192.0.2.1]"): string {
  const zone = "zones: { example.org: { nameservers: ns1.example.net } }";
  return `${zone}\npools:\n  www.example.org: { ${settings}, members: ${members} }\n`;
}

test("the shortest useful file gets every default", () => {
  const text = `zones:
  Mirrors.Example.ORG.:
    nameservers: [NS1.example.net., ns2.example.org]
pools:
  www.mirrors.example.org:
    check: { http: / }
    members:
      - 192.0.2.10
      - "[2001:DB8:0:0:0::7]"
`;
  const check = {
    probe: {
      kind: "http",
      method: "GET",
      port: 80,
      tls: null,
      host: "www.mirrors.example.org",
      path: "/",
      headers: {},
      status: [{ from: 200, to: 399 }],
      body: null,
      bodyBytesMax: 65_536,
      redirectsMax: 0,
    },
    intervalMs: 1_000,
    timeout: { kind: "auto", minMs: 400, maxMs: 5_000 },
    rise: 2,
    fall: 3,
    confirmMs: 30,
    suspectMs: 150,
    tripwire: true,
    freshEvery: 5,
    flapping: { kind: "count", changes: 30, withinMs: 3_600_000, holdMs: 3_600_000 },
  } as const;
  const pool = "www.mirrors.example.org";
  const member = { pool, weight: 1, priority: 1, target: null, check };
  const { config, warnings } = load(text);
  expect(warnings).toEqual([]);
  expect(config.api.token).toBe(null);
  expect(config).toEqual({
    file: "muster.yaml",
    state: "muster.sqlite",
    dns: {
      listen: [
        { address: "0.0.0.0", port: 53 },
        { address: "::", port: 53 },
      ],
      nsid: null,
      threads: 1,
    },
    // The token is a hidden property, which is not compared here.
    api: { listen: { address: "127.0.0.1", port: 8_053 } },
    zones: [
      {
        origin: "mirrors.example.org",
        file: null,
        ttlSeconds: 30,
        ttlMinSeconds: 5,
        nameservers: ["ns1.example.net", "ns2.example.org"],
        contact: "hostmaster@mirrors.example.org",
        negativeTtlSeconds: 60,
        nameserverAddresses: {},
        primaries: [],
        transfer: { to: [], allow: [] },
        updates: [],
        publish: [{ kind: "embedded" }],
        republishMs: 86_400_000,
      },
    ],
    keys: [],
    catalog: null,
    audit: { intervalMs: 300_000, lagMsMax: 10_000 },
    removalMax: 0.5,
    onStart: "resume",
    placement: "warn",
    maintenance: [],
    notify: null,
    rehearsals: [],
    recording: { ms: 30 * 86_400_000, bytes: 64 * 1024 * 1024 },
    references: [],
    brake: null,
    diagnosis: { networks: [], prefix4: 24, prefix6: 64, webCluster: null },
    watch: null,
    agents: [],
    pools: [
      {
        name: pool,
        zone: "mirrors.example.org",
        policy: "round-robin",
        answersMax: null,
        lastResort: { kind: "all" },
        failback: { kind: "at-once" },
        record: { kind: "address" },
        aliases: [],
        canary: false,
        recoveryMs: null,
        members: [
          { id: `${pool}/192.0.2.10`, label: "192.0.2.10", address: "192.0.2.10", family: 4, ...member },
          { id: `${pool}/2001:db8::7`, label: "2001:db8::7", address: "2001:db8::7", family: 6, ...member },
        ],
      },
    ],
  } satisfies Omit<Config, "api"> & { api: Omit<Config["api"], "token"> });
});

test("D1 D5 an http probe from a URL, and from a map", () => {
  const url = load(poolFile('check: { http: "https://Site.example.org:8443/status?full=1" }')).config;
  expect(url.pools[0]?.members[0]?.check.probe).toMatchObject({
    host: "site.example.org:8443",
    path: "/status?full=1",
    port: 8_443,
    tls: { serverName: "site.example.org", verify: true },
  });
  const map = load(
    poolFile(
      'check: { http: { method: HEAD, tls: { name: a.example, verify: false }, host: "b.example:81", status: [200, "300-399"], headers: { X-Check: muster } } }',
    ),
  ).config;
  expect(map.pools[0]?.members[0]?.check.probe).toMatchObject({
    method: "HEAD",
    port: 443,
    host: "b.example:81",
    tls: { serverName: "a.example", verify: false },
    status: [
      { from: 200, to: 200 },
      { from: 300, to: 399 },
    ],
    headers: { "X-Check": "muster" },
  });
  for (const written of ['"https://[2001:DB8::7]/"', '{ tls: true, port: 8443, host: "[2001:db8::7]:8443" }'])
    expect(load(poolFile(`check: { http: ${written} }`)).config.pools[0]?.members[0]?.check.probe).toMatchObject({
      host: expect.stringMatching(/^\[2001:db8::7\]/),
      tls: { serverName: "2001:db8::7", verify: true },
    });
  const body = load(poolFile('check: { http: { body: { matches: "^ok \\\\d+$" } } }')).config;
  expect(body.pools[0]?.members[0]?.check.probe).toMatchObject({ body: { kind: "matches", pattern: "^ok \\d+$" } });
});

test("P1 a tcp probe sends with CRLF, its port is a service's name or a number", () => {
  const { config } = load(poolFile("check: { tcp: { port: smtp, send: QUIT, expect: '221' } }"));
  const probe = { kind: "tcp", port: 25, send: "QUIT\r\n", expect: "221", replyBytesMax: 65_536 };
  expect(config.pools[0]?.members[0]?.check).toMatchObject({ probe, freshEvery: 1 });
  expect(load(poolFile("check: { tcp: 5432 }")).config.pools[0]?.members[0]?.check.probe).toMatchObject({
    port: 5_432,
  });
});

test("checks in layers: defaults, named, member", () => {
  const text = `zones: { example.org: { nameservers: ns1.example.net } }
defaults: { interval: 5s, rise: 4, timeout: 100ms }
checks: { web: { http: { path: /ok, port: 8080 }, rise: 5 } }
pools:
  www.example.org:
    check: web
    members:
      - 192.0.2.1
      - { address: 192.0.2.2, check: { http: { port: 8081 }, interval: 2s } }
      - { address: 192.0.2.3, check: { tcp: 22 } }
`;
  const members = load(text).config.pools[0]?.members ?? [];
  expect(members[0]?.check).toMatchObject({ intervalMs: 5_000, rise: 5, suspectMs: 100, probe: { port: 8_080 } });
  expect(members[1]?.check).toMatchObject({ intervalMs: 2_000, rise: 5, probe: { port: 8_081, path: "/ok" } });
  expect(members[2]?.check).toMatchObject({ intervalMs: 5_000, probe: { kind: "tcp", port: 22 } });
});

test("pools, policies, failback, last resort", () => {
  const text = `zones:
  example.org: { file: zones/example.zone }
  sub.example.org: { nameservers: [ns1.example.net] }
pools:
  example.org: { check: { tcp: 80 }, answers: 1, last-resort: "2001:DB8::1", members: [192.0.2.1] }
  a.sub.example.org: { policy: priority, failback: { after: 10m }, check: { tcp: 80 }, members: [192.0.2.1, 192.0.2.2] }
  "*.sub.example.org": { policy: weighted, last-resort: none, check: { tcp: 80 }, members: [{ address: 192.0.2.1, weight: 3, name: big }] }
`;
  const { config } = load(text);
  expect(config.zones[0]).toMatchObject({ file: "zones/example.zone", nameservers: [] });
  expect(config.pools).toMatchObject([
    { zone: "example.org", answersMax: 1, lastResort: { kind: "address", address: "2001:db8::1" } },
    {
      zone: "sub.example.org",
      failback: { kind: "after", stableMs: 600_000 },
      members: [{ priority: 1 }, { priority: 2 }],
    },
    { zone: "sub.example.org", lastResort: { kind: "none" }, members: [{ weight: 3, label: "big" }] },
  ]);
});

test("M2 a TTL above 15 minutes gets a warning, and other settings that do nothing too", () => {
  const text = `zones:
  example.org: { ttl: 16m, nameservers: [ns1.example.org] }
  example.net: { file: example.zone, nameservers: [ns1.example.org] }
  example.com: { nameservers: [example.com, ns1] }
pools:
  www.example.org:
    answers: 3
    failback: manual
    check: { http: /, timeout: 2s, suspect: 3s }
    members: [192.0.2.1, { address: 192.0.2.2, weight: 2 }]
`;
  expect(load(text).warnings.map(({ line, column, sentence }) => `${line}:${column} ${sentence}`)).toEqual([
    "2:23 a TTL of 960 seconds: resolvers may send people to a dead member for so long",
    "2:41 ns1.example.org is the only nameserver: when it fails the zone is gone (RFC 2182, 5)",
    "2:42 the nameserver ns1.example.org lies in its own zone, and no pool there gives its address",
    "3:38 nameservers has no effect: the zone's file holds its SOA and NS records",
    "4:3 the zone example.com has neither a pool nor a file: it answers for no name but its own",
    "4:32 the nameserver example.com lies in its own zone, and no pool there gives its address",
    "4:45 the nameserver ns1 has no dot: names are whole here, and ns1.example.com is another",
    "7:14 an answer is to name 3 members, and the pool has 2",
    "8:5 failback has no effect under round-robin: only priority prefers one member to another",
    "9:32 the timeout (2000ms) is longer than the interval (1000ms): probes of a dead member come later than the interval says",
    "9:45 suspect (3000ms) is longer than the timeout (2000ms), so it never comes into play",
    "10:48 weight has no effect under round-robin",
  ]);
  expect(load(text.replace("16m", "15m")).warnings[0]?.line).toBe(2);
  expect(load(text.replace("16m", "15m")).warnings[0]?.sentence).not.toContain("TTL");
});

test("a configuration is frozen to its last leaf", () => {
  const { config } = load(poolFile("check: { http: / }"));
  const check = config.pools[0]?.members[0]?.check;
  for (const part of [config, config.api, config.zones, config.pools[0]?.members, check?.probe])
    expect(Object.isFrozen(part)).toBe(true);
});

test("paths start from the folder of the file", () => {
  const text = "zones: { example.org: { file: ../zones/./a.zone } }\nstate: /var/lib/muster.sqlite\n";
  const loaded = loadConfig(text, { ...fakeSources, file: "etc/muster.yaml", folder: "/srv/etc" });
  expect(loaded.ok && [loaded.value.config.zones[0]?.file, loaded.value.config.state]).toEqual([
    "/srv/zones/a.zone",
    "/var/lib/muster.sqlite",
  ]);
});

test("an alias stands for what it names", () => {
  const text = poolFile("check: &c { http: /, rise: 7 }", "[192.0.2.1, { address: 192.0.2.2, check: *c }]");
  expect(load(text).config.pools[0]?.members[1]?.check.rise).toBe(7);
});

test("problems are printed with their line and a caret", () => {
  const text = `zones:
  example.org: { nameservers: [ns1.example.net] }
pools:
  www.example.org:
    policy: round-robn
    check: { htp: / }
    members: [192.0.2.10, 192.0.2.300]
`;
  expect(formatProblems(problemsOf(text), text)).toBe(`muster.yaml:5:13: error: policy cannot be "round-robn"
    5 |     policy: round-robn
      |             ^^^^^^^^^^ expected round-robin, weighted or priority; did you mean round-robin?

muster.yaml:6:14: error: "htp" is not a key of a check
    6 |     check: { htp: / }
      |              ^^^ expected one of ${probeKinds.join(", ")}, interval, timeout, rise, fall, confirm, suspect, tripwire, fresh-every, quorum, flapping; did you mean http?

muster.yaml:7:27: error: members[1]: "192.0.2.300" has a part above 255 or with a leading zero
    7 |     members: [192.0.2.10, 192.0.2.300]
      |                           ^^^^^^^^^^^ expected an address, or a member's settings
`);
});

const manyLevels = Array.from({ length: 400 }, (_, level) => `${" ".repeat(level)}a:`).join("\n");
const bomb = [
  "a: &a [x, x, x, x, x, x, x, x, x, x]",
  ..."bcdefgh".split("").map((name, at) => {
    const below = "abcdefg".charAt(at);
    return `${name}: &${name} [${Array.from({ length: 10 }, () => `*${below}`).join(", ")}]`;
  }),
].join("\n");

const bombs: readonly (readonly [string, string, RegExp])[] = [
  ["too much text", `# ${"x".repeat(textCharsMax)}`, /more than 4194304 characters/],
  ["a long line", `zones: "${"x".repeat(lineCharsMax)}"`, /more than 65536 characters/],
  ["open brackets", `zones: ${"[".repeat(100_000)}`, /deeper than 32 levels/],
  ["closed brackets", `zones: ${"[".repeat(60)}${"]".repeat(60)}`, /deeper than 32 levels/],
  ["deep maps", manyLevels, /deeper than 32 levels/],
  ["dashes in a row", `zones:\n  ${"- ".repeat(40)}x`, /deeper than 32 levels/],
  ["more dashes in a row", `zones:\n  ${"- ".repeat(20_000)}x`, /deeper than 32 levels/],
  ["an alias bomb", bomb, /larger than 1000000 values/],
  ["an alias to itself", "zones: &z { a: *z }", /names no anchor before it/],
  ["many aliases", `a: &a x\nb: [${"*a, ".repeat(1_001)}]`, /beyond 1000 aliases/],
  ["NUL", "zones:\0 {}", /U\+0000/],
  ["a binary file", "\u007fELF\u0002", /U\+007F/],
  [
    "huge numbers",
    `dns: { threads: ${"9".repeat(400)} }\nzones: { example.org: { file: x } }`,
    /threads cannot be 999/,
  ],
];

test.each(bombs)("refused in time: %s", (_, text, sentence) => {
  const problems = problemsOf(text);
  expect(problems.map((problem) => problem.sentence).join("\n")).toMatch(sentence);
  expect(problems.length).toBeLessThanOrEqual(problemsMax + 1);
});

test("more members than a pool may have", () => {
  const members = Array.from({ length: poolMembersMax + 1 }, (_, at) => `10.0.${at >> 8}.${at & 255}`);
  const [first, ...more] = problemsOf(poolFile("check: { http: / }", `[${members.join(",")}]`));
  expect(first?.sentence).toMatch(/has more than 2000 entries/);
  expect(more).toEqual([]);
});

test("a thousand problems: the first hundred, and how many more", () => {
  const members = Array.from({ length: 1_000 }, () => "x").join(",");
  const problems = problemsOf(poolFile("check: { http: / }", `[${members}]`));
  expect(problems.length).toBe(problemsMax + 1);
  expect(problems.at(-1)?.sentence).toBe("900 more from here on; only the first 100 are listed");
});
