/**
 * Zone transfers as a primary answers them: the whole zone between two SOAs (AXFR, RFC 5936), or what changed (IXFR,
 * RFC 1995), in as many messages as it takes. Messages come one at a time, so that a large zone or a slow secondary
 * holds up nobody, and each is written in full before the next.
 */
import { flagBit, messageOctetsMax, type Question } from "../message.ts";
import { nameText } from "../name.ts";
import { RecordWriter } from "../record-writer.ts";
import { rrClass, rrType, typeText } from "../rr-types.ts";
import type { RRset, ZoneDelta, ZoneRecord } from "../types.ts";
import { recordsOf } from "../zone-records.ts";

/**
 * Octets after which a message is full. Pointers reach no further than 16,383, so longer messages would save little; one
 * that has a single large record may be longer.
 */
const messageOctets = 16_384;
/** Room that the caller may need behind each message for a signature: TSIG with a long key name and SHA-512. */
const signatureOctets = 512;
/** Header, or the fixed part of a record behind its owner. */
const headerOctets = 12;
const recordHeadOctets = 10;
/** Records after which a message that is not full yet may let others have their turn: less than a tenth of a millisecond. */
const recordsPerSlice = 30;
/** OPT as this server sends it: root owner, no options (RFC 6891, 6.1.2). */
const optOctets = 11;
/** The UDP payload that OPT names. */
const udpOctets = 1232;

export interface TransferFrame {
  readonly id: number;
  /** As it was asked: type AXFR or IXFR. */
  readonly question: Question;
  /** True when the client's query had OPT: then the first message has it too (RFC 5936, 2.2.5). */
  readonly edns: boolean;
}

/**
 * Messages of one answer, and null where others may have their turn. Its last value: null, or why it had to end early, as a clause. Whoever does not take all of them must
 * say so (`return`), since they may hold a view of a zone.
 */
export type TransferMessages = Generator<Uint8Array | null, string | null>;

/** Writes records into messages that it cuts where they are full. */
class Packer {
  private readonly writer = new RecordWriter(messageOctets * 2);
  private readonly frame: TransferFrame;
  private answers = 0;
  private first = true;

  constructor(frame: TransferFrame) {
    this.frame = frame;
    this.begin();
  }

  /** Of the message as it is. */
  get octets(): number {
    return this.writer.out.length;
  }

  private begin(): void {
    const { out } = this.writer;
    const { id, question } = this.frame;
    this.writer.clear();
    this.answers = 0;
    const counts = [this.first ? 1 : 0, 0, 0, this.first && this.frame.edns ? 1 : 0];
    for (const value of [id, flagBit.qr | flagBit.aa, ...counts]) out.u16(value);
    if (!this.first) return;
    this.writer.name(question.name);
    out.u16(question.type);
    out.u16(question.class);
  }

  /** Null when there was room; else the message before, which is full. A record that fits none is refused by `fits`. */
  add(record: ZoneRecord): Uint8Array | null {
    const size = this.writer.out.length + record.owner.length + recordHeadOctets + record.rdata.length;
    const full = this.answers > 0 && size > messageOctets ? this.take() : null;
    this.writer.record(record, rrClass.IN);
    this.answers += 1;
    return full;
  }

  /** The message as it is. The next one begins. */
  take(): Uint8Array {
    const { out } = this.writer;
    out.patchU16(6, this.answers);
    if (this.first && this.frame.edns) {
      out.u8(0);
      for (const value of [rrType.OPT, udpOctets, 0, 0, 0]) out.u16(value);
    }
    const message = out.finish();
    this.first = false;
    this.begin();
    return message;
  }
}

/** True for a record that has room in a message of its own, beside question, OPT and signature. */
function fits({ owner, rdata }: ZoneRecord): boolean {
  const beside = headerOctets + 2 * owner.length + 4 + recordHeadOctets + optOctets + signatureOctets;
  return beside + rdata.length <= messageOctetsMax;
}

function* packed(records: Iterable<ZoneRecord>, frame: TransferFrame): TransferMessages {
  const packer = new Packer(frame);
  let slice = 0;
  for (const record of records) {
    slice = (slice + 1) % recordsPerSlice;
    if (slice === 0) yield null;
    if (!fits(record)) return `${nameText(record.owner)} ${typeText(record.type)} has a record that fits no message`;
    const full = packer.add(record);
    if (full !== null) yield full;
  }
  yield packer.take();
  return null;
}

function* between(sets: Iterable<RRset>): Generator<ZoneRecord> {
  let soa: ZoneRecord | undefined;
  for (const set of sets) {
    const records = recordsOf(set);
    soa ??= records[0];
    yield* records;
  }
  if (soa !== undefined) yield soa;
}

/**
 * The whole zone. `sets` is as `Zone.view` gives them when the zone may change before the last message is taken, SOA first.
 */
export function axfrMessages(sets: Iterable<RRset>, frame: TransferFrame): TransferMessages {
  return packed(between(sets), frame);
}

function* sequence(soa: ZoneRecord, deltas: readonly ZoneDelta[]): Generator<ZoneRecord> {
  yield soa;
  for (const { removed, added } of deltas) {
    yield* removed;
    yield* added;
  }
  if (deltas.length > 0) yield soa;
}

/** What changed, oldest first, the last leading to `soa`. None: only the SOA, for a client that has it already. */
export function ixfrMessages(
  change: { soa: ZoneRecord; deltas: readonly ZoneDelta[] },
  frame: TransferFrame,
): TransferMessages {
  return packed(sequence(change.soa, change.deltas), frame);
}

/**
 * The same for UDP: in one message of at most `octetsMax`, or the SOA alone, which tells the client to ask over TCP
 * (RFC 1995, 2). So it is for a zone that must be sent whole: `deltas` null.
 */
export function ixfrDatagram(
  change: { soa: ZoneRecord; deltas: readonly ZoneDelta[] | null },
  frame: TransferFrame,
  octetsMax: number,
): Uint8Array {
  const { soa, deltas } = change;
  const only = new Packer(frame);
  for (const record of sequence(soa, deltas ?? [])) {
    if (!fits(record) || only.add(record) !== null || only.octets > octetsMax) return loneSoa(soa, frame);
  }
  const message = only.take();
  return message.length <= octetsMax ? message : loneSoa(soa, frame);
}

function loneSoa(soa: ZoneRecord, frame: TransferFrame): Uint8Array {
  const packer = new Packer(frame);
  packer.add(soa);
  return packer.take();
}
