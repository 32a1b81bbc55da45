/**
 * Transfers to secondaries: whole zones (AXFR, RFC 5936) and differences (IXFR, RFC 1995), to those who may have them.
 * All of them take turns (`turns.ts`), for a message or a part of a difference each, so that queries on the same connection
 * and on all others are answered in between; and a client gets its next message only when
 * it has taken the one before. It gets the zone as it was when the transfer began, whatever changes meanwhile.
 */
import { rcode } from "../../../dns/message.ts";
import { nameKey } from "../../../dns/name.ts";
import { rrType } from "../../../dns/rr-types.ts";
import { serialGreater } from "../../../dns/serial.ts";
import {
  axfrMessages,
  ixfrDatagram,
  ixfrMessages,
  type TransferFrame,
  type TransferMessages,
} from "../../../dns/transfer/answer.ts";
import type { ExtendedError, NameKey, ZoneDelta, ZoneRecord } from "../../../dns/types.ts";
import type { Zone } from "../../../dns/zone.ts";
import { recordsOf, soaSerial } from "../../../dns/zone-records.ts";
import type { ExchangeCount } from "./counts.ts";
import { type ExchangeParts, prohibited } from "./parts.ts";
import type { ExchangeRequest } from "./request.ts";

/** Transfers of one thread at the same time; further clients hear SERVFAIL and come again. */
export const transfersMax = 20;
/** A client that takes nothing of its transfer for so long is cut off. */
export const stalledMsMax = 30_000;

const busy: ExtendedError = { code: 0, text: `${transfersMax} transfers are running; ask again later` };

export class TransferDesk {
  private readonly parts: ExchangeParts;
  private running = 0;

  constructor(parts: ExchangeParts) {
    this.parts = parts;
  }

  take(request: ExchangeRequest): void {
    const { access, served } = this.parts.zones;
    const [question] = request.message.questions;
    const { origin } = request;
    if (question === undefined || origin === null) return this.answerCode(request, rcode.FORMERR);
    const zone = served.get(origin);
    if (zone === undefined) return this.refuse(request, rcode.NOTAUTH, "the zone is not served here");
    if (!access.mayTransfer(origin, request.speaker)) {
      return this.refuse(request, rcode.REFUSED, "neither its address nor a key of its is allowed to");
    }
    const { edns, id } = request.message;
    const frame = { id, question, edns: edns !== null };
    if (question.type === rrType.IXFR) {
      return void this.run(request, () => this.giveDifference(request, zone, frame));
    }
    // RFC 5936, 4.2: there is no AXFR over UDP.
    if (request.carrier.transport === "udp") return this.answerCode(request, rcode.FORMERR);
    void this.run(request, () => this.giveWhole(request, zone, frame));
  }

  /** Runs a transfer beside the others, if there are not too many. */
  private async run(request: ExchangeRequest, transfer: () => Promise<void>): Promise<void> {
    if (this.running >= transfersMax) {
      this.parts.counts.add("transfers_busy");
      this.parts.remarks.remark(`${transfersMax} transfers are running; others must wait, ${request.who} among them.`);
      return this.answerCode(request, rcode.SERVFAIL, busy);
    }
    const release = request.carrier.hold();
    this.begin(1);
    try {
      await transfer();
    } finally {
      this.begin(-1);
      release();
    }
  }

  private begin(more: 1 | -1): void {
    this.running += more;
    this.parts.counts.add("transfers_running", more);
  }

  private giveWhole(request: ExchangeRequest, zone: Zone, frame: TransferFrame): Promise<void> {
    const isAxfr = frame.question.type === rrType.AXFR;
    this.count(request, isAxfr ? "transfers_axfr" : "transfers_ixfr_whole", rcode.NOERROR);
    return this.stream(request, axfrMessages(zone.view(), frame));
  }

