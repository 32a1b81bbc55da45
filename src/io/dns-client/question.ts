/** One question to one nameserver, signed where there is a key, and its answer as data. */
import type { Heard } from "../../core/audit.ts";
import type { Endpoint } from "../../core/model.ts";
import { flagBit, makeMessage, plainEdns, rcode } from "../../dns/message.ts";
import { decodeMessage } from "../../dns/message-read.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { udpPayloadMax } from "../../dns/edns.ts";
import { rrClass } from "../../dns/rr-types.ts";
import { signMessage, type TsigKey } from "../../dns/tsig.ts";
import { verifyAnswer } from "../../dns/tsig-stream.ts";
import type { SetKey } from "../../dns/types.ts";
import { nodeHmac } from "../hmac.ts";
import { ask, type Transport } from "./ask.ts";
import { newMessageId } from "./query-id.ts";

export interface AskQuestion extends SetKey {
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly edns: boolean;
  /** Default: none. */
  readonly key?: TsigKey | null;
  readonly recursionDesired: boolean;
  readonly timeoutMs: number;
  /** Over UDP: asked again so often, each time for `timeoutMs`. 1: once. */
  readonly tries: number;
  readonly signal?: AbortSignal | undefined;
}

/** Never rejects. */
export async function askQuestion(question: AskQuestion): Promise<Heard> {
  let heard = await askOnce(question);
  for (let left = question.tries - 1; left > 0 && heard.kind === "silent" && isOpen(question); left--) {
    heard = await askOnce(question);
  }
  return heard;
}

function isOpen({ signal }: AskQuestion): boolean {
  return signal?.aborted !== true;
}

async function askOnce(question: AskQuestion): Promise<Heard> {
  const { endpoint, key = null, transport, timeoutMs, signal } = question;
  const plain = encodeMessage(
    makeMessage({
      id: newMessageId(),
      flags: question.recursionDesired ? flagBit.rd : 0,
      questions: [{ name: question.owner, type: question.type, class: rrClass.IN }],
      edns: question.edns ? plainEdns(udpPayloadMax) : null,
    }),
  );
  const signed =
    key === null
      ? null
      : signMessage({ key, hmac: nodeHmac, nowSeconds: Date.now() / 1000, message: plain, requestMac: null });
  const outcome = await ask({ endpoint, message: signed?.octets ?? plain, transport, timeoutMs, signal });
  if (outcome.kind !== "answer") return outcome;
  const decoded = decodeMessage(outcome.octets);
  if (!decoded.ok) return { kind: "malformed", reason: `the answer is malformed: ${decoded.error}` };
  // A refusal may be unsigned, since the key is unknown there.
  if (key === null || signed === null || decoded.value.rcode !== rcode.NOERROR) {
    return { kind: "answer", message: decoded.value };
  }
  const nowSeconds = Date.now() / 1000;
  const verdict = verifyAnswer({ key, hmac: nodeHmac, requestMac: signed.mac, message: outcome.octets, nowSeconds });
  if (verdict.kind === "ok") return { kind: "answer", message: decoded.value };
  return { kind: "malformed", reason: verdict.reason };
}
