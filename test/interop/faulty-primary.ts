/**
 * A primary of example.org that speaks the real protocol over real sockets, and lies, breaks off, falls silent or has a
 * wrong clock when a test says so: what real servers do only when something is broken.
 */
import { createSocket, type Socket as UdpSocket } from "node:dgram";
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import type { Endpoint } from "../../src/core/model.ts";
import { flagBit, makeMessage, type Message, rcode } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { textName } from "../../src/dns/name.ts";
import { rrClass, rrType } from "../../src/dns/rr-types.ts";
import { axfrMessages, ixfrMessages } from "../../src/dns/transfer/answer.ts";
import { KeyRing, signMessage, type TsigKey, verifyRequest } from "../../src/dns/tsig.ts";
import { TsigStreamSigner } from "../../src/dns/tsig-stream.ts";
import type { RRset, ZoneDelta } from "../../src/dns/types.ts";
import { loadZone } from "../../src/dns/zone-load.ts";
import { recordsOf } from "../../src/dns/zone-records.ts";
import { FrameReader, framed } from "../../src/io/dns-client/frames.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import { freePort } from "../fakes/free-port.ts";
import { messagesOf } from "../fakes/transfer-messages.ts";

export const faultyOrigin = textName("example.org");

/** The sets of a zone that is given as text. */
export function setsOf(zone: string): readonly RRset[] {
  const loaded = loadZone({ origin: faultyOrigin, text: zone, file: "zone" });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value.zone.rrsets;
}

export class FaultyPrimary {
  readonly endpoint: Endpoint;
  sets: readonly RRset[] = [];
  /** Another SOA for those who ask for it. */
  claimed: RRset | null = null;
  soaRcode: number = rcode.NOERROR;
  axfrRcode: number = rcode.NOERROR;
  /** What IXFR is answered with; null: the whole zone; a number: that rcode. */
  differences: readonly ZoneDelta[] | number | null = null;
  /** Octets of a transfer after which the connection ends. */
  cutAfter: number | null = null;
  silent = false;
  key: TsigKey | null = null;
  skewSeconds = 0;
  /** Changes the messages of a transfer, after they were signed. */
  mangle: (message: Uint8Array) => Uint8Array = (message) => message;
  /** What was asked, in order: `SOA`, `AXFR`, `IXFR`. */
  readonly asked: string[] = [];
  readonly #udp: UdpSocket;
  readonly #tcp: Server;
  readonly #open = new Set<Socket>();

  private constructor(port: number) {
    this.endpoint = { address: "127.0.0.1", port };
    this.#udp = createSocket("udp4");
    this.#udp.on("message", (message, from) => {
      for (const answer of this.#answer(new Uint8Array(message))) this.#udp.send(answer, from.port, from.address);
    });
    this.#tcp = createServer((socket) => this.#serve(socket));
  }

  static async start(zone: string): Promise<FaultyPrimary> {
    const primary = new FaultyPrimary(await freePort());
    primary.sets = setsOf(zone);
    const { address, port } = primary.endpoint;
    primary.#udp.bind(port, address);
    primary.#tcp.listen(port, address);
    await Promise.all([once(primary.#udp, "listening"), once(primary.#tcp, "listening")]);
    return primary;
  }

  async close(): Promise<void> {
    for (const socket of this.#open) socket.destroy();
    await Promise.all([
      new Promise<void>((resolve) => this.#udp.close(() => resolve())),
      new Promise<void>((resolve) => this.#tcp.close(() => resolve())),
    ]);
  }

  #serve(socket: Socket): void {
    const frames = new FrameReader();
    this.#open.add(socket);
    socket.on("close", () => this.#open.delete(socket));
    socket.on("error", () => undefined);
    socket.on("data", (chunk) => {
      for (const message of frames.take(chunk)) this.#send(socket, this.#answer(message));
    });
  }

  #send(socket: Socket, messages: Iterable<Uint8Array>): void {
    let left = this.cutAfter ?? Number.POSITIVE_INFINITY;
    for (const message of messages) {
      const octets = framed(message);
      socket.write(octets.subarray(0, Math.min(left, octets.length)));
      left -= octets.length;
      if (left <= 0) return socket.destroySoon();
    }
  }

  *#answer(message: Uint8Array): Generator<Uint8Array> {
    if (this.silent) return;
    const nowSeconds = Date.now() / 1000;
    const verdict =
      this.key === null ? null : verifyRequest({ message, keys: new KeyRing([this.key]), hmac: nodeHmac, nowSeconds });
    if (verdict !== null && verdict.kind !== "ok") throw new Error(`the request is not signed: ${verdict.kind}`);
    const decoded = decodeMessage(verdict?.unsigned ?? message);
    if (!decoded.ok) throw new Error(decoded.error);
    const type = decoded.value.questions[0]?.type;
    this.asked.push(type === rrType.SOA ? "SOA" : type === rrType.IXFR ? "IXFR" : "AXFR");
    const plain =
      type === rrType.SOA ? [this.#soa(decoded.value)] : this.#transfer(decoded.value, type === rrType.IXFR);
    const signedAt = nowSeconds + this.skewSeconds;
    if (verdict === null) return yield* this.#mangled(plain, type);
    const parts = { key: verdict.key, hmac: nodeHmac, requestMac: verdict.mac };
    const signer = new TsigStreamSigner(parts);
    const single = (one: Uint8Array): Uint8Array =>
      signMessage({ message: one, nowSeconds: signedAt, ...parts }).octets;
    for (const one of plain) {
      const signed = type === rrType.SOA ? single(one) : signer.sign(one, signedAt);
      yield type === rrType.SOA ? signed : this.mangle(signed);
    }
  }

  *#mangled(messages: Iterable<Uint8Array>, type: number | undefined): Generator<Uint8Array> {
    for (const message of messages) yield type === rrType.SOA ? message : this.mangle(message);
  }

  #soa({ id, questions }: Message): Uint8Array {
    const [own] = this.sets;
    const records = this.soaRcode !== rcode.NOERROR ? [] : recordsOf(this.claimed ?? (own as RRset));
    const answers = records.map((record) => ({ ...record, class: rrClass.IN }));
    return encodeMessage(makeMessage({ id, questions, answers, rcode: this.soaRcode, flags: flagBit.qr | flagBit.aa }));
  }

  #transfer({ id, questions }: Message, incremental: boolean): Iterable<Uint8Array> {
    const [question] = questions;
    const [soa] = this.sets.flatMap(recordsOf);
    if (question === undefined || soa === undefined) throw new Error("there is nothing to transfer");
    const refused = (code: number): Uint8Array[] => [
      encodeMessage(makeMessage({ id, questions, rcode: code, flags: flagBit.qr })),
    ];
    const frame = { id, question, edns: false };
    const { differences } = this;
    if (incremental && typeof differences === "number") return refused(differences);
    if (incremental && differences !== null && typeof differences !== "number") {
      return messagesOf(ixfrMessages({ soa, deltas: differences }, frame));
    }
    return this.axfrRcode === rcode.NOERROR ? messagesOf(axfrMessages(this.sets, frame)) : refused(this.axfrRcode);
  }
}
