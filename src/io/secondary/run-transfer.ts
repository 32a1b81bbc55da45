/**
 * One transfer from one primary: the request goes, signed when there is a key, the messages come, each is verified and
 * read, and nothing counts before the last is right (RFC 5936, RFC 1995, RFC 8945).
 */
import { ok, fail, type Result } from "../../base/result.ts";
import { soaRdata } from "../../dns/rdata/index.ts";
import { makeMessage } from "../../dns/message.ts";
import { encodeMessage } from "../../dns/message-write.ts";
import { root } from "../../dns/name.ts";
import { rrClass, rrType } from "../../dns/rr-types.ts";
import { serialGreater } from "../../dns/serial.ts";
import { TransferReader, type TransferFault, type TransferResult } from "../../dns/transfer/reader.ts";
import { signMessage } from "../../dns/tsig.ts";
import { type AnswerVerdict, TsigStreamVerifier } from "../../dns/tsig-stream.ts";
import type { PrimaryFault } from "../../roles/secondary/events.ts";
import { newMessageId } from "../dns-client/query-id.ts";
import { receive, ReceiveFailure } from "../dns-client/receive.ts";
import { nodeHmac } from "../hmac.ts";
import type { TransferJob } from "./protocol.ts";

/** A whole zone, or differences: everything else that a primary may answer is a fault here. */
export type Transferred = Extract<TransferResult, { kind: "full" | "differences" }>;

export interface TransferFailure {
  /** Differences are of no use; the whole zone may be. */
  readonly whole: boolean;
  readonly fault: PrimaryFault;
}

interface Sent {
  readonly id: number;
  readonly octets: Uint8Array;
  readonly verifier: Pick<TsigStreamVerifier, "accept" | "complete">;
}

const unsigned: Sent["verifier"] = {
  complete: true,
  accept: (message): AnswerVerdict => ({ kind: "ok", signed: false, unsigned: message }),
};

/** RFC 1995, 3: the serial that we have stands in a SOA of the authority section. */
function encodeRequest(id: number, { from, origin }: TransferJob): Uint8Array {
  const type = from === null ? rrType.AXFR : rrType.IXFR;
  const times = { refreshSeconds: 0, retrySeconds: 0, expireSeconds: 0, minimumSeconds: 0 };
  const authorities =
    from === null
      ? []
      : [
          {
            owner: origin,
            type: rrType.SOA,
            class: rrClass.IN,
            ttlSeconds: 0,
            rdata: soaRdata({ mname: root, rname: root, serial: from, ...times }),
          },
        ];
  return encodeMessage(makeMessage({ id, questions: [{ name: origin, type, class: rrClass.IN }], authorities }));
}

function prepare(job: TransferJob): Sent {
  const id = newMessageId();
  const message = encodeRequest(id, job);
  if (job.key === null) return { id, octets: message, verifier: unsigned };
  const { key } = job;
  const { mac, octets } = signMessage({ message, key, hmac: nodeHmac, nowSeconds: nowSeconds(), requestMac: null });
  return { id, octets, verifier: new TsigStreamVerifier({ key, hmac: nodeHmac, requestMac: mac }) };
}

function nowSeconds(): number {
  return Date.now() / 1000;
}

function failure(kind: PrimaryFault["kind"], reason: string, whole = false): Result<Transferred, TransferFailure> {
  return fail({ whole, fault: { kind, reason } });
}

/** Never rejects. */
export async function runTransfer(
  job: TransferJob,
  signal: AbortSignal,
): Promise<Result<Transferred, TransferFailure>> {
  const limit = AbortSignal.timeout(job.times.wholeMs);
  const { id, octets, verifier } = prepare(job);
  const reader = new TransferReader({ id, origin: job.origin, serial: job.from, datagram: false });
  const asked = { endpoint: job.primary, message: octets, silenceMsMax: job.times.silenceMs };
  try {
    for await (const message of receive({ ...asked, signal: AbortSignal.any([signal, limit]) })) {
      const verdict = verifier.accept(message, nowSeconds());
      if (verdict.kind === "refused") return failure("refused", verdict.reason);
      const read = reader.read(verdict.unsigned);
      if (!read.ok) return refused(read.error, job);
      if (read.value === null) continue;
      return verifier.complete ? judge(read.value, job) : failure("refused", "the last message is not signed");
    }
    return failure("silent", reader.cutOff().sentence);
  } catch (error) {
    if (!(error instanceof ReceiveFailure)) throw error;
    if (limit.aborted) return failure("silent", `the transfer took longer than ${job.times.wholeMs / 1000} s`);
    return failure("silent", `${error.failure.reason}; ${reader.cutOff().sentence}`);
  }
}

/** Differences that a primary does not give, or that contradict what is held, leave the whole zone to be asked for. */
function refused(
  { rcode: code, sentence }: TransferFault,
  { from }: TransferJob,
): Result<Transferred, TransferFailure> {
  return failure(code === null ? "false" : "refused", sentence, from !== null);
}

function judge(result: TransferResult, { from, promised }: TransferJob): Result<Transferred, TransferFailure> {
  const { serial } = result;
  if (result.kind === "over-tcp" || result.kind === "current") {
    const clause = `it claimed serial ${promised} and has nothing newer than ${from ?? 0}`;
    return failure("false", clause, from !== null);
  }
  if (serialGreater(promised, serial)) {
    return failure("false", `it claimed serial ${promised} and delivered ${serial}`, from !== null);
  }
  return ok(result);
}
