/**
 * A zone transfer as a secondary reads it, message by message. What a primary sends is believed only when it is whole and
 * in order; until then nothing leaves this file, so nothing can be half applied. Signatures are checked before, by whoever
 * reads the octets.
 */
import { fail, ok, type Result } from "../../base/result.ts";
import { flagBit, type Message, rcode, type ResourceRecord } from "../message.ts";
import { decodeMessage } from "../message-read.ts";
import { isWithin, nameKey, nameText } from "../name.ts";
import { isWellFormed, readSoa } from "../rdata/index.ts";
import { classText, isMetaType, rrClass, rrType, typeText } from "../rr-types.ts";
import { serialGreater } from "../serial.ts";
import type { Name, NameKey, RRset, ZoneDelta, ZoneRecord } from "../types.ts";
import { TransferSequence } from "./sequence.ts";

/** What a transfer may be at most; more is refused, so that no primary can fill our memory. */
export interface TransferLimits {
  readonly octets: number;
  readonly records: number;
}

export const transferLimits: TransferLimits = { octets: 256 * 2 ** 20, records: 2_000_000 };

/** The query that is answered. */
export interface TransferQuery {
  readonly id: number;
  readonly origin: Name;
  /** The serial that we have, for IXFR. Null: AXFR. */
  readonly serial: number | null;
  /** True over UDP, where a SOA alone with a newer serial means: ask over TCP. */
  readonly datagram: boolean;
}

export type TransferResult =
  /** The whole zone, SOA first. */
  | { readonly kind: "full"; readonly serial: number; readonly rrsets: readonly RRset[] }
  /** Oldest first, beginning at our serial. */
  | { readonly kind: "differences"; readonly serial: number; readonly deltas: readonly ZoneDelta[] }
  /** There is nothing newer than what we have; `serial` may be older. */
  | { readonly kind: "current"; readonly serial: number }
  | { readonly kind: "over-tcp"; readonly serial: number };

/** `rcode`: what the primary answered, when that is what is wrong. */
export interface TransferFault {
  readonly sentence: string;
  readonly rcode: number | null;
}

const rcodeTexts: ReadonlyMap<number, string> = new Map(Object.entries(rcode).map(([text, code]) => [code, text]));

export class TransferReader {
  private readonly query: TransferQuery;
  private readonly limits: TransferLimits;
  private readonly originKey: NameKey;
  private readonly sequence: TransferSequence;
  private octets = 0;
  private records = 0;
  private messages = 0;

  constructor(query: TransferQuery, limits: TransferLimits = transferLimits) {
    this.query = query;
    this.limits = limits;
    this.originKey = nameKey(query.origin);
    this.sequence = new TransferSequence(this.originKey, query.serial);
  }

  /** Reads the next message. Null: more must follow. After a result or a fault there is nothing more to read. */
  read(octets: Uint8Array): Result<TransferResult | null, TransferFault> {
    this.octets += octets.length;
    if (this.octets > this.limits.octets) return this.fault(`it has more than ${this.limits.octets} octets`);
    // A `Buffer` would share its octets with the records that are read from it.
    const decoded = decodeMessage(new Uint8Array(octets.buffer, octets.byteOffset, octets.length));
    if (!decoded.ok) return this.fault(`message ${this.messages + 1} is malformed: ${decoded.error}`);
    this.messages += 1;
    const wrong = this.wrongHead(decoded.value);
    if (wrong !== null) return fail(wrong);
    return this.take(decoded.value.answers);
  }

  /** What to say when the primary stops before the end. */
  cutOff(): TransferFault {
    return this.faultOf(`it was cut off after ${this.records} records`);
  }

  private faultOf(clause: string, code: number | null = null): TransferFault {
    const kind = this.query.serial === null ? "AXFR" : "IXFR";
    return { sentence: `${kind} of ${nameText(this.query.origin)} is refused: ${clause}`, rcode: code };
  }

  private fault(clause: string): { readonly ok: false; readonly error: TransferFault } {
    return fail(this.faultOf(clause));
  }

  private wrongHead(message: Message): TransferFault | null {
    if (message.id !== this.query.id) return this.faultOf(`a message has the number ${message.id} of another query`);
    if ((message.flags & flagBit.qr) === 0 || message.opcode !== 0) return this.faultOf("a message is not an answer");
    if (message.rcode !== rcode.NOERROR) {
      const text = rcodeTexts.get(message.rcode) ?? `RCODE${message.rcode}`;
      return this.faultOf(`the primary answered ${text}`, message.rcode);
    }
    if ((message.flags & flagBit.tc) !== 0 && !this.query.datagram) return this.faultOf("a message is cut off (TC)");
    return this.answersOurs(message) ? null : this.faultOf("a message answers another question");
  }

  /** The first message repeats the question; others may leave it out (RFC 5936, 2.2.2). */
  private answersOurs({ questions }: Message): boolean {
    const [question, second] = questions;
    if (question === undefined) return this.messages > 1;
    const type = this.query.serial === null ? rrType.AXFR : rrType.IXFR;
    const same = nameKey(question.name) === this.originKey && question.type === type && question.class === rrClass.IN;
    return same && second === undefined;
  }

  private take(answers: readonly ResourceRecord[]): Result<TransferResult | null, TransferFault> {
    if (answers.length === 0 && !this.query.datagram) return this.fault("a message has no records");
    this.records += answers.length;
    if (this.records > this.limits.records) return this.fault(`it has more than ${this.limits.records} records`);
    for (const record of answers) {
      const wrong = this.wrongRecord(record) ?? this.sequence.add(zoneRecord(record));
      if (wrong !== null) return this.fault(wrong);
    }
    return this.outcome();
  }

  private outcome(): Result<TransferResult | null, TransferFault> {
    const serial = this.sequence.newSerial;
    if (serial === null) return ok(this.query.datagram ? { kind: "over-tcp", serial: this.query.serial ?? 0 } : null);
    const result = this.sequence.result();
    const newer = this.query.serial === null || serialGreater(serial, this.query.serial);
    if (!newer && this.sequence.isLone) return ok({ kind: "current", serial });
    if (result === null) return ok(this.query.datagram ? { kind: "over-tcp", serial } : null);
    return this.sequence.isLone ? this.fault("the zone has nothing but its SOA") : ok({ ...result, serial });
  }

  private wrongRecord(record: ResourceRecord): string | null {
    const { owner, rdata, type } = record;
    const what = `${nameText(owner)} ${typeText(type)}`;
    if (record.class !== rrClass.IN) return `${what} has class ${classText(record.class)} instead of IN`;
    if (!isWithin(nameKey(owner), this.originKey)) return `${what} is not in the zone`;
    if (isMetaType(type)) return `${what} has a type that no zone can hold`;
    if (!isWellFormed(type, rdata)) return `${what} has octets that do not fit its type`;
    return type === rrType.SOA && readSoa(rdata) === null ? `${what} is malformed` : null;
  }
}

/** A TTL with the highest bit set counts as zero (RFC 2181, 8). */
function zoneRecord({ owner, rdata, ttlSeconds, type }: ResourceRecord): ZoneRecord {
  return { owner, type, ttlSeconds: ttlSeconds > 0x7fffffff ? 0 : ttlSeconds, rdata };
}
