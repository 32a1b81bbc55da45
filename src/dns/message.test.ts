import * as dnsPacket from "dns-packet";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flagBit, type Message, makeMessage, makeQuery, plainEdns, rcode, type ResourceRecord } from "./message.ts";
import { decodeMessage } from "./message-read.ts";
import { encodeMessage } from "./message-write.ts";
import { textName } from "./name.ts";
import { hexOctets, hexText, octetString } from "./octets.ts";
import { parseRdataText, rdataText } from "./rdata/index.ts";
import { rrClass, rrType, typeNumber } from "./rr-types.ts";

const origin = textName("example.org.");

function record(owner: string, type: string, text: string): ResourceRecord {
  const number = typeNumber(type) ?? 0;
  const rdata = parseRdataText(number, text, origin);
  if (!rdata.ok) throw new Error(rdata.error);
  return { owner: textName(owner), type: number, class: rrClass.IN, ttlSeconds: 300, rdata: rdata.value };
}

const records = [
  record("www.example.org.", "A", "192.0.2.1"),
  record("www.example.org.", "AAAA", "2001:db8::1"),
  record("example.org.", "NS", "ns.example.org."),
  record("example.org.", "SOA", "ns hostmaster 1 2 3 4 5"),
  record("WWW.Example.org.", "CNAME", "web.example.org."),
  record("example.org.", "MX", "10 mail.example.org."),
  record("example.org.", "TXT", '"hello" "world"'),
  record("_s._tcp.example.org.", "SRV", "1 2 443 www.example.org."),
  record("example.org.", "CAA", '0 issue "ca.example.net"'),
  record("1.2.0.192.in-addr.arpa.", "PTR", "www.example.org."),
  record("d.example.org.", "DNAME", "example.net."),
  record("n.example.org.", "NAPTR", '1 2 "u" "E2U+sip" "!a!b!" .'),
];

const full: Message = makeMessage({
  id: 0x1234,
  flags: flagBit.qr | flagBit.aa,
  rcode: rcode.BADVERS,
  questions: [{ name: textName("www.example.org."), type: rrType.A, class: rrClass.IN }],
  answers: records.slice(0, 5),
  authorities: records.slice(5, 8),
  additionals: records.slice(8),
  edns: { ...plainEdns(1232, [{ code: 3, data: Uint8Array.of(1, 2) }]), dnssecOk: true },
});

test("a query in hexadecimal", () => {
  const query = makeQuery(7, textName("a.example."), rrType.A);
  expect(hexText(encodeMessage(query))).toBe("0007010000010000000000000161076578616D706C650000010001");
});

test("a message survives the wire", () => {
  expect(decodeMessage(encodeMessage(full))).toEqual({ ok: true, value: full });
});

test("owners and names of RFC 1035's types are compressed, those of SRV are not (RFC 3597, 4)", () => {
  const size = (message: Message): number => encodeMessage(message).length;
  expect(size(makeMessage({ answers: [records[2], records[2]].filter((one) => one !== undefined) }))).toBe(
    12 + 28 + 14,
  );
  const srv = octetString(encodeMessage(makeMessage({ answers: records.slice(0, 8) })));
  expect(srv).toContain("\x03www\x07example\x03org\x00");
});

test("dns-packet reads what is written", () => {
  const theirs = dnsPacket.decode(Buffer.from(encodeMessage({ ...full, rcode: 0 })));
  expect(theirs.answers).toMatchObject([
    { name: "www.example.org", type: "A", data: "192.0.2.1", ttl: 300 },
    { type: "AAAA", data: "2001:db8::1" },
    { type: "NS", data: "ns.example.org" },
    { type: "SOA", data: { mname: "ns.example.org", rname: "hostmaster.example.org", serial: 1, minimum: 5 } },
    { name: "WWW.Example.org", type: "CNAME", data: "web.example.org" },
  ]);
  expect(theirs.authorities).toMatchObject([
    { type: "MX", data: { preference: 10, exchange: "mail.example.org" } },
    { type: "TXT" },
    { type: "SRV", data: { priority: 1, weight: 2, port: 443, target: "www.example.org" } },
  ]);
  expect(theirs.additionals?.at(-1)).toMatchObject({ type: "OPT", udpPayloadSize: 1232, flag_do: true });
});

