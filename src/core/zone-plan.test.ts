import { expect, test } from "vitest";
import { never } from "../base/time.ts";
import { turnOrder } from "../dns/answer/turns.ts";
import { nameText } from "../dns/name.ts";
import { rdataAddress, rdataText, readSoa } from "../dns/rdata/index.ts";
import type { RRset, Turns } from "../dns/types.ts";
import { fixtureMember, fixturePool, fixtureZone } from "./fixtures.ts";
import type { RecordConfig } from "./model.ts";
import type { Decision } from "./pool.ts";
import { apexSets, poolSets, sameSet } from "./zone-plan.ts";

const members = [
  fixtureMember("192.0.2.1", { weight: 1 }),
  fixtureMember("192.0.2.2", { weight: 2 }),
  fixtureMember("2001:db8::3"),
];
const usual: Decision = {
  members,
  address: null,
  lastResort: false,
  rule: "pool/round-robin",
  reason: "3 of 3 members are fit",
  wakeAt: never,
  waitsForOperator: false,
};

function showTurns(turns: Turns | undefined): string {
  if (turns === undefined) return "";
  return ` turns ${Array.from({ length: turns.count }, (_, turn) => turnOrder(turns, turn).join("")).join()}`;
}

function show(set: RRset | undefined): string {
  if (set === undefined) return "missing";
  const turns = showTurns(set.turns);
  const remark = set.extendedError === undefined ? "" : ` (${set.extendedError.code}: ${set.extendedError.text})`;
  return `${nameText(set.owner)} ${set.ttlSeconds} ${set.type} ${set.rdata.map(rdataAddress).join(" ")}${turns}${remark}`;
}

function plan(changes: Parameters<typeof fixturePool>[1], decision: Partial<Decision>): string[] {
  return poolSets(fixturePool(members, changes), { ...usual, ...decision }, 30).map(show);
}

test("a pool has an A and an AAAA set, and its members take turns", () => {
  expect(plan({}, {})).toEqual([
    "www.example.org. 30 1 192.0.2.1 192.0.2.2 turns 01,10",
    "www.example.org. 30 28 2001:db8::3",
  ]);
});

test("W4 weights make turns, and `answers` limits each", () => {
  const weighted = { rule: "pool/weighted" };
  expect(plan({ policy: "weighted" }, weighted)[0]).toContain("turns 10,01,10");
  expect(plan({ policy: "weighted", answersMax: 1 }, weighted)[0]).toContain("turns 1,0,1");
});

test("a family that nobody answers for is an empty set, so that the name goes on existing", () => {
  expect(plan({}, { members: members.slice(0, 1) })).toEqual([
    "www.example.org. 30 1 192.0.2.1",
    "www.example.org. 30 28 ",
  ]);
});

test("a last resort carries an extended error, and may be an address of its own", () => {
  const lastResort = { members: [], address: "2001:db8::9", lastResort: true, reason: "no member is fit" };
  expect(plan({}, lastResort)).toEqual([
    "www.example.org. 30 1  (0: no member is fit)",
    "www.example.org. 30 28 2001:db8::9 (0: no member is fit)",
  ]);
});

const hosts = [
  fixtureMember("192.0.2.1", { target: "a.example.net", weight: 1 }),
  fixtureMember("2001:db8::1", { target: "a.example.net", weight: 3 }),
  fixtureMember("192.0.2.2", { target: "b.example.net", weight: 2 }),
];

function planTargets(record: RecordConfig, answering = hosts, decision: Partial<Decision> = {}): string[] {
  const sets = poolSets(fixturePool(hosts, { record }), { ...usual, members: answering, ...decision }, 30);
  return sets.map(({ rdata, turns, type }) => {
    const texts = rdata.map((octets) => rdataText(type, octets));
    return `${type} ${texts.join(" | ")}${showTurns(turns)}`;
  });
}

test("P11 MX of equal preference, SRV, PTR: one record a target, in turn", () => {
  expect(planTargets({ kind: "mx", preference: 10 })).toEqual(["15 10 a.example.net. | 10 b.example.net. turns 01,10"]);
  expect(planTargets({ kind: "srv", priority: 5, port: 5060 })).toEqual([
    "33 5 3 5060 a.example.net. | 5 2 5060 b.example.net. turns 01,10",
  ]);
  expect(planTargets({ kind: "ptr" }, hosts.slice(2))).toEqual(["12 b.example.net."]);
  expect(planTargets({ kind: "mx", preference: 10 }, [])).toEqual(["15 "]);
  const weighted = planTargets({ kind: "mx", preference: 0 }, hosts, { rule: "pool/weighted" });
  expect(weighted).toEqual(["15 0 a.example.net. | 0 b.example.net. turns 01,10,01,10,01"]);
});

test("P11 a TXT of more than 255 octets is split into strings, between octets and not letters", () => {
  const long = fixtureMember("192.0.2.1", { target: "x".repeat(254) + "é".repeat(2) });
  const [set] = poolSets(fixturePool([long], { record: { kind: "txt" } }), { ...usual, members: [long] }, 30);
  expect(rdataText(16, set?.rdata[0] ?? new Uint8Array())).toBe(`"${"x".repeat(254)}\\195" "\\169\\195\\169"`);
  const short = fixtureMember("192.0.2.1", { target: 'say "hi"' });
  const [one] = poolSets(fixturePool([short], { record: { kind: "txt" } }), { ...usual, members: [short] }, 30);
  expect(rdataText(16, one?.rdata[0] ?? new Uint8Array())).toBe('"say \\"hi\\""');
});

test("sets are the same only if they would be answered alike", () => {
  const [base] = poolSets(fixturePool(members), usual, 30);
  if (base === undefined) throw new RangeError("a pool has sets");
  expect(sameSet(base, { ...base })).toBe(true);
  expect(sameSet(base, { ...base, ttlSeconds: 29 })).toBe(false);
  expect(sameSet(base, { ...base, turns: { round: [0, 1], count: 1, named: 2 } })).toBe(false);
  expect(sameSet(base, { ...base, rdata: base.rdata.slice(1) })).toBe(false);
  expect(sameSet(base, { ...base, extendedError: { code: 0, text: "last resort" } })).toBe(false);
});

test("a managed zone makes its own SOA and NS, and writes a dotted contact as RFC 1035 asks", () => {
  const zone = fixtureZone({ nameservers: ["ns1.example.net", "ns2.example.net"], contact: "dns.admin@example.org" });
  const [soa, ns] = apexSets(zone, 42);
  const read = readSoa(soa?.rdata[0] ?? new Uint8Array());
  expect(read === null ? null : [nameText(read.mname), nameText(read.rname), read.serial, read.minimumSeconds]).toEqual(
    ["ns1.example.net.", "dns\\.admin.example.org.", 42, 60],
  );
  expect(ns?.rdata.length).toBe(2);
});
