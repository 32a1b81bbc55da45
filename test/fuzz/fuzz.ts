/**
 * Mutated queries against the answering function, in this process. Each answer must be one: the query's number, QR,
 * its question as it was asked, no longer than allowed, readable by the strict decoder. A query that is itself an
 * answer gets none, and what the responder keeps stays bounded. All follows from the seed.
 */
import { createPrng, type Prng } from "../../src/base/prng.ts";
import { handedOver, Responder } from "../../src/dns/answer/responder.ts";
import { flagBit } from "../../src/dns/message.ts";
import { decodeMessage } from "../../src/dns/message-read.ts";
import { nameKey, textName } from "../../src/dns/name.ts";
import { Zone, ZoneTable } from "../../src/dns/zone.ts";
import { loadZone } from "../../src/dns/zone-load.ts";
import { answerOrigin, answerQuestions, answerZone } from "../interop/answer-zone.ts";
import { queryFor } from "../interop/dns-client.ts";
import { type Draft, Mutator } from "./mutate.ts";

export interface FuzzOptions {
  readonly count: number;
  readonly seed: number;
  /** One more answer is decoded by the strict decoder for each so many; the cheap checks are made for every one. */
  readonly decodeEvery: number;
  readonly onProgress?: (done: number) => void;
}

export interface FuzzOutcome {
  readonly answered: number;
  readonly silent: number;
  /** To those who answer transfers, NOTIFY, UPDATE and what is signed. */
  readonly handed: number;
  readonly byRcode: Readonly<Record<number, number>>;
}

/** A broken promise, with the query that broke it. */
export class FuzzFinding extends Error {
  override readonly name = "FuzzFinding";
}

const udpAnswerMax = 1232;
const progressEvery = 500_000;
const changeEvery = 1000;

function fuzzZones(): ZoneTable {
  const loaded = loadZone({ origin: textName(answerOrigin), text: answerZone, file: "zone" });
  if (!loaded.ok) throw new FuzzFinding("the zone for fuzzing does not load");
  const zone = new Zone(textName(answerOrigin));
  for (const set of loaded.value.zone.rrsets) zone.load(set);
  const zones = new ZoneTable();
  zones.set(zone);
  return zones;
}

function seedQueries(): Uint8Array[] {
  const cookie = { code: 10, data: Uint8Array.from({ length: 8 }, (_, at) => at) };
  const longCookie = { code: 10, data: Uint8Array.from({ length: 24 }, (_, at) => at) };
  return answerQuestions.flatMap(([name, type]) => [
    queryFor({ name, type }),
    queryFor({ name, type, udpOctets: 1232 }),
    queryFor({ name, type, udpOctets: 4096, options: [cookie, { code: 3, data: new Uint8Array(0) }] }),
    queryFor({ name, type, udpOctets: 600, options: [longCookie] }),
  ]);
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (octet) => octet.toString(16).padStart(2, "0")).join("");
}

/** A type, as its two octets, stands somewhere in the message. */
function holds(bytes: Uint8Array, type: number): boolean {
  return bytes.some((octet, at) => octet === 0 && bytes[at + 1] === type);
}

/** The most that this query allows an answer over UDP to be: what its OPT says, if it is readable. */
function allowance(query: Uint8Array): number {
  const decoded = decodeMessage(query);
  const edns = decoded.ok ? decoded.value.edns : null;
  return edns === null ? (decoded.ok ? 512 : udpAnswerMax) : Math.min(Math.max(edns.udpOctets, 512), udpAnswerMax);
}

function checkCheaply(query: Draft, answer: Uint8Array): string | null {
  const { bytes, length } = query;
  if (length < 12) return "an answer to less than a header";
  if ((bytes[2] as number) & 0x80) return "an answer to an answer";
  if (answer[0] !== bytes[0] || answer[1] !== bytes[1]) return "another number";
  if (((answer[2] as number) & 0x80) === 0) return "no QR bit";
  return answer.length > udpAnswerMax ? "too long for UDP" : null;
}

/** The question's name has no pointer. One in the first name of a message can only point into the header. */
function isPlainName(query: Uint8Array): boolean {
  let at = 12;
  while ((query[at] ?? 0xc0) < 0xc0 && query[at] !== 0) at += 1 + (query[at] as number);
  return query[at] === 0;
}

