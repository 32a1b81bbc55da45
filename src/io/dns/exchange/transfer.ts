/**
 * Transfers to secondaries: whole zones (AXFR, RFC 5936) and differences (IXFR, RFC 1995), to those who may have them.
 * A stream sends one message per turn of the event loop, and the next only when the client has taken the one before, so
 * that queries on the same connection and on all others are answered in between. It sends the zone as it was when the
 * transfer began, whatever changes meanwhile.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
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
import type { ExtendedError, NameKey, RRset, ZoneDelta, ZoneRecord } from "../../../dns/types.ts";
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

/** What is sent, decided once a request. */
interface Plan {
  readonly count: ExchangeCount;
  readonly messages: TransferMessages;
}

export class TransferDesk {
  private readonly parts: ExchangeParts;
  private running = 0;
  /** All sets of a zone, for transfers of the same state that run side by side. */
  private snapshot: { readonly zone: Zone; readonly changes: number; readonly sets: readonly RRset[] } | null = null;

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
    if (question.type === rrType.IXFR) return this.giveDifference(request, zone, frame);
    // RFC 5936, 4.2: there is no AXFR over UDP.
    if (request.carrier.transport === "udp") return this.answerCode(request, rcode.FORMERR);
    this.give(request, { count: "transfers_axfr", messages: axfrMessages(this.setsOf(zone), frame) });
  }

  private giveDifference(request: ExchangeRequest, zone: Zone, frame: TransferFrame): void {
    const serial = clientSerial(request, zone.apex.key);
    const soa = soaOf(zone);
    if (serial === null || soa === null) return this.answerCode(request, rcode.FORMERR);
    const deltas = this.deltasSince(zone, serial);
    if (request.carrier.transport === "udp") {
      this.count(request, deltas?.length === 0 ? "transfers_ixfr_current" : "transfers_ixfr", rcode.NOERROR);
      return request.answer(ixfrDatagram({ soa, deltas }, frame, request.udpRoom));
    }
    if (deltas === null) {
      return this.give(request, { count: "transfers_ixfr_whole", messages: axfrMessages(this.setsOf(zone), frame) });
    }
    const count = deltas.length === 0 ? "transfers_ixfr_current" : "transfers_ixfr";
    this.give(request, { count, messages: ixfrMessages({ soa, deltas }, frame) });
  }

  /** What a client with this serial lacks: none when it is as far as we are; null: it must take the zone whole. */
  private deltasSince(zone: Zone, serial: number): readonly ZoneDelta[] | null {
    // RFC 1995, 2: a client that is ahead hears the SOA as well.
    if (!serialGreater(zone.serial, serial)) return [];
    const history = this.parts.zones.history(zone.apex.key);
    const delta = history?.journal.difference(serial, history.records) ?? null;
    return delta === null ? null : [delta];
  }

  private give(request: ExchangeRequest, { count, messages }: Plan): void {
    if (this.running >= transfersMax) {
      this.parts.counts.add("transfers_busy");
      this.parts.remarks.remark(`${transfersMax} transfers are running; others must wait, ${request.who} among them.`);
      return this.answerCode(request, rcode.SERVFAIL, busy);
    }
    this.count(request, count, rcode.NOERROR);
    void this.stream(request, messages);
  }

  private async stream(request: ExchangeRequest, messages: TransferMessages): Promise<void> {
    const { carrier } = request;
    const release = carrier.hold();
    const clock = setTimeout(() => carrier.cut(), stalledMsMax);
    this.begin(1);
    try {
      const whole = await this.sendAll(request, messages, clock);
      if (!whole) this.cut(request);
    } finally {
      clearTimeout(clock);
      this.begin(-1);
      release();
    }
  }

  private begin(more: 1 | -1): void {
    this.running += more;
    this.parts.counts.add("transfers_running", more);
    if (this.running === 0) this.snapshot = null;
  }

  /** False when the client has gone, or the zone cannot be sent. */
  private async sendAll(request: ExchangeRequest, messages: TransferMessages, clock: NodeJS.Timeout): Promise<boolean> {
    const { carrier, zoneText } = request;
    const sign = request.startStream();
    for (let next = messages.next(); ; next = messages.next()) {
      if (!(await carrier.taken())) return false;
      if (next.done === true) {
        if (next.value !== null) this.parts.remarks.remark(`Zone ${zoneText} cannot be transferred: ${next.value}.`);
        return next.value === null;
      }
      carrier.send(sign(next.value));
      clock.refresh();
      await nextTurn();
    }
  }

  private cut(request: ExchangeRequest): void {
    const { counts, remarks } = this.parts;
    counts.add("transfers_cut");
    remarks.remark(`A transfer of ${request.zoneText} to ${request.who} ended before its time.`);
    request.carrier.cut();
  }

  private setsOf(zone: Zone): readonly RRset[] {
    const kept = this.snapshot;
    if (kept !== null && kept.zone === zone && kept.changes === zone.changes) return kept.sets;
    const sets = [...zone.rrsets()];
    this.snapshot = { zone, changes: zone.changes, sets };
    return sets;
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
