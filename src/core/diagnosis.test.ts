import fc from "fast-check";
import { expect, test } from "vitest";
import { type AgentFacts, diagnose, diagnosisRules, type Facts, type Seen } from "./diagnosis.ts";
import { type FaultCode, faultCodes } from "./fault.ts";
import type { Health } from "./model.ts";

function seen(check: string, fault: FaultCode | "up" | "unproven" | null): Seen {
  const byKernel = check === "ping";
  if (fault === "up" || fault === "unproven")
    return { check, health: fault, fault: null, reason: "status 200", byKernel };
  const reason = fault === "timed-out" ? "no connection" : "connection refused";
  return { check, health: "down", fault, reason, byKernel };
}

const agent: AgentFacts = { name: "web1", fit: false, reason: "unfit", cut: [], mounts: [], unreached: [] };
const dead = seen("http", "timed-out");
const refused = seen("http", "refused");
const alone: Facts = {
  address: "192.0.2.10",
  subject: dead,
  beside: [],
  network: { name: "192.0.2.0/24", silent: 1, answering: 1, named: ["192.0.2.10"], silentOutside: 1 },
  links: [],
  references: { answering: ["198.51.100.1"], silent: [] },
  opinions: [],
  cluster: null,
  agent: null,
  reachedBy: [],
};
const named = ["192.0.2.10", "192.0.2.11"];
const lostNetwork = { name: "192.0.2.0/24", silent: 2, answering: 0, named, silentOutside: 2 };
const lostCluster = { name: "www.example.org", members: 2, answering: 0, isMember: true };
const clusterNetwork = { ...lostNetwork, silentOutside: 0 };
const noReference = { answering: [], silent: ["198.51.100.1"] };
const hung = { path: "/srv", state: "hung" } as const;

test.each<[string, Partial<Facts>, string]>([
  ["own-network", { links: [{ name: "eth0", up: false }] }, "own network lost: eth0 of this machine has no carrier"],
  ["own-network", { references: noReference }, "own network lost: none of the references (198.51.100.1) answers"],
  [
    "member-network",
    { agent: { ...agent, cut: ["eth0"] } },
    "own network lost: eth0 of web1 has no carrier, says its agent",
  ],
  ["mount-hung", { subject: seen("mount", "mount-hung") }, "mount hung: mount connection refused"],
  ["mount-hung", { agent: { ...agent, mounts: [hung] } }, "mount hung: /srv on web1 hangs, says its agent"],
  ["database-full", { subject: seen("postgres", "disk-full") }, "database full: postgres connection refused"],
  ["database-refused", { subject: seen("mariadb", "login-refused") }, "database refused: mariadb connection refused"],
  ["database-refused", { subject: seen("postgres", "too-many-connections") }, "database refused: postgres"],
  ["database-refused", { subject: seen("postgres", "not-accepting") }, "database refused: postgres"],
  ["replication-broken", { subject: seen("mariadb", "replication-stopped") }, "replication broken: mariadb"],
  ["replica-behind", { subject: seen("postgres", "lagging") }, "replica behind: postgres"],
  ["wrong-role", { subject: seen("postgres", "read-only") }, "wrong role: postgres"],
  ["wrong-role", { subject: seen("postgres", "takes-writes") }, "wrong role: postgres"],
  ["data-stale", { subject: seen("freshness", "stale") }, "data stale: freshness"],
  ["route", { opinions: opinions("fra+ nyc-") }, "route, not server: up from fra, down from nyc"],
  [
    "route",
    { agent: { ...agent, fit: true } },
    "route, not server: nothing comes back, but its agent web1 reports that it is fit",
  ],
  ["route", { reachedBy: ["db2"] }, "route, not server: nothing comes back here, but db2 reaches it"],
  [
    "web-cluster",
    { cluster: lostCluster, network: clusterNetwork },
    "web cluster unreachable: none of the 2 members of www.example.org answers",
  ],
  [
    "web-cluster",
    { subject: refused, agent: { ...agent, unreached: [{ name: "web", reason: "no connection" }] } },
    "web cluster unreachable: web1 does not reach its witness web: no connection",
  ],
  ["switch", { network: lostNetwork }, "switch or uplink lost: 2 members of 192.0.2.0/24"],
  ["host-down", {}, "host down: nothing on 192.0.2.10 answers"],
  ["host-down", { beside: [seen("ssh", "no-route"), seen("ping", "unproven")] }, "host down: nothing on 192.0.2.10"],
  [
    "host-down",
    { subject: seen("http", "no-reply"), beside: [seen("ssh", "no-reply")] },
    "host down: everything on 192",
  ],
  [
    "host-down",
    { subject: seen("http", "no-reply"), beside: [seen("ssh", "no-reply"), seen("ping", "up")] },
    "host down: everything on 192.0.2.10 hangs but its kernel",
  ],
  ["service-slow", { subject: seen("http", "no-reply"), beside: [seen("tls", "no-reply")] }, "service slow: http"],
  ["service-slow", { subject: seen("http", "no-reply"), beside: [seen("ping", "up")] }, "service slow: http"],
  ["service-failed", { beside: [seen("ssh", "timed-out"), seen("ping", "up")] }, "service failed: http no connection"],
  ["host-down", { subject: seen("exec", "program"), beside: [seen("ping", "timed-out")] }, "host down: nothing on"],
  ["service-failed", { subject: seen("exec", "program") }, "service failed: exec connection refused"],
  ["service-slow", { subject: seen("http", "no-reply") }, "service slow: http connection refused"],
  ["service-slow", { subject: seen("http", "no-reply"), beside: [seen("ssh", "up")] }, "service slow: http"],
  ["service-failed", { subject: refused }, "service failed: http connection refused"],
  ["service-failed", { beside: [seen("ssh", "up")] }, "service failed: http no connection"],
  ["service-failed", { beside: [seen("ssh", "refused")] }, "service failed: http no connection"],
  ["service-failed", { subject: seen("exec", null) }, "service failed: exec connection refused"],
])("T1 %s: %o", (id, facts, sentence) => {
  const found = diagnose({ ...alone, ...facts });
  expect([found.rule, found.sentence]).toEqual([`diagnosis/${id}`, expect.stringContaining(sentence)]);
  expect(found.sentence.startsWith(found.name)).toBe(true);
});

