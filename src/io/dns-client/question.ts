/** One question to one nameserver, and its answer as data. */
import type { Heard } from "../../core/audit.ts";
import type { Endpoint } from "../../core/model.ts";
import { flagBit, makeMessage, plainEdns } from "../../dns/message.ts";
import { decodeMessage } from "../../dns/message-read.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { udpPayloadMax } from "../../dns/edns.ts";
import { rrClass } from "../../dns/rr-types.ts";
import type { SetKey } from "../../dns/types.ts";
import { ask, type Transport } from "./ask.ts";
import { newMessageId } from "./query-id.ts";

export interface AskQuestion extends SetKey {
  readonly endpoint: Endpoint;
  readonly transport: Transport;
  readonly edns: boolean;
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
  const { endpoint, transport, timeoutMs, signal } = question;
  const message = encodeMessage(
    makeMessage({
      id: newMessageId(),
      flags: question.recursionDesired ? flagBit.rd : 0,
      questions: [{ name: question.owner, type: question.type, class: rrClass.IN }],
      edns: question.edns ? plainEdns(udpPayloadMax) : null,
    }),
  );
  const outcome = await ask({ endpoint, message, transport, timeoutMs, signal });
  if (outcome.kind !== "answer") return outcome;
  const decoded = decodeMessage(outcome.octets);
  if (decoded.ok) return { kind: "answer", message: decoded.value };
  return { kind: "malformed", reason: `the answer is malformed: ${decoded.error}` };
}
