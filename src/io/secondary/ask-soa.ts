/**
 * A primary's SOA, asked over UDP, then over TCP when nothing came, signed when there is a key. Only an authoritative
 * answer counts: a server that merely remembers the zone would have us turn in circles.
 */
import type { Endpoint } from "../../core/model.ts";
import { flagBit, makeMessage, type Message, rcode, rcodeText } from "../../dns/message.ts";
import { decodeMessage } from "../../dns/message-read.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { nameKey } from "../../dns/name.ts";
import { readSoa } from "../../dns/rdata/index.ts";
import { rrClass, rrType } from "../../dns/rr-types.ts";
import { signMessage, type TsigKey } from "../../dns/tsig.ts";
import { verifyAnswer } from "../../dns/tsig-stream.ts";
import type { Name } from "../../dns/types.ts";
import type { FaultKind, SoaOutcome } from "../../roles/secondary/events.ts";
import { ask, type Transport } from "../dns-client/ask.ts";
import { newMessageId } from "../dns-client/query-id.ts";
import { nodeHmac } from "../hmac.ts";

export interface AskSoa {
  readonly origin: Name;
  readonly primary: Endpoint;
  readonly key: TsigKey | null;
  /** For each of the two ways. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/** Never rejects. */
export async function askSoa(question: AskSoa): Promise<SoaOutcome> {
  const outcome = await askOver(question, "udp");
  const silent = outcome.kind === "fault" && outcome.fault.kind === "silent" && !question.signal.aborted;
  return silent ? askOver(question, "tcp") : outcome;
}

function fault(kind: FaultKind, reason: string): SoaOutcome {
  return { kind: "fault", fault: { kind, reason } };
}

async function askOver(question: AskSoa, transport: Transport): Promise<SoaOutcome> {
  const { key, origin, primary, signal, timeoutMs } = question;
  const questions = [{ name: origin, type: rrType.SOA, class: rrClass.IN }];
  const message = encodeMessage(makeMessage({ id: newMessageId(), questions }));
  const signed =
    key === null ? null : signMessage({ message, key, hmac: nodeHmac, nowSeconds: nowSeconds(), requestMac: null });
  const octets = signed?.octets ?? message;
  const outcome = await ask({ endpoint: primary, message: octets, transport, timeoutMs, signal });
  if (outcome.kind !== "answer") return fault("silent", outcome.reason);
  if (signed === null || key === null) return readAnswer(outcome.octets, origin);
  const verified = verifyAnswer({
    key,
    hmac: nodeHmac,
    requestMac: signed.mac,
    message: outcome.octets,
    nowSeconds: nowSeconds(),
  });
  return verified.kind === "ok" ? readAnswer(verified.unsigned, origin) : fault("refused", verified.reason);
}

function nowSeconds(): number {
  return Date.now() / 1000;
}

function readAnswer(octets: Uint8Array, origin: Name): SoaOutcome {
  const decoded = decodeMessage(octets);
  if (!decoded.ok) return fault("refused", `its answer is malformed: ${decoded.error}`);
  const message = decoded.value;
  if (message.rcode !== rcode.NOERROR) return fault("refused", `it answered ${rcodeText(message.rcode)}`);
  if ((message.flags & flagBit.aa) === 0) return fault("refused", "it is not authoritative for the zone");
  const soa = findSoa(message, origin);
  return soa === null ? fault("refused", "it has no SOA for the zone") : { kind: "soa", soa };
}

function findSoa({ answers }: Message, origin: Name): ReturnType<typeof readSoa> {
  const key = nameKey(origin);
  const found = answers.find(({ owner, type }) => type === rrType.SOA && nameKey(owner) === key);
  return found === undefined ? null : readSoa(found.rdata);
}