function checkDecoded(query: Draft, answer: Uint8Array): string | null {
  const sent = query.bytes.subarray(0, query.length);
  const decoded = decodeMessage(answer);
  if (!decoded.ok) return `a malformed answer: ${decoded.error}`;
  if (answer.length > allowance(sent)) return `${answer.length} octets, more than the client can take`;
  const { questions, flags } = decoded.value;
  if (flags & flagBit.ra) return "RA is set";
  const asked = decodeMessage(sent);
  if (asked.ok && asked.value.questions.length === 1 && questions.length === 1) {
    const [own] = asked.value.questions;
    if (own?.name !== questions[0]?.name || own?.type !== questions[0]?.type) return "another question";
  }
  if (asked.ok && asked.value.questions.length === 1 && questions.length === 0 && isPlainName(sent)) {
    return "no question in the answer";
  }
  return null;
}

class Fuzzer {
  private readonly zones = fuzzZones();
  private readonly responder: Responder;
  private readonly mutator: Mutator;
  private readonly prng: Prng;
  private readonly out = new Uint8Array(1500);
  private readonly byRcode: Record<number, number> = {};
  private readonly options: FuzzOptions;
  private answered = 0;
  private silent = 0;
  private handed = 0;
  private serial = 100;

  constructor(options: FuzzOptions) {
    this.options = options;
    this.prng = createPrng(options.seed);
    this.mutator = new Mutator(seedQueries(), this.prng);
    this.responder = new Responder({
      zones: this.zones,
      nsid: "fuzz",
      cookieSecret: new Uint8Array(16),
      nowSeconds: () => 1_700_000_000,
    });
  }

  run(): FuzzOutcome {
    const { count, onProgress } = this.options;
    for (let done = 1; done <= count; done++) {
      this.one(done);
      if (done % changeEvery === 0) this.changeZone();
      if (done % progressEvery === 0) onProgress?.(done);
    }
    return { answered: this.answered, silent: this.silent, handed: this.handed, byRcode: this.byRcode };
  }

  private one(number: number): void {
    const query = this.mutator.next();
    const client = { transport: "udp", address: () => new Uint8Array(4), reserved: 0 } as const;
    let length = 0;
    try {
      length = this.responder.respond(query.bytes.subarray(0, query.length), this.out, client);
    } catch (error) {
      this.report(query, number, `thrown: ${String(error)}`);
    }
    if (length === handedOver) return this.handOver(query, number);
    if (length === 0) {
      this.silent += 1;
      return;
    }
    this.answered += 1;
    const answer = this.out.subarray(0, length);
    const code = (answer[3] as number) & 15;
    this.byRcode[code] = (this.byRcode[code] ?? 0) + 1;
    const fault = checkCheaply(query, answer) ?? this.decodedFault(query, answer, number);
    if (fault !== null) this.report(query, number, fault);
  }

  /** What the responder leaves to others is a transfer, NOTIFY, UPDATE, or signed. */
  private handOver(query: Draft, number: number): void {
    this.handed += 1;
    const sent = query.bytes.subarray(0, query.length);
    const opcode = ((sent[2] ?? 0) >>> 3) & 15;
    if (opcode === 4 || opcode === 5 || holds(sent, 0xfa) || holds(sent, 0xfb) || holds(sent, 0xfc)) return;
    this.report(query, number, "handed over, though there is nothing special about it");
  }

  private decodedFault(query: Draft, answer: Uint8Array, number: number): string | null {
    return number % this.options.decodeEvery === 0 ? checkDecoded(query, answer) : null;
  }

  private report(query: Draft, number: number, fault: string): never {
    const sent = hex(query.bytes.subarray(0, query.length));
    throw new FuzzFinding(`query ${number} of seed ${this.options.seed}: ${fault}\n${sent}`);
  }

  /** Moves the serial, and now and then a delegation, so that kept answers must be made again. */
  private changeZone(): void {
    this.serial += 1;
    const origin = textName(answerOrigin);
    const owner = textName("moving.example.org");
    const rdata = [Uint8Array.from(textName("ns.example.net."), (octet) => octet.charCodeAt(0))];
    const put = this.prng.int(2) === 0 ? [{ owner, type: 2, ttlSeconds: 30, rdata }] : [];
    const remove = put.length === 0 ? [{ owner, type: 2 }] : [];
    const applied = this.zones.apply({ origin, serial: this.serial, layer: "pools", put, remove });
    if (!applied.ok) throw new FuzzFinding(applied.error);
    const names = this.zones.get(nameKey(origin))?.names ?? 0;
    if (this.responder.keptQuestions > names * 300) throw new FuzzFinding("the responder keeps too much");
  }
}

export function runFuzz(options: FuzzOptions): FuzzOutcome {
  return new Fuzzer(options).run();
}
