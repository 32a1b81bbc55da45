/** `agent` and `agents`: what becomes of them, and each way to get them wrong. */
import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";

const zones = "zones: {example.org: {nameservers: [ns1.example.net, ns2.example.com]}}\n";
const watch = "watch: {listen: '127.0.0.1'}\n";

function pools(check: string): string {
  return `pools: {www.example.org: {check: ${check}, members: [192.0.2.10, 192.0.2.11]}}\n`;
}

function load(text: string): ReturnType<typeof loadConfig> {
  return loadConfig(zones + text, fakeSources);
}

function sentences(text: string): readonly string[] {
  const loaded = load(text);
  return loaded.ok ? [] : loaded.error.problems.map(({ sentence }) => sentence);
}

const both = "agents: {web1: 192.0.2.10, web2: [192.0.2.11, 10.0.0.11]}\n";

test("W11 what stands under agent holds for all; an agent's own word replaces it", () => {
  const shared = `agent:
  prove: {page: {check: {http: /status}}, database: {address: 127.0.0.1, check: {tcp: postgresql}}}
  mounts: /srv
`;
  const own = "agents: {web1: 192.0.2.10, web2: {address: 192.0.2.11, mounts: [/home], silent-after: 3m}}\n";
  const loaded = load(watch + shared + own + pools("{all: [{agent: true}, {mount: /mnt}]}"));
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  const [web1, web2] = loaded.value.config.agents;
  expect(web1).toMatchObject({ addresses: ["192.0.2.10"], mounts: ["/srv", "/mnt"], silentMs: 12_000 });
  expect(web2).toMatchObject({ addresses: ["192.0.2.11"], mounts: ["/home", "/mnt"], silentMs: 180_000 });
  expect(web1?.proofs.map(({ name, target }) => `${name} ${target.address}`)).toEqual([
    "page 192.0.2.10",
    "database 127.0.0.1",
  ]);
  expect(web2?.proofs[0]?.target).toMatchObject({
    address: "192.0.2.11",
    check: { probe: { host: "www.example.org" } },
  });
});

test("W1 a proof may name a password of the agent's own", () => {
  const prove = "{database: {address: 127.0.0.1, check: {mariadb: {user: m, password: {agent: db}}}}}";
  const loaded = load(`${watch}agents: {web1: {address: 192.0.2.10, prove: ${prove}}}\n`);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error.problems));
  const [proof] = loaded.value.config.agents[0]?.proofs ?? [];
  expect(proof?.target.check.probe).toMatchObject({ password: { kind: "agent", name: "db" } });
});

test.each([
  ["nobody listens", both, "agents are named, but nothing says where they report to"],
  [
    "no agent on the machine",
    `${watch}agents: {web1: 192.0.2.10}\n${pools("{agent: true}")}`,
    "asks an agent on the machine of 192.0.2.11",
  ],
  [
    "no agent of the name",
    `${watch}${both}${pools("{agent: {name: web3}}")}`,
    "asks an agent called web3, and agents names none",
  ],
  [
    "one address, two agents",
    `${watch}agents: {a: 192.0.2.10, b: 192.0.2.10}\n`,
    "192.0.2.10 is an address of the agent a already",
  ],
  ["a watcher's name", `${watch}watchers: {web1: {}}\n${both}`, "web1 is a watcher already"],
  ["no name", `${watch}agents: {Web_1: 192.0.2.10}\n`, '"Web_1" is no agent\'s name'],
  ["a program", `${watch}${both}agent: {prove: {x: {check: {exec: [/bin/true]}}}}\n`, "it would start a program"],
  [
    "a password of the controller's choosing",
    `${watch}${both}agent: {prove: {x: {check: {postgres: {user: m, password: {file: token}}}}}}\n`,
    "with {agent: NAME} the agent uses one of its own",
  ],
  [
    "no name of a secret",
    `${watch}${both}agent: {prove: {x: {check: {postgres: {user: m, password: {agent: ../x}}}}}}\n`,
    "agent alone stands here",
  ],
  [
    "an agent's password elsewhere",
    pools("{all: [{tcp: 5432}, {postgres: {user: m, password: {agent: db}}}]}"),
    "a password of an agent can be used in what that agent proves only",
  ],
  ["an agent as proof", `${watch}${both}agent: {prove: {x: {check: {agent: true}}}}\n`, "agents do not ask agents"],
  ["a relative mount", `${watch}${both}${pools("{mount: srv}")}`, '"srv" does not begin with /'],
  ["agent: false", `${watch}${both}${pools("{agent: false}")}`, "agent: false asks nobody"],
])("a mistake is told: %s", (_what, text, expected) => {
  expect(sentences(text).join("\n")).toContain(expected);
});