test("what dns-packet writes is read", () => {
  const bytes = dnsPacket.encode({
    type: "response",
    id: 9,
    questions: [{ type: "MX", name: "example.org" }],
    answers: [
      { type: "MX", name: "example.org", ttl: 60, data: { preference: 5, exchange: "m.example.org" } },
      { type: "CAA", name: "example.org", ttl: 60, data: { flags: 0, tag: "issue", value: "x" } },
      { type: "DNAME", name: "a.example.org", ttl: 60, data: "b.example.org" },
    ],
  });
  const ours = decodeMessage(new Uint8Array(bytes));
  if (!ours.ok) throw new Error(ours.error);
  expect(ours.value.answers.map((one) => rdataText(one.type, one.rdata))).toEqual([
    "5 m.example.org.",
    '0 issue "x"',
    "b.example.org.",
  ]);
});

describe("malformed messages", () => {
  const header = (counts: string): string => `000001000${counts}`;
  test.each([
    ["shorter than a header", "0000010000010000000000", /less than a header/],
    ["a question cut off", `${header("001000000000000")}0161`, /question 1 of 1/],
    ["more questions than there are", `${header("002000000000000")}0000010001`, /question 2 of 2/],
    ["octets behind", `${header("001000000000000")}000001000100`, /1 octets stand behind/],
    ["RDATA beyond the end", `${header("000000100000000")}00000100010000000000040102`, /answer 1 of 1/],
    ["an A of three octets", `${header("000000100000000")}0000010001000000000003010203`, /answer 1 of 1/],
    [
      "a name that leaves its RDATA",
      `${header("000000100000000")}00000200010000000000010161 00`.replace(" ", ""),
      /answer 1/,
    ],
    ["two OPT", `${header("000000000000002")}${"0000290200000000000000".repeat(2)}`, /more than one OPT/],
    ["OPT with an owner", `${header("000000000000001")}01610000290200000000000000`, /not the root/],
    ["an option cut off", `${header("000000000000001")}00002902000000000000050003000501`, /option is cut off/],
    ["OPT as an answer", `${header("000000100000000")}0000290200000000000000`, /not additional/],
  ])("%s", (_title, hex, reason) => {
    const decoded = decodeMessage(hexOctets(hex) ?? new Uint8Array(0));
    expect(decoded).toEqual({ ok: false, error: expect.stringMatching(reason) });
  });

  test("mutated octets never throw, and what is read can be written", () => {
    const bytes = encodeMessage(full);
    const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), fc.nat(bytes.length), (changes, cut) => {
        const mutated = bytes.slice(0, cut % 3 === 0 ? cut : bytes.length);
        for (const [at, octet] of changes) if (at < mutated.length) mutated[at] = octet;
        const decoded = decodeMessage(mutated);
        if (decoded.ok) expect(decodeMessage(encodeMessage(decoded.value))).toEqual(decoded);
      }),
      { numRuns: 3000 },
    );
  });
});

test("what is read is a copy, also of a buffer that goes on being read into", () => {
  const owner = textName("www.example.org");
  const rdata = Uint8Array.of(192, 0, 2, 1);
  const unknown = { owner, type: 65_280, class: rrClass.IN, ttlSeconds: 60, rdata };
  const message = makeMessage({ answers: [{ ...unknown, type: rrType.A }, unknown] });
  const received = Buffer.from(encodeMessage(message));
  const decoded = decodeMessage(received);
  received.fill(0xff);
  expect(decoded.ok ? decoded.value.answers.map((record) => record.rdata) : decoded.error).toEqual([rdata, rdata]);
});
