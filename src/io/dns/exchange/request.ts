/**
 * A message that was handed over, decoded and with its signature verified, and the ways to answer it: whole answers are
 * signed as the request was (RFC 8945, 5.3), streams of messages each over the one before.
 */
import { flagBit, type Message, makeMessage, plainEdns } from "../../../dns/message.ts";
import { encodeMessage } from "../../../dns/message-write.ts";
import { nameKey, nameText } from "../../../dns/name.ts";
import { ednsOption, extendedErrorData, udpPayloadMax, udpPayloadMin } from "../../../dns/edns.ts";
import { signMessage, type TsigKey, tsigOctets } from "../../../dns/tsig.ts";
import { TsigStreamSigner } from "../../../dns/tsig-stream.ts";
import type { ExtendedError, NameKey } from "../../../dns/types.ts";
import { nodeHmac } from "../../hmac.ts";
import { keyWord, type Speaker } from "./access.ts";
import type { Carrier } from "./carrier.ts";

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}

export class ExchangeRequest {
  /** Without signature. */
  readonly octets: Uint8Array;
  readonly message: Message;
  readonly carrier: Carrier;
  readonly speaker: Speaker;
  private readonly signature: { readonly key: TsigKey; readonly mac: Uint8Array } | null;

  constructor(parts: {
    readonly octets: Uint8Array;
    readonly message: Message;
    readonly carrier: Carrier;
    /** Null: it was not signed. */
    readonly signature: { readonly key: TsigKey; readonly mac: Uint8Array } | null;
  }) {
    this.octets = parts.octets;
    this.message = parts.message;
    this.carrier = parts.carrier;
    this.signature = parts.signature;
    const key = parts.signature === null ? null : keyWord(parts.signature.key);
    this.speaker = { address: parts.carrier.address, key };
  }

  /** The name in the question or zone section; null without exactly one. */
  get origin(): NameKey | null {
    const [question, second] = this.message.questions;
    return question === undefined || second !== undefined ? null : nameKey(question.name);
  }

  /** Who asks, for logs: `192.0.2.53 with key transfer`. */
  get who(): string {
    const { address, key } = this.speaker;
    return key === null ? address : `${address} with key ${key}`;
  }

  /** The zone in question, for logs. */
  get zoneText(): string {
    const origin = this.origin;
    return origin === null ? "?" : nameText(origin);
  }

  /** Octets that a signature adds to each message of the answer. */
  get reserved(): number {
    return this.signature === null ? 0 : tsigOctets(this.signature.key);
  }

  /** The most that an unsigned answer over UDP may have. */
  get udpRoom(): number {
    const asked = this.message.edns?.udpOctets ?? udpPayloadMin;
    return Math.min(Math.max(asked, udpPayloadMin), udpPayloadMax) - this.reserved;
  }

  /** Sends an answer of one message. */
  answer(octets: Uint8Array): void {
    if (this.signature === null) return this.carrier.send(octets);
    const { key, mac } = this.signature;
    const signed = signMessage({ message: octets, key, hmac: nodeHmac, nowSeconds: nowSeconds(), requestMac: mac });
    this.carrier.send(signed.octets);
  }

  /** Sends an answer that is a code and nothing else, with the reason if the client can read one. */
  answerCode(code: number, reason: ExtendedError | null = null): void {
    const { edns, id, opcode, questions, flags } = this.message;
    const options = reason === null ? [] : [{ code: ednsOption.EXTENDED_ERROR, data: extendedErrorData(reason) }];
    const parts: Partial<Message> = {
      id,
      opcode,
      rcode: code,
      flags: flagBit.qr | (flags & flagBit.rd),
      questions,
      edns: edns === null ? null : plainEdns(udpPayloadMax, options),
    };
    this.answer(encodeMessage(makeMessage(parts)));
  }

  /** What signs, or leaves alone, the messages of a stream in their order. */
  startStream(): (octets: Uint8Array) => Uint8Array {
    if (this.signature === null) return (octets) => octets;
    const { key, mac } = this.signature;
    const signer = new TsigStreamSigner({ key, hmac: nodeHmac, requestMac: mac });
    return (octets) => signer.sign(octets, nowSeconds());
  }
}