  private async giveDifference(request: ExchangeRequest, zone: Zone, frame: TransferFrame): Promise<void> {
    const serial = clientSerial(request, zone.apex.key);
    const soa = soaOf(zone);
    if (serial === null || soa === null) return this.answerCode(request, rcode.FORMERR);
    const deltas = await this.deltasSince(zone, serial);
    const isUdp = request.carrier.transport === "udp";
    if (deltas === null && !isUdp) return this.giveWhole(request, zone, frame);
    this.count(request, deltas?.length === 0 ? "transfers_ixfr_current" : "transfers_ixfr", rcode.NOERROR);
    if (isUdp) return request.answer(ixfrDatagram({ soa, deltas }, frame, request.udpRoom));
    if (deltas !== null) return this.stream(request, ixfrMessages({ soa, deltas }, frame));
  }

  /** What a client with this serial lacks: none when it is as far as we are; null: it must take the zone whole. */
  private async deltasSince(zone: Zone, serial: number): Promise<readonly ZoneDelta[] | null> {
    // RFC 1995, 2: a client that is ahead hears the SOA as well.
    if (!serialGreater(zone.serial, serial)) return [];
    const history = this.parts.zones.history(zone.apex.key);
    if (history === undefined) return null;
    const delta = await this.parts.turns.run(history.journal.difference(serial, history.records));
    return delta === null ? null : [delta];
  }

  private async stream(request: ExchangeRequest, messages: TransferMessages): Promise<void> {
    const clock = setTimeout(() => request.carrier.cut(), stalledMsMax);
    try {
      const whole = await this.sendAll(request, messages, clock);
      if (!whole) this.cut(request);
    } finally {
      clearTimeout(clock);
      messages.return(null);
    }
  }

  /** False when the client has gone, or the zone cannot be sent. */
  private async sendAll(request: ExchangeRequest, messages: TransferMessages, clock: NodeJS.Timeout): Promise<boolean> {
    const { carrier, zoneText } = request;
    const { turns } = this.parts;
    let endsAt = turns.end();
    const sign = request.startStream();
    for (let next = messages.next(); ; next = messages.next()) {
      if (!(await carrier.taken())) return false;
      if (next.done === true) {
        if (next.value !== null) this.parts.remarks.remark(`Zone ${zoneText} cannot be transferred: ${next.value}.`);
        return next.value === null;
      }
      if (next.value === null && performance.now() < endsAt) continue;
      if (next.value !== null) carrier.send(sign(next.value));
      if (next.value !== null) clock.refresh();
      await turns.take();
      endsAt = turns.end();
    }
  }

  private cut(request: ExchangeRequest): void {
    const { counts, remarks } = this.parts;
    counts.add("transfers_cut");
    remarks.remark(`A transfer of ${request.zoneText} to ${request.who} ended before its time.`);
    request.carrier.cut();
  }

  private refuse(request: ExchangeRequest, code: number, reason: string): void {
    const { counts, remarks } = this.parts;
    counts.add("transfers_refused");
    remarks.remark(`A transfer of ${request.zoneText} to ${request.who} was refused: ${reason}.`);
    this.answerCode(request, code, code === rcode.REFUSED ? prohibited : null);
  }

  private answerCode(request: ExchangeRequest, code: number, reason: ExtendedError | null = null): void {
    this.count(request, null, code);
    request.answerCode(code, reason);
  }

  private count({ carrier, message }: ExchangeRequest, count: ExchangeCount | null, code: number): void {
    if (count !== null) this.parts.counts.add(count);
    this.parts.responder.counters.count(message.questions[0]?.type ?? 0, carrier.transport, code);
  }
}

/** The serial in the SOA that an IXFR client puts into the authority section (RFC 1995, 3). */
function clientSerial({ message }: ExchangeRequest, origin: NameKey): number | null {
  const soa = message.authorities.find(({ owner, type }) => type === rrType.SOA && nameKey(owner) === origin);
  return soa === undefined || soa.rdata.length < 22 ? null : soaSerial(soa);
}

function soaOf(zone: Zone): ZoneRecord | null {
  const set = zone.apex.set(rrType.SOA);
  return set === undefined ? null : (recordsOf(set)[0] ?? null);
}
