/** Sends one NOTIFY (RFC 1996, 3.7), signed if the secondary has a key, and says what came of it. */
import type { Endpoint } from "../../core/model.ts";
import { flagBit, makeMessage, rcode } from "../../dns/message.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { readU16 } from "../../dns/octets.ts";
import { rrClass, rrType } from "../../dns/rr-types.ts";
import { signMessage, type TsigKey } from "../../dns/tsig.ts";
import { verifyAnswer } from "../../dns/tsig-stream.ts";
import type { Name } from "../../dns/types.ts";
import { ask } from "../dns-client/ask.ts";
import { newMessageId } from "../dns-client/query-id.ts";
import { nodeHmac } from "../hmac.ts";

const opcodeNotify = 4;
/** A secondary answers before it transfers anything. */
const answerMsMax = 2000;

export interface NotifyRequest {
  readonly origin: Name;
  readonly endpoint: Endpoint;
  readonly key: TsigKey | null;
  readonly signal: AbortSignal;
}

export type NotifyOutcome =
  | { readonly kind: "answered"; readonly rcode: number }
  | { readonly kind: "silent"; readonly reason: string };

export async function sendNotify({ origin, endpoint, key, signal }: NotifyRequest): Promise<NotifyOutcome> {
  const question = { name: origin, type: rrType.SOA, class: rrClass.IN };
  const plain = encodeMessage(
    makeMessage({ id: newMessageId(), opcode: opcodeNotify, flags: flagBit.aa, questions: [question] }),
  );
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
