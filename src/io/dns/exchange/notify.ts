/**
 * NOTIFY from a primary (RFC 1996): acknowledged at once, so that it is not sent again, and passed on. What it says is
 * only a hint: whoever takes the zone asks for the SOA himself. Anybody else's is refused, since each costs a question.
 */
import { flagBit, makeMessage, rcode } from "../../../dns/message.ts";
import { encodeMessage } from "../../../dns/message-write.ts";
import { nameKey } from "../../../dns/name.ts";
import { readU32 } from "../../../dns/octets.ts";
import { rrType } from "../../../dns/rr-types.ts";
import type { ExchangeParts } from "./parts.ts";
import { prohibited } from "./parts.ts";
import type { ExchangeRequest } from "./request.ts";

export function answerNotify(request: ExchangeRequest, parts: ExchangeParts): void {
  const { counts, remarks, tell, zones } = parts;
  const { message, origin, speaker } = request;
  const [question] = message.questions;
  if (question === undefined || origin === null || question.type !== rrType.SOA) {
    return request.answerCode(rcode.FORMERR);
  }
  const allowed = zones.access.mayNotify(origin, speaker);
  if (allowed !== true) {
    counts.add("notifies_refused");
    remarks.remark(`NOTIFY for ${request.zoneText} from ${request.who} was refused: it is no primary of the zone.`);
    return request.answerCode(allowed === null ? rcode.NOTAUTH : rcode.REFUSED, prohibited);
  }
  counts.add("notifies");
  tell({ kind: "notified", origin: question.name, serial: hintedSerial(request), from: speaker.address });
  const { id, opcode, questions } = message;
  request.answer(encodeMessage(makeMessage({ id, opcode, questions, flags: flagBit.qr | flagBit.aa })));
}

/** The serial of the SOA that may stand in the answer section (RFC 1996, 3.7). */
function hintedSerial({ message, origin }: ExchangeRequest): number | null {
  const soa = message.answers.find(({ owner, type }) => type === rrType.SOA && nameKey(owner) === origin);
  return soa === undefined || soa.rdata.length < 22 ? null : readU32(soa.rdata, soa.rdata.length - 20);
}
