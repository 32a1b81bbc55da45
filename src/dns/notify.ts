/**
 * NOTIFY (RFC 1996): a primary tells a secondary that a zone has changed. The SOA in the answer section is a hint, by
 * which a secondary that has this serial already need not ask (3.7); nothing rests on it.
 */
import { fail, ok, type Result } from "../base/result.ts";
import { emptyAnswer } from "./empty-answer.ts";
import { flagBit, makeMessage, rcode } from "./message.ts";
import { decodeMessage } from "./message-read.ts";
import { encodeMessage } from "./message-write.ts";
import { nameKey } from "./name.ts";
import { readSoa } from "./rdata/index.ts";
import { rrClass, rrType } from "./rr-types.ts";
import type { Name } from "./types.ts";

/** The opcode of NOTIFY (RFC 1996, 3.1). */
export const notifyOpcode = 4;

/** A request without signature. `soa` is the zone's new SOA; null: no hint. */
export function encodeNotify(notify: {
  readonly id: number;
  readonly origin: Name;
  readonly soa: { readonly ttlSeconds: number; readonly rdata: Uint8Array } | null;
}): Uint8Array {
  const { id, origin, soa } = notify;
  return encodeMessage(
    makeMessage({
      id,
      opcode: notifyOpcode,
      flags: flagBit.aa,
      questions: [{ name: origin, type: rrType.SOA, class: rrClass.IN }],
      answers: soa === null ? [] : [{ owner: origin, type: rrType.SOA, class: rrClass.IN, ...soa }],
    }),
  );
}

export interface Notify {
  readonly origin: Name;
  /** Null: without a hint. */
  readonly serial: number | null;
}

/**
 * Reads a NOTIFY request without its TSIG record. The error is the rcode that answers it: FORMERR, or NOTIMP for
 * another type than SOA, which RFC 1996 leaves to later. Answers other than the zone's SOA are passed over (3.7).
 */
export function readNotify(octets: Uint8Array): Result<Notify, number> {
  const message = decodeMessage(octets);
  if (!message.ok) return fail(rcode.FORMERR);
  const [question] = message.value.questions;
  if (question === undefined || message.value.questions.length > 1) return fail(rcode.FORMERR);
  if (question.type !== rrType.SOA) return fail(rcode.NOTIMP);
  if (question.class !== rrClass.IN) return fail(rcode.NOTAUTH);
  const originKey = nameKey(question.name);
  const soa = message.value.answers.find(({ owner, type }) => type === rrType.SOA && nameKey(owner) === originKey);
  return ok({ origin: question.name, serial: soa === undefined ? null : (readSoa(soa.rdata)?.serial ?? null) });
}

/** The answer to a NOTIFY request, not signed. */
export function answerNotify(request: Uint8Array, code: number): Uint8Array {
  return emptyAnswer(request, code, flagBit.aa);
}
