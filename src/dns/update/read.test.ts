import { expect, test } from "vitest";
import { makeMessage, type Message, rcode, type ResourceRecord } from "../message.ts";
import { encodeMessage } from "../message-write.ts";
import { textName } from "../name.ts";
import { hexText } from "../octets.ts";
import { rrClass, rrType } from "../rr-types.ts";
import { encodeUpdate } from "./encode.ts";
import { readUpdateText } from "./fixtures.ts";
import { readUpdate } from "./read.ts";
import { updateRecordsMax } from "./request.ts";

const origin = textName("example.org.");

const everything = `
prereq yxdomain www
prereq nxdomain new
prereq yxrrset www A
prereq nxrrset www AAAA
prereq yxrrset www TXT "a"
update add new 60 A 192.0.2.1
update add new 60 SRV 0 0 5060 sip
update delete www TXT
update delete old
update delete www A 192.0.2.1
update delete host MX 10 Mail.example.org.
`;

test("an update in hexadecimal", () => {
  const update = { id: 7, origin: textName("a."), ...readUpdateText("update delete b A", textName("a.")) };
  expect(hexText(encodeUpdate(update))).toBe("000728000001000000010000016100000600010162C00C000100FF000000000000");
});

test("an update survives the wire", () => {
  const update = { id: 4711, origin, ...readUpdateText(everything, origin) };
  expect(readUpdate(encodeUpdate(update))).toEqual({ ok: true, value: update });
});

test("records of one set that is compared whole become one prerequisite", () => {
  const text = "prereq yxrrset www A 192.0.2.1\nprereq yxrrset host A 192.0.2.3\nprereq yxrrset WWW A 192.0.2.2";
  const read = readUpdate(encodeUpdate({ id: 1, origin, ...readUpdateText(text, origin) }));
  expect(read).toMatchObject({ value: { prerequisites: [{ rdata: { length: 2 } }, { rdata: { length: 1 } }] } });
});

const address = Uint8Array.of(192, 0, 2, 1);
const record: ResourceRecord = {
  owner: textName("www.example.org."),
  type: rrType.A,
  class: rrClass.IN,
  ttlSeconds: 0,
  rdata: address,
};
const bare = { ...record, rdata: new Uint8Array(0) };
const { ANY, NONE, CH } = rrClass;

function message(parts: Partial<Message>): Uint8Array {
  const questions = [{ name: origin, type: rrType.SOA, class: rrClass.IN }];
  return encodeMessage(makeMessage({ opcode: 5, questions, ...parts }));
}

function prerequisite(parts: Partial<ResourceRecord>): Uint8Array {
  return message({ answers: [{ ...bare, ...parts }] });
}

function change(parts: Partial<ResourceRecord>): Uint8Array {
  return message({ authorities: [{ ...bare, ...parts }] });
}

const zone = { name: origin, type: rrType.SOA, class: rrClass.IN };

test.each([
  ["3.1.1 no zone", "FORMERR", message({ questions: [] })],
  ["3.1.1 two zones", "FORMERR", message({ questions: [zone, zone] })],
  ["3.1.1 a zone that is not of type SOA", "FORMERR", message({ questions: [{ ...zone, type: rrType.A }] })],
  ["3.1.2 another class", "NOTAUTH", message({ questions: [{ ...zone, class: CH }] })],
  ["3.2.5 a prerequisite with a TTL", "FORMERR", prerequisite({ class: ANY, ttlSeconds: 1 })],
  ["3.2.5 a prerequisite outside the zone", "NOTZONE", prerequisite({ class: ANY, owner: textName("example.net.") })],
  ["3.2.5 class ANY with RDATA", "FORMERR", prerequisite({ class: ANY, rdata: address })],
  ["3.2.5 class NONE with RDATA", "FORMERR", prerequisite({ class: NONE, rdata: address })],
  ["3.2.5 class NONE with a TTL", "FORMERR", prerequisite({ class: NONE, ttlSeconds: 1 })],
  ["3.2.5 the zone's class with a TTL", "FORMERR", prerequisite({ rdata: address, ttlSeconds: 1 })],
  ["3.2.5 the zone's class without RDATA", "FORMERR", prerequisite({})],
  ["3.2.5 the zone's class with type ANY", "FORMERR", prerequisite({ type: rrType.ANY })],
  ["3.2.5 a prerequisite of another class", "FORMERR", prerequisite({ class: CH, rdata: address })],
  ["3.2.5 a prerequisite of type AXFR", "FORMERR", prerequisite({ class: ANY, type: rrType.AXFR })],
  ["3.4.1.3 a change outside the zone", "NOTZONE", change({ class: ANY, owner: textName("org.") })],
  ["3.4.1.3 an added ANY", "FORMERR", change({ type: rrType.ANY })],
  ["3.4.1.3 an added AXFR", "FORMERR", change({ type: rrType.AXFR })],
  ["3.4.1.3 an added MAILB", "FORMERR", change({ type: rrType.MAILB })],
  ["3.4.1.3 an added A without RDATA", "FORMERR", change({})],
  ["3.4.1.3 class ANY with a TTL", "FORMERR", change({ class: ANY, ttlSeconds: 1 })],
  ["3.4.1.3 class ANY with RDATA", "FORMERR", change({ class: ANY, rdata: address })],
  ["3.4.1.3 class ANY with type AXFR", "FORMERR", change({ class: ANY, type: rrType.AXFR })],
  ["3.4.1.3 class NONE with a TTL", "FORMERR", change({ class: NONE, rdata: address, ttlSeconds: 1 })],
  ["3.4.1.3 class NONE with type ANY", "FORMERR", change({ class: NONE, type: rrType.ANY })],
  ["3.4.1.3 class NONE without RDATA", "FORMERR", change({ class: NONE })],
  ["3.4.1.3 a change of another class", "FORMERR", change({ class: CH, rdata: address })],
  ["a message that is cut off", "FORMERR", change({ rdata: address }).slice(0, -1)],
  ["more records than are allowed", "REFUSED", tooMany()],
] as const)("%s: %s", (_title, code, octets) => {
  expect(readUpdate(octets)).toEqual({ ok: false, error: rcode[code] });
});

function tooMany(): Uint8Array {
  return message({ authorities: Array.from({ length: updateRecordsMax + 1 }, () => ({ ...bare, class: ANY })) });
}

test("a TTL of more than 31 bits counts as zero (RFC 2181, 8)", () => {
  const read = readUpdate(change({ rdata: address, ttlSeconds: 0x80000000 }));
  expect(read).toMatchObject({ value: { changes: [{ kind: "add", ttlSeconds: 0 }] } });
});
