/**
 * What the fast path of answers leaves alone: transfers, NOTIFY, UPDATE, and everything that is signed. A message is
 * verified first (RFC 8945, 5.2), then goes to the file of its opcode. Nothing here throws for what a client sends.
 */
import { type Message, rcode } from "../../../dns/message.ts";
import { decodeMessage } from "../../../dns/message-read.ts";
import { nameText, readName } from "../../../dns/name.ts";
import { readU16 } from "../../../dns/octets.ts";
import { rrClass, rrType } from "../../../dns/rr-types.ts";
import { answerRefusal, type TsigRefusal, verifyRequest } from "../../../dns/tsig.ts";
import type { Name } from "../../../dns/types.ts";
import { nodeHmac } from "../../hmac.ts";
import type { Carrier, MessageTaker } from "./carrier.ts";
import type { ExchangeCount } from "./counts.ts";
import { answerNotify } from "./notify.ts";
import type { ExchangeParts } from "./parts.ts";
import { answerQuery } from "./query.ts";
import { ExchangeRequest, nowSeconds } from "./request.ts";
import { TransferDesk } from "./transfer.ts";
import { UpdateDoor } from "./update.ts";

const opcode = { query: 0, notify: 4, update: 5 } as const;

const errorCounts: Readonly<Record<TsigRefusal["error"], ExchangeCount>> = {
  [rcode.FORMERR]: "tsig_malformed",
  [rcode.BADSIG]: "tsig_badsig",
  [rcode.BADKEY]: "tsig_badkey",
  [rcode.BADTIME]: "tsig_badtime",
  [rcode.BADTRUNC]: "tsig_badsig",
};

export class Exchange implements MessageTaker {
  readonly updates: UpdateDoor;
  private readonly transfers: TransferDesk;
  private readonly parts: ExchangeParts;

  constructor(parts: ExchangeParts) {
    this.parts = parts;
    this.updates = new UpdateDoor(parts);
    this.transfers = new TransferDesk(parts);
  }

  get takesUpdates(): boolean {
    return this.parts.zones.access.takesUpdates;
  }

  take(octets: Uint8Array, carrier: Carrier): void {
    const { keys } = this.parts.zones.access;
    const verdict = verifyRequest({ message: octets, keys, hmac: nodeHmac, nowSeconds: nowSeconds() });
    if (verdict.kind === "refused") return this.refuse(octets, carrier, verdict);
    const unsigned = verdict.kind === "ok" ? verdict.unsigned : octets;
    // A forwarder may have given it another number than the signed one (RFC 8945, 5.2): its own is what it waits for.
    unsigned.set(octets.subarray(0, 2));
    const decoded = decodeMessage(unsigned);
    if (!decoded.ok) return carrier.send(malformedAnswer(octets));
    const signature = verdict.kind === "ok" ? verdict : null;
    this.dispatch(new ExchangeRequest({ octets: unsigned, message: decoded.value, carrier, signature }));
  }

  private refuse(request: Uint8Array, carrier: Carrier, refusal: TsigRefusal): void {
    const { counts, remarks } = this.parts;
    counts.add(errorCounts[refusal.error]);
    const what = refusedText(request, refusal);
    remarks.remark(`A signed message from ${carrier.address} was refused: ${what}${refusal.reason}.`);
    carrier.send(answerRefusal({ request, refusal, hmac: nodeHmac, nowSeconds: nowSeconds() }));
  }

  private dispatch(request: ExchangeRequest): void {
    const { message } = request;
    if (message.opcode === opcode.notify) return answerNotify(request, this.parts);
    if (message.opcode === opcode.update) return this.updates.take(request);
    if (message.opcode === opcode.query && isTransfer(message)) return this.transfers.take(request);
    answerQuery(request, this.parts.responder);
  }
}

/** `transfer of example.org. with key xfr (hmac-sha256): `, as far as it can be read. */
function refusedText(request: Uint8Array, { record }: TsigRefusal): string {
  if (record === null) return "";
  const name = readName(request, 12);
  const zone = name === null ? "" : ` of ${nameText(name.name)}`;
  const signed = ` with key ${bareText(record.name)} (${bareText(record.algorithm)})`;
  return `${kindText(request, name?.end ?? 0)}${zone}${signed}: `;
}

function kindText(request: Uint8Array, questionEnd: number): string {
  const code = ((request[2] ?? 0) >>> 3) & 15;
  if (code === opcode.update) return "UPDATE";
  if (code === opcode.notify) return "NOTIFY";
  const type = readU16(request, questionEnd);
  return type === rrType.AXFR || type === rrType.IXFR ? "transfer" : "query";
}

function bareText(name: Name): string {
  return nameText(name).replace(/\.$/, "");
}

function isTransfer({ questions }: Message): boolean {
  const [question, second] = questions;
  if (question === undefined || second !== undefined || question.class !== rrClass.IN) return false;
  return question.type === rrType.AXFR || question.type === rrType.IXFR;
}

/** FORMERR with nothing but a header. */
function malformedAnswer(request: Uint8Array): Uint8Array {
  const answer = new Uint8Array(12);
  answer.set(request.subarray(0, 3));
  answer[2] = 0x80 | ((request[2] ?? 0) & 0x79);
  answer[3] = rcode.FORMERR;
  return answer;
}
