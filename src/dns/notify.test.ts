import { expect, test } from "vitest";
import { emptyAnswer } from "./empty-answer.ts";
import { flagBit, makeMessage, type Message, plainEdns, rcode } from "./message.ts";
import { decodeMessage } from "./message-read.ts";
import { encodeMessage } from "./message-write.ts";
import { textName } from "./name.ts";
import { answerNotify, encodeNotify, notifyOpcode, readNotify } from "./notify.ts";
import { hexOctets, hexText } from "./octets.ts";
import { parseRdataText } from "./rdata/index.ts";
import { rrType } from "./rr-types.ts";

const origin = textName("Example.org.");
const rdata = parseRdataText(rrType.SOA, "ns1 hostmaster 4711 3600 600 86400 60", origin);
if (!rdata.ok) throw new Error(rdata.error);
const soa = { ttlSeconds: 300, rdata: rdata.value };
const notify = encodeNotify({ id: 7, origin, soa });

function withParts(parts: Partial<Message>): Uint8Array {
  const decoded = decodeMessage(notify);
  if (!decoded.ok) throw new Error(decoded.error);
  return encodeMessage({ ...decoded.value, ...parts });
}

test("NOTIFY in hexadecimal, with the serial", () => {
  expect(hexText(notify).slice(0, 24)).toBe("000724000001000100000000");
  expect(readNotify(notify)).toEqual({ ok: true, value: { origin, serial: 4711 } });
});

test("a NOTIFY without SOA, or with that of another zone, has no serial", () => {
  expect(readNotify(withParts({ answers: [] }))).toEqual({ ok: true, value: { origin, serial: null } });
  const other = [{ owner: textName("example.net."), type: rrType.SOA, class: 1, ...soa }];
  expect(readNotify(withParts({ answers: other }))).toEqual({ ok: true, value: { origin, serial: null } });
  const empty = [{ owner: origin, type: rrType.SOA, class: 1, ttlSeconds: 0, rdata: new Uint8Array(0) }];
  expect(readNotify(withParts({ answers: empty }))).toEqual({ ok: true, value: { origin, serial: null } });
});

test.each([
  ["no question", withParts({ questions: [] }), rcode.FORMERR],
  ["two questions", withParts({ questions: [1, 2].map(() => ({ name: origin, type: 6, class: 1 })) }), rcode.FORMERR],
  ["another type", withParts({ questions: [{ name: origin, type: rrType.A, class: 1 }] }), rcode.NOTIMP],
  ["another class", withParts({ questions: [{ name: origin, type: 6, class: 3 }] }), rcode.NOTAUTH],
  ["cut off", notify.slice(0, -1), rcode.FORMERR],
])("refused: %s", (_title, octets, error) => {
  expect(readNotify(octets)).toEqual({ ok: false, error });
});

test("the answer has the number, the question and AA, and OPT where it was asked with it", () => {
  const expected = { id: 7, opcode: notifyOpcode, flags: flagBit.qr | flagBit.aa, questions: [{ name: origin }] };
  const plain = decodeMessage(answerNotify(notify, rcode.REFUSED));
  expect(plain).toMatchObject({ value: { ...expected, rcode: rcode.REFUSED, answers: [], edns: null } });
  const extended = decodeMessage(answerNotify(withParts({ edns: plainEdns(4096) }), rcode.NOERROR));
  expect(extended).toMatchObject({ value: { ...expected, rcode: 0, answers: [], edns: { udpOctets: 1232 } } });
});

test("an answer to questions that break off has none", () => {
  const broken = hexOctets("0007010000020000000000000000060001") ?? new Uint8Array(0);
  const decoded = decodeMessage(emptyAnswer(broken, rcode.FORMERR));
  expect(decoded).toEqual({
    ok: true,
    value: makeMessage({ id: 7, flags: flagBit.qr | flagBit.rd, rcode: rcode.FORMERR }),
  });
});
