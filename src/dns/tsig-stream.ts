/**
 * A client's view of signed answers, and answers of many messages (RFC 8945, 5.3.1 and 5.4). The first message is signed
 * like any answer, over the request's MAC; each later signature continues the one before it and covers every message
 * since, so that none can be left out, put in or moved. Of a hundred messages one must be signed, and the last.
 */
import { rcode, rcodeText } from "./message.ts";
import {
  appendTsig,
  fudgeSecondsUsual,
  type Hmac,
  isSignedWith,
  isTimely,
  judgeMac,
  tsigMac,
  type TsigKey,
} from "./tsig.ts";
import { readTsig, readU48, type TsigRecord, withoutTsig } from "./tsig-record.ts";

/** Messages between two that are signed (RFC 8945, 5.3.1). */
const unsignedMessagesMax = 99;

interface StreamParts {
  readonly key: TsigKey;
  readonly hmac: Hmac;
  /** The MAC of the request that the stream answers. */
  readonly requestMac: Uint8Array;
}

/** Signs the messages of an answer one after another, every one of them, as RFC 8945, 5.3.1 asks of new servers. */
export class TsigStreamSigner {
  private readonly parts: StreamParts;
  private priorMac: Uint8Array;
  private signed = 0;

  constructor(parts: StreamParts) {
    this.parts = parts;
    this.priorMac = parts.requestMac;
  }

  /** The message with its signature. Messages must be sent in the order in which they were signed. */
  sign(message: Uint8Array, nowSeconds: number): Uint8Array {
    const { key, hmac } = this.parts;
    const timersOnly = this.signed > 0;
    const timeSigned = Math.floor(nowSeconds);
    const variables = { timeSigned, fudgeSeconds: fudgeSecondsUsual, error: 0, other: new Uint8Array(0) };
    const { octets, mac } = appendTsig({
      key,
      hmac,
      priorMac: this.priorMac,
      messages: [message],
      variables,
      timersOnly,
    });
    this.priorMac = mac;
    this.signed += 1;
    return octets;
  }
}

export interface AnswerRefusal {
  readonly kind: "refused";
  /** One of `rcode`: BADKEY, BADSIG, BADTIME, BADTRUNC, or FORMERR. */
  readonly error: number;
  /** Who refuses: the server our request, or we its answer. */
  readonly by: "server" | "client";
  /** A clause for people. */
  readonly reason: string;
}

export type AnswerVerdict =
  /** `unsigned` is the message without TSIG. */
  { readonly kind: "ok"; readonly signed: boolean; readonly unsigned: Uint8Array } | AnswerRefusal;

function reject(error: number, reason: string): AnswerRefusal {
  return { kind: "refused", error, by: "client", reason };
}

const rejections: Readonly<Record<number, string>> = {
  [rcode.FORMERR]: "the answer's signature has a length that none can have",
  [rcode.BADSIG]: "the answer's signature is not right",
  [rcode.BADTRUNC]: "the answer's signature is cut off",
};

/** It proves nothing, and yet helps people: PowerDNS says no more than NOTAUTH of a key that it does not take. */
function describeUnsigned(message: Uint8Array): string {
  const code = (message[3] ?? 0) & 15;
  if (code === rcode.NOERROR) return "the answer is not signed, but the request was";
  const asked = "does it know this zone, and this key with this secret and algorithm, and do the clocks agree?";
  return `it answers ${rcodeText(code)} without a signature: ${asked}`;
}

/** What a server says of our request. */
function describeError(record: TsigRecord): string {
  switch (record.error) {
    case rcode.BADSIG:
      return "the server says BADSIG: its secret for this key is another one";
    case rcode.BADKEY:
      return "the server says BADKEY: it does not know this key with this algorithm";
    case rcode.BADTRUNC:
      return "the server says BADTRUNC: it wants longer signatures";
    case rcode.BADTIME: {
      const known = record.other.length === 6;
      const apart = known ? `${Math.abs(readU48(record.other, 0) - record.timeSigned)} s` : "too far";
      return `the server says BADTIME: its clock and ours are ${apart} apart`;
    }
    default:
      return `the server refuses the signature with error ${record.error}`;
  }
}

/**
 * Verifies the messages of one answer in their order. What stands in messages that are not signed may be believed only
 * when a signed one follows, and all of it only when `complete` is true at the end. After a refusal nothing may be
 * believed.
 */
export class TsigStreamVerifier {
  private readonly parts: StreamParts;
  private priorMac: Uint8Array;
  private signed = 0;
  /** Since the last signature. */
  private pending: Uint8Array[] = [];
  private refusal: AnswerRefusal | null = null;

  constructor(parts: StreamParts) {
    this.parts = parts;
    this.priorMac = parts.requestMac;
  }

  /** True when the last message was signed, and none refused. */
  get complete(): boolean {
    return this.signed > 0 && this.pending.length === 0 && this.refusal === null;
  }

  /** The next message. After the first refusal every message is refused. */
  accept(message: Uint8Array, nowSeconds: number): AnswerVerdict {
    const verdict = this.refusal ?? this.look(message, nowSeconds);
    if (verdict.kind === "refused") this.refusal = verdict;
    return verdict;
  }

  private look(message: Uint8Array, nowSeconds: number): AnswerVerdict {
    const record = readTsig(message);
    if (record === "malformed") return reject(rcode.FORMERR, "the answer or its TSIG record is malformed");
    if (record === null) return this.hold(message);
    if (record.error !== 0 && record.mac.length === 0) {
      return { kind: "refused", error: record.error, by: "server", reason: describeError(record) };
    }
    if (!isSignedWith(record, this.parts.key)) {
      return reject(rcode.BADKEY, "the answer is signed with another key or algorithm than the request");
    }
    return this.judge(record, withoutTsig(message, record), nowSeconds);
  }

  private hold(message: Uint8Array): AnswerVerdict {
    if (this.signed === 0) return reject(rcode.FORMERR, describeUnsigned(message));
    if (this.pending.length >= unsignedMessagesMax) {
      return reject(rcode.FORMERR, `more than ${unsignedMessagesMax} messages without a signature`);
    }
    this.pending.push(message);
    return { kind: "ok", signed: false, unsigned: message };
  }

  private judge(record: TsigRecord, unsigned: Uint8Array, nowSeconds: number): AnswerVerdict {
    const { key, hmac } = this.parts;
    const messages = [...this.pending, unsigned];
    const timersOnly = this.signed > 0;
    const mac = tsigMac({ key, hmac, priorMac: this.priorMac, messages, variables: record, timersOnly });
    const wrong = judgeMac(record, mac);
    if (wrong !== null) return reject(wrong, rejections[wrong] ?? "the answer's signature is not right");
    if (record.error !== 0) {
      return { kind: "refused", error: record.error, by: "server", reason: describeError(record) };
    }
    if (!isTimely(record, nowSeconds)) {
      const apart = Math.round(Math.abs(nowSeconds - record.timeSigned));
      return reject(
        rcode.BADTIME,
        `the answer was signed ${apart} s from now, expected ${record.fudgeSeconds} s at most`,
      );
    }
    this.priorMac = record.mac;
    this.signed += 1;
    this.pending = [];
    return { kind: "ok", signed: true, unsigned };
  }
}

/** Verifies an answer of one message. */
export function verifyAnswer(answer: StreamParts & { message: Uint8Array; nowSeconds: number }): AnswerVerdict {
  return new TsigStreamVerifier(answer).accept(answer.message, answer.nowSeconds);
}
