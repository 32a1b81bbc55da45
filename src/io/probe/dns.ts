/**
 * The `dns` probe: a question over UDP, again over TCP when the answer is truncated (RFC 7766, 5), or over TCP at once.
 * Datagrams that do not fit the question are passed over (RFC 5452, 9), so that a forged one neither saves nor kills a
 * member. With a `primary` the SOA serials of both are compared: a member may be behind for a while, as every secondary
 * is after a change, and is down when it stays behind. A primary that does not answer makes nobody late.
 */
import type { DnsProbe, Target } from "../../core/model.ts";
import { udpPayloadMax } from "../../dns/edns.ts";
import { flagBit, makeMessage, plainEdns } from "../../dns/message.ts";
import { decodeMessage } from "../../dns/message-read.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { rrClass, rrType } from "../../dns/rr-types.ts";
import { serialGreater } from "../../dns/serial.ts";
import { soaSerial } from "../../dns/zone-records.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import { framed, FrameReader } from "../dns-client/frames.ts";
import { isReplyTo, isTruncated } from "../dns-client/match.ts";
import { newMessageId } from "../dns-client/query-id.ts";
import { askQuestion } from "../dns-client/question.ts";
import { Conversation } from "./conversation.ts";
import { Datagram, type DatagramOwner } from "./datagram.ts";
import { down } from "./dialogue.ts";
import { type DnsFinding, type DnsQuestion, judgeDns, makeDnsQuestion } from "./dns-judge.ts";
import type { Fault } from "./faults.ts";
import type { ProbeKind, Surroundings, TargetProbe, TargetProber } from "./kind.ts";
import type { Judgement, Reply, Script } from "./script.ts";
import { type Outcome, SingleRun } from "./single-run.ts";

export const dnsKind: ProbeKind<DnsProbe> = {
  open: (target, probe, surroundings) => new DnsProber(target, probe, surroundings),
};

class DnsProber implements TargetProber {
  readonly target: Target;
  readonly question: DnsQuestion;
  readonly surroundings: Surroundings;
  /** Since when every look has found it behind its primary; null: it is not. */
  #behindSinceMs: number | null = null;

  constructor(target: Target, probe: DnsProbe, surroundings: Surroundings) {
    this.target = target;
    this.question = makeDnsQuestion(probe);
    this.surroundings = surroundings;
  }

  start(probe: TargetProbe, onVerdict: (verdict: Verdict) => void): CancelProbe {
    return new DnsRun(this, probe, onVerdict).start();
  }

  forget(): void {}

  /** How long the member has been behind, in milliseconds; 0: it is not. */
  noteBehind(isBehind: boolean): number {
    const now = performance.now();
    this.#behindSinceMs = isBehind ? (this.#behindSinceMs ?? now) : null;
    return this.#behindSinceMs === null ? 0 : now - this.#behindSinceMs;
  }
}

class DnsRun extends SingleRun implements DatagramOwner {
  readonly #prober: DnsProber;
  readonly #message: Uint8Array;
  readonly #given = new AbortController();
  /** The primary's serial, or why there is none. */
  #primary: Promise<number | string> | null = null;
  #datagram: Datagram | null = null;
  #cancelTcp: CancelProbe | null = null;

  constructor(prober: DnsProber, probe: TargetProbe, onVerdict: (verdict: Verdict) => void) {
    super(prober.surroundings.deadlines, probe, onVerdict);
    this.#prober = prober;
    this.#message = makeMessageOf(prober.question);
  }

  datagramArrived(bytes: Buffer): void {
    if (!isReplyTo(bytes, this.#message)) return;
    if (isTruncated(bytes)) return this.#askTcp();
    this.#found(judgeOctets(this.#prober.question, bytes));
  }

  datagramFailed(fault: Fault): void {
    const refused = fault.kind === "down" && fault.fault === "refused";
    this.finish(refused ? { ...fault, reason: "nobody listens on this port" } : fault);
  }

  protected override begin(): void {
    const { probe } = this.#prober.question;
    if (probe.primary !== null) this.#primary = this.#askPrimary(probe.primary.endpoint);
    if (probe.transport === "tcp") return this.#askTcp();
    this.#datagram = new Datagram({ address: this.#prober.target.address, port: probe.port }, this.#message, this);
  }

  protected override release(): void {
    this.#datagram?.close();
    this.#cancelTcp?.();
    this.#given.abort();
  }

  protected override late(): Outcome {
    return down(`no answer within ${this.timeoutMs} ms`, "timed-out");
  }

  #askTcp(): void {
    this.#datagram?.close();
    const { question, surroundings, target } = this.#prober;
    let found: DnsFinding | null = null;
    const script = makeTcpScript(question, this.#message, (finding) => (found = finding));
    const conversation = new Conversation(target, script, surroundings);
    this.#cancelTcp = conversation.start({ timeoutMs: this.leftMs, fresh: true }, (verdict) => {
      if (found === null) this.finish(verdict);
      else this.#found(found);
    });
  }