function opinions(text: string): Facts["opinions"] {
  return text.split(" ").map((word) => ({ from: word.slice(0, -1), health: word.endsWith("+") ? "up" : "down" }));
}

test("T1 the order: of everything that is wrong at once the first rule names it", () => {
  const everything: Facts = {
    ...alone,
    links: [{ name: "eth0", up: false }],
    references: noReference,
    opinions: opinions("fra+ nyc-"),
    network: lostNetwork,
    cluster: lostCluster,
    agent: { ...agent, cut: ["eth0"], mounts: [hung], unreached: [{ name: "web", reason: "no connection" }] },
  };
  const steps: readonly Partial<Facts>[] = [
    {},
    { links: [], references: alone.references },
    { agent: { ...agent, mounts: [hung], unreached: [{ name: "web", reason: "no connection" }] } },
    { agent: { ...agent, unreached: [{ name: "web", reason: "no connection" }] } },
    { opinions: [] },
    { agent: null },
    { network: alone.network, cluster: null },
    { beside: [seen("ssh", "up")] },
  ];
  let facts = everything;
  const order = steps.map((step) => diagnose((facts = { ...facts, ...step })).rule);
  expect(order.map((rule) => rule.replace("diagnosis/", ""))).toEqual([
    "own-network",
    "member-network",
    "mount-hung",
    "route",
    "web-cluster",
    "switch",
    "host-down",
    "service-failed",
  ]);
});

test("T11 the reasoning: what it rests on, and what it is not", () => {
  const facts = {
    ...alone,
    beside: [seen("ssh", "timed-out"), seen("ping", "timed-out")],
    links: [{ name: "eth0", up: true }],
  };
  const found = diagnose(facts);
  expect(found.because).toEqual([
    "nothing on 192.0.2.10 answers",
    "http no connection",
    "ssh no connection",
    "ping no connection",
    "references answer (198.51.100.1)",
  ]);
  expect(found.not.map(({ name, why }) => `not ${name}: ${why}`)).toEqual([
    "not own network lost: references answer (198.51.100.1); eth0 has a carrier",
    "not route, not server: nobody else finds it up",
    "not switch or uplink lost: 1 of 192.0.2.0/24 answer",
  ]);
});

const seenArbitrary = fc.record({
  check: fc.constantFrom("http", "ssh", "ping"),
  health: fc.constantFrom<Health>("up", "down", "unproven"),
  fault: fc.option(fc.constantFrom(...faultCodes)),
  reason: fc.constant("why"),
  byKernel: fc.boolean(),
});
const addresses = fc.array(fc.constantFrom("192.0.2.1", "192.0.2.2", "192.0.2.3"), { maxLength: 3 });
const factsArbitrary: fc.Arbitrary<Facts> = fc.record({
  address: fc.constant("192.0.2.1"),
  subject: seenArbitrary.map((one) => ({ ...one, health: "down" as const })),
  beside: fc.array(seenArbitrary, { maxLength: 3 }),
  network: fc.option(
    fc.record({
      name: fc.constant("192.0.2.0/24"),
      silent: fc.nat(3),
      answering: fc.nat(3),
      named: addresses,
      silentOutside: fc.nat(3),
    }),
  ),
  links: fc.array(fc.record({ name: fc.constant("eth0"), up: fc.boolean() }), { maxLength: 2 }),
  references: fc.record({ answering: addresses, silent: addresses }),
  opinions: fc.array(fc.record({ from: fc.constant("fra"), health: fc.constantFrom<Health>("up", "down") })),
  cluster: fc.option(
    fc.record({ name: fc.constant("www"), members: fc.nat(3), answering: fc.nat(3), isMember: fc.boolean() }),
  ),
  agent: fc.constantFrom(null, agent, { ...agent, fit: true }, { ...agent, mounts: [hung] }),
  reachedBy: fc.constantFrom([], ["db2"]),
});

test("T1 whatever is known, there is exactly one diagnosis, and the same facts give the same", () => {
  const ids = diagnosisRules.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  fc.assert(
    fc.property(factsArbitrary, (facts) => {
      const found = diagnose(facts);
      expect(ids).toContain(found.rule);
      expect(found.because.length).toBeGreaterThan(0);
      expect(diagnose(structuredClone(facts))).toEqual(found);
    }),
  );
});
