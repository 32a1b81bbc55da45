import { expect, test } from "vitest";
import { wall } from "../base/time.ts";
import { flagBit, makeMessage, type Message, plainEdns, rcode, type ResourceRecord } from "../dns/message.ts";
import { textName } from "../dns/name.ts";
import { addressRdata, soaRdata } from "../dns/rdata/index.ts";
import { rrClass, rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import { type AuditLook, type AuditReference, type Heard, isPartOf, judgeLook, mostAdvanced } from "./audit.ts";
import { findingsOf } from "./audit-report.ts";

const origin = textName("example.org");
const www = textName("www.example.org");
const now = 1_900_000_000;
const reference: AuditReference = {
  origin,
  at: wall(now * 1000),
  serial: now - 5,
  since: null,
  lagMsMax: 10_000,
  sets: [aSet("192.0.2.1", "192.0.2.2")],
};

function aSet(...addresses: readonly string[]): RRset {
  return { owner: www, type: rrType.A, ttlSeconds: 30, rdata: addresses.map(addressRdata) };
}

function record(type: number, rdata: Uint8Array, owner = origin): ResourceRecord {
  return { owner, type, class: rrClass.IN, ttlSeconds: 30, rdata };
}

function soa(serial: number, parts: Partial<Message> = {}): Heard {
  const timers = { refreshSeconds: 1, retrySeconds: 1, expireSeconds: 1, minimumSeconds: 1 };
  const answers = [record(rrType.SOA, soaRdata({ mname: origin, rname: origin, serial, ...timers }))];
  const message = makeMessage({ flags: flagBit.qr | flagBit.aa, answers, edns: plainEdns(1232), ...parts });
  return { kind: "answer", message };
}

function addresses(...texts: readonly string[]): Heard {
  const answers = texts.map((text) => record(rrType.A, addressRdata(text), textName("WWW.example.org")));
  return { kind: "answer", message: makeMessage({ answers }) };
}

function look(heard: Heard, more: Partial<AuditLook> = {}): AuditLook {
  const target = { name: "ns1", endpoint: { address: "192.0.2.53", port: 53 }, proof: "serial" } as const;
  return { target, transport: "udp", soa: heard, plain: null, records: [], ...more };
}

const silent: Heard = { kind: "silent", reason: "no answer within 2000 ms" };

test("each answer has its state, and what is wrong in a clause", () => {
  const table = [
    { heard: soa(now - 5), state: "in-step", faults: [] },
    { heard: soa(now), state: "different", faults: ["ahead"] },
    { heard: soa(now - 5, { flags: flagBit.qr }), state: "lame", faults: ["lame"] },
    { heard: soa(0, { answers: [] }), state: "lame", faults: ["lame"] },
    { heard: soa(0, { answers: [], rcode: rcode.SERVFAIL }), state: "lame", faults: ["lame"] },
    { heard: soa(0, { answers: [], rcode: rcode.REFUSED }), state: "refused", faults: ["refused"] },
    { heard: soa(0, { answers: [], rcode: rcode.NXDOMAIN }), state: "lame", faults: ["lame"] },
    { heard: soa(now - 5, { flags: flagBit.aa | flagBit.ra }), state: "in-step", faults: ["recursion"] },
    { heard: soa(now - 5, { edns: null }), state: "in-step", faults: ["edns"] },
    { heard: silent, state: "unreachable", faults: ["unreachable"] },
  ] as const;
  for (const { heard, state, faults } of table) {
    const row = judgeLook(look(heard), reference);
    expect({ state: row.state, faults: row.faults.map(({ kind }) => kind) }).toEqual({ state, faults });
  }
});

test("lag is counted from the publication, or from the serial if that is a time; late is what exceeds the limit", () => {
  const behind = look(soa(now - 100));
  expect(judgeLook(behind, reference)).toMatchObject({ state: "behind", lagSeconds: 5, faults: [] });
  const late = judgeLook(behind, { ...reference, at: wall((now + 6) * 1000) });
  expect(late).toMatchObject({ lagSeconds: 11, faults: [{ kind: "behind" }] });
  const since = wall((now - 60) * 1000);
  expect(judgeLook(behind, { ...reference, since })).toMatchObject({ lagSeconds: 60, faults: [{ kind: "behind" }] });
  const counted = judgeLook(look(soa(41)), { ...reference, serial: 42 });
  expect(counted).toMatchObject({ lagSeconds: null, faults: [{ clause: "it serves serial 41, behind 42" }] });
});

test("a server with serials of its own is judged by its records alone", () => {
  const target = { name: "ns1", endpoint: { address: "192.0.2.53", port: 53 }, proof: "records" } as const;
  expect(judgeLook(look(soa(7), { target }), reference)).toMatchObject({ state: "in-step", serial: 7, faults: [] });
});

test("records are compared whatever their order and the case of names; parts taken in turns make a whole", () => {
  const set = { owner: www, type: rrType.A };
  const judge = (...heard: Heard[]) => judgeLook(look(soa(now - 5), { records: [{ ...set, heard }] }), reference);
  expect(judge(addresses("192.0.2.2", "192.0.2.1")).state).toBe("in-step");
  expect(judge(addresses("192.0.2.2"), addresses("192.0.2.1")).state).toBe("in-step");
  expect(isPartOf({ ...set, heard: [addresses("192.0.2.2")] }, reference)).toBe(true);
  expect(isPartOf({ ...set, heard: [addresses("192.0.2.3")] }, reference)).toBe(false);
  const clauses = [
    [judge(addresses("192.0.2.2")), "www.example.org A differs: 1 missing, of 2"],
    [
      judge(addresses("192.0.2.1", "192.0.2.2", "192.0.2.3")),
      "www.example.org A differs: 1 that should not be there, of 2",
    ],
    [judge(silent), "it does not answer for www.example.org A: no answer within 2000 ms"],
  ] as const;
  for (const [row, clause] of clauses) expect(row).toMatchObject({ state: "different", faults: [{ clause }] });
});

test("what a late nameserver serves is not called different: it is late", () => {
  const records = [{ owner: www, type: rrType.A, heard: [addresses("192.0.2.9")] }];
  expect(judgeLook(look(soa(now - 100), { records }), reference).state).toBe("behind");
});

test("a server that answers only without EDNS is judged by that answer", () => {
  const row = judgeLook(look(silent, { plain: soa(now - 5, { edns: null }) }), reference);
  expect(row).toMatchObject({ state: "in-step", edns: false, faults: [{ kind: "edns" }] });
  expect(judgeLook(look(silent, { plain: silent }), reference).faults).toMatchObject([{ kind: "unreachable" }]);
});

test("the furthest ahead is found around the end of 32 bits", () => {
  const looks = [silent, soa(0xffff_ffff), soa(3), soa(3)].map((heard) => look(heard));
  expect(mostAdvanced(looks, origin)).toBe(looks[2]);
  expect(mostAdvanced([look(silent)], origin)).toBeNull();
});

test("what is wrong over UDP and TCP alike is one finding", () => {
  const rows = (["udp", "tcp"] as const).map((transport) => judgeLook(look(silent, { transport }), reference));
  const extra = [{ kind: "alias", name: "www.example.net", clause: "it has no CNAME" }] as const;
  expect(findingsOf(rows, extra).map(({ sentence }) => sentence)).toEqual([
    "ns1 (192.0.2.53:53, UDP and TCP): it cannot be asked: no answer within 2000 ms",
    "www.example.net: it has no CNAME",
  ]);
});
