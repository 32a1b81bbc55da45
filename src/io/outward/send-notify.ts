/** Sends one NOTIFY (RFC 1996, 3.7), signed if the secondary has a key, and says what came of it. */
import type { Endpoint } from "../../core/model.ts";
import { rcode, type ResourceRecord } from "../../dns/message.ts";
import { encodeNotify } from "../../dns/notify.ts";
import { readU16 } from "../../dns/octets.ts";
import { replaceSoaSerial } from "../../dns/rdata/index.ts";
import { signMessage, type TsigKey } from "../../dns/tsig.ts";
import { verifyAnswer } from "../../dns/tsig-stream.ts";
import type { Name } from "../../dns/types.ts";
import { ask } from "../dns-client/ask.ts";
import { newMessageId } from "../dns-client/query-id.ts";
import { nodeHmac } from "../hmac.ts";

/** A secondary answers before it transfers anything. */
const answerMsMax = 2000;

export interface NotifyRequest {
  readonly origin: Name;
  readonly serial: number;
  /** The zone's SOA as it was last seen, which becomes the hint that spares the secondary a question; null: no hint. */
  readonly soa: ResourceRecord | null;
  readonly endpoint: Endpoint;
  readonly key: TsigKey | null;
  readonly signal: AbortSignal;
}

export type NotifyOutcome =
  | { readonly kind: "answered"; readonly rcode: number }
  | { readonly kind: "silent"; readonly reason: string };

export async function sendNotify(request: NotifyRequest): Promise<NotifyOutcome> {
  const { origin, serial, soa, endpoint, key, signal } = request;
  const hint = soa === null ? null : { ttlSeconds: soa.ttlSeconds, rdata: replaceSoaSerial(soa.rdata, serial) };
  const plain = encodeNotify({ id: newMessageId(), origin, soa: hint });
  const nowSeconds = Date.now() / 1000;
  const signing = { hmac: nodeHmac, nowSeconds };
  const signed = key === null ? null : signMessage({ ...signing, message: plain, key, requestMac: null });
  const message = signed?.octets ?? plain;
  const outcome = await ask({ endpoint, message, transport: "udp", timeoutMs: answerMsMax, signal });
  if (outcome.kind !== "answer") return { kind: "silent", reason: outcome.reason };
  const code = readU16(outcome.octets, 2) & 15;
  // A refusal may be unsigned: the secondary does not know the key. It is worth no more than a line in the log.
  if (key === null || signed === null || code !== rcode.NOERROR) return { kind: "answered", rcode: code };
  const verdict = verifyAnswer({
    key,
    hmac: nodeHmac,
    requestMac: signed.mac,
    message: outcome.octets,
    nowSeconds: Date.now() / 1000,
  });
  return verdict.kind === "ok" ? { kind: "answered", rcode: code } : { kind: "silent", reason: verdict.reason };
}