  #found(finding: DnsFinding): void {
    this.#datagram?.close();
    const { primary } = this.#prober.question.probe;
    if (finding.kind === "down") return this.finish(finding);
    if (primary === null || this.#primary === null) return this.finish({ kind: "up", detail: finding.detail });
    void this.#primary.then((serial) => this.finish(this.#compare(finding, serial, primary)));
  }

  #compare(
    { detail, serial }: Extract<DnsFinding, { kind: "up" }>,
    ofPrimary: number | string,
    { endpoint, lagMsMax }: NonNullable<DnsProbe["primary"]>,
  ): Outcome {
    const who = `the primary ${endpoint.address}`;
    if (typeof ofPrimary === "string")
      return { kind: "up", detail: `${detail}; ${who} cannot be compared: ${ofPrimary}` };
    const isBehind = serial !== null && serialGreater(ofPrimary, serial);
    const behindMs = this.#prober.noteBehind(isBehind);
    if (!isBehind) return { kind: "up", detail: `${detail}, as ${who} has` };
    const span = `behind ${ofPrimary} of ${who} for ${Math.floor(behindMs / 1_000)} s`;
    return behindMs > lagMsMax
      ? down(`serial ${serial} is ${span}`, "stale")
      : { kind: "up", detail: `${detail}, ${span}` };
  }

  async #askPrimary(endpoint: NonNullable<DnsProbe["primary"]>["endpoint"]): Promise<number | string> {
    const { owner } = this.#prober.question;
    const heard = await askQuestion({
      endpoint,
      owner,
      type: rrType.SOA,
      transport: "udp",
      edns: true,
      recursionDesired: false,
      // It ends before the probe itself does, so that a silent primary is told of and not the member.
      timeoutMs: Math.max(1, Math.floor(this.leftMs / 2)),
      tries: 1,
      signal: this.#given.signal,
    });
    if (heard.kind !== "answer") return heard.reason;
    const soa = heard.message.answers.find((record) => record.type === rrType.SOA);
    return soa === undefined ? "it answers without a SOA record" : soaSerial(soa);
  }
}

function makeMessageOf({ owner, probe, type }: DnsQuestion): Uint8Array {
  return encodeMessage(
    makeMessage({
      id: newMessageId(),
      flags: probe.recursion ? flagBit.rd : 0,
      questions: [{ name: owner, type, class: rrClass.IN }],
      edns: plainEdns(udpPayloadMax),
    }),
  );
}

function judgeOctets(question: DnsQuestion, octets: Uint8Array): DnsFinding {
  const decoded = decodeMessage(octets);
  if (decoded.ok) return judgeDns(question, decoded.value);
  return down(`the answer is malformed: ${decoded.error}`);
}

/** A question on a connection of its own; what the answer says is handed to `onFound` with the judgement. */
function makeTcpScript(question: DnsQuestion, message: Uint8Array, onFound: (finding: DnsFinding) => void): Script {
  const request = Buffer.from(framed(message));
  return {
    port: question.probe.port,
    tls: null,
    request,
    lastRequest: request,
    opened: (): Reply => {
      const frames = new FrameReader();
      return {
        take: (bytes): Judgement | null => {
          const reply = frames.take(bytes).find((octets) => isReplyTo(octets, message));
          if (reply === undefined) return null;
          const finding = judgeOctets(question, reply);
          onFound(finding);
          return finding.kind === "up" ? { ...finding, afterwards: "close" } : finding;
        },
        end: () => down("closed the connection without an answer", "reset"),
      };
    },
  };
}
