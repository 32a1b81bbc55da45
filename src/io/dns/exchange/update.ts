/**
 * UPDATE (RFC 2136) from a client that holds a key which the zone grants something. Here only the door: whether the
 * zone is ours and the client may speak about it at all. What an update would change is worked out on the first thread
 * and decided by the main thread, one update of a zone after the other; the client waits for its answer meanwhile.
 */
import { rcode } from "../../../dns/message.ts";
import { octetString } from "../../../dns/octets.ts";
import { rrClass, rrType } from "../../../dns/rr-types.ts";
import type { Name } from "../../../dns/types.ts";
import type { ExchangeParts } from "./parts.ts";
import { prohibited } from "./parts.ts";
import type { ExchangeRequest } from "./request.ts";

/** Updates of this thread's clients that wait for their answers; further ones hear SERVFAIL. */
const updatesPendingMax = 500;

interface Pending {
  readonly request: ExchangeRequest;
  /** Its mark in `seen`. */
  readonly sent: string | null;
  readonly release: () => void;
}

export class UpdateDoor {
  private readonly parts: ExchangeParts;
  private readonly pending = new Map<number, Pending>();
  /** Client, key and octets of those that wait: a client that hears nothing for a while sends the same again. */
  private readonly seen = new Set<string>();
  private lastTicket = 0;

  constructor(parts: ExchangeParts) {
    this.parts = parts;
  }

  take(request: ExchangeRequest): void {
    const [zone] = request.message.questions;
    const { origin, speaker } = request;
    if (zone === undefined || origin === null || zone.type !== rrType.SOA || zone.class !== rrClass.IN) {
      return request.answerCode(rcode.FORMERR);
    }
    const { access, served } = this.parts.zones;
    if (served.get(origin) === undefined) return this.refuse(request, rcode.NOTAUTH, "the zone is not served here");
    if (speaker.key === null) return this.refuse(request, rcode.REFUSED, "it is not signed");
    if (access.grants(origin, speaker.key).length === 0) {
      return this.refuse(request, rcode.REFUSED, "the key may change nothing there");
    }
    this.pass(request, zone.name, speaker.key);
  }

  private pass(request: ExchangeRequest, origin: Name, key: string): void {
    const { counts, tell } = this.parts;
    // Over TCP nobody sends anything again.
    const { carrier, speaker } = request;
    const sent = carrier.transport === "udp" ? `${speaker.address} ${key} ${octetString(request.octets)}` : null;
    if (sent !== null && this.seen.has(sent)) return;
    if (this.pending.size >= updatesPendingMax) {
      counts.add("updates_busy");
      return request.answerCode(rcode.SERVFAIL, { code: 0, text: "too many updates wait" });
    }
    counts.add("updates");
    this.lastTicket += 1;
    if (sent !== null) this.seen.add(sent);
    this.pending.set(this.lastTicket, { request, sent, release: request.carrier.hold() });
    tell({ kind: "update", ticket: this.lastTicket, origin, key, message: request.octets });
  }

  private refuse(request: ExchangeRequest, code: number, reason: string): void {
    const { counts, remarks } = this.parts;
    counts.add("updates_refused");
    remarks.remark(`UPDATE of ${request.zoneText} from ${request.who} was refused: ${reason}.`);
    request.answerCode(code, code === rcode.REFUSED ? prohibited : null);
  }

  /** The main thread's word on an update that was passed on. */
  settle(ticket: number, code: number): void {
    const waiting = this.pending.get(ticket);
    if (waiting === undefined) return;
    this.pending.delete(ticket);
    if (waiting.sent !== null) this.seen.delete(waiting.sent);
    waiting.request.answerCode(code);
    waiting.release();
  }
}
