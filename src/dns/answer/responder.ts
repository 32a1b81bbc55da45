/**
 * From a query's octets to the answer's: the one function that every query goes through, over UDP and TCP alike.
 *
 * The usual query (one question, perhaps a bare OPT, a name asked for before) is answered by a scan, a look-up and a
 * copy, without a new object. Everything else takes the longer way through `plan`, `compile` and the error answers.
 * Nothing here throws for what a client sends.
 */
import { type CookieContext, clientCookieOctets, isServerCookieFresh, makeServerCookie } from "../cookie.ts";
import {
  type EdnsQuery,
  noEdns,
  optHeaderOctets,
  optRecord,
  readQueryRecords,
  resetEdns,
  udpPayloadMax,
  udpPayloadMin,
  writePlainOpt,
} from "../edns.ts";
import { rcode } from "../message.ts";
import { readName } from "../name.ts";
import { isMetaType, rrClass, rrType } from "../rr-types.ts";
import type { ExtendedError, Name } from "../types.ts";
import type { ZoneTable } from "../zone.ts";
import { chaosAnswer } from "./chaos.ts";
import { CompiledAnswer, type Cut, cutToFit, questionStart, type Variant } from "./compile.ts";
import { Counters } from "./counters.ts";
import type { AnswerPlan } from "./plan.ts";
import { QuestionTable, lowerCase } from "./question-table.ts";
import { notAuthoritative, planAnswer } from "./resolve.ts";
import { ShapeCache } from "./shape-cache.ts";

/** Who asks, as far as the answer depends on it. */
export interface Client {
  readonly transport: "udp" | "tcp";
  /** 4 or 16 octets, for cookies. Read only when a query carries one. */
  address(): Uint8Array;
}

export interface ResponderOptions {
  readonly zones: ZoneTable;
  /** Answered to the NSID option and to id.server; null: neither. */
  readonly nsid: string | null;
  readonly cookieSecret: Uint8Array;
  /** Seconds since 1970, for cookies. */
  readonly nowSeconds: () => number;
}

/** QTYPE and QCLASS behind the name. */
const questionTail = 4;
/** RFC 8914, 4.22: not supported. */
const notSupported: ExtendedError = { code: 21, text: "" };

export class Responder {
  readonly counters = new Counters();
  private readonly zones: ZoneTable;
  private readonly nsid: string | null;
  private readonly nsidOctets: Uint8Array | null;
  private readonly cookieSecret: Uint8Array;
  private readonly nowSeconds: () => number;
  private readonly questions = new QuestionTable();
  private readonly shapes = new ShapeCache();
  private readonly edns: EdnsQuery = noEdns();
  /** The question with its name in lower case, and its hash: results of `scan`. */
  private readonly key = new Uint8Array(512);
  private hash = 0;
  private generation = -1;

  constructor(options: ResponderOptions) {
    this.zones = options.zones;
    this.nsid = options.nsid;
    this.nsidOctets = options.nsid === null ? null : new TextEncoder().encode(options.nsid);
    this.cookieSecret = options.cookieSecret;
    this.nowSeconds = options.nowSeconds;
  }

  /** Questions whose answers are kept compiled. */
  get keptQuestions(): number {
    return this.questions.size;
  }

  /**
   * Answers the query in the first `length` octets of `query`. Writes into `out`, which has room for a whole message
   * of the client's transport, and returns the answer's length; 0: say nothing.
   */
  respond(query: Uint8Array, length: number, out: Uint8Array, client: Client): number {
    // Too short to answer, or itself an answer: silence, or two servers could talk for ever.
    if (length < questionStart || (query[2] as number) & 0x80) {
      this.counters.dropped += 1;
      return 0;
    }
    const edns = this.edns;
    resetEdns(edns);
    if (((query[2] as number) & 0x78) !== 0) return this.answerOpcode(query, length, out, client);
    const end = this.hasOneQuestion(query) ? this.scan(query, length) : -1;
    if (end < 0) return this.answerError(query, 0, out, client, rcode.FORMERR);
    if (!this.readRest(query, end, length)) return this.answerError(query, end, out, client, rcode.FORMERR);
    if (edns.version !== 0) return this.answerError(query, end, out, client, rcode.BADVERS);
    if (edns.signed) return this.answerError(query, end, out, client, rcode.NOTAUTH);
    return this.answerQuestion(query, end, out, client);
  }

  /** RFC 9619: a query has one question. */
  private hasOneQuestion(query: Uint8Array): boolean {
    return query[4] === 0 && query[5] === 1;
  }

  /** Reads the question into `key` and `hash`; its end, or -1 when it is malformed or compressed. */
  private scan(query: Uint8Array, length: number): number {
    let at = questionStart;
    let size = query[at] as number;
    const last = length - questionTail;
    while (size !== 0) {
      at += size + 1;
      if (size > 63 || at >= last) return -1;
      size = query[at] as number;
    }
    const end = at + 1 + questionTail;
    if (end > length || at - questionStart > 254) return -1;
    const key = this.key;
    let hash = 0x2f6e2b1;
    for (let i = questionStart, j = 0; i <= at; i++, j++) {
      const octet = lowerCase[query[i] as number] as number;
      key[j] = octet;
      hash = Math.imul(hash ^ octet, 0x01000193);
    }
    for (let i = at + 1, j = at + 1 - questionStart; i < end; i++, j++) {
      const octet = query[i] as number;
      key[j] = octet;
      hash = Math.imul(hash ^ octet, 0x01000193);
    }
    this.hash = hash ^ (hash >>> 15);
    return end;
  }

  /**
   * Reads what stands behind the question: usually nothing, or an OPT without options. A query has no answer section;
   * in the authority section IXFR has a SOA (RFC 1995, 3).
   */
  private readRest(query: Uint8Array, end: number, length: number): boolean {
    if (query[6] !== 0 || query[7] !== 0) return false;
    const additional = ((query[10] as number) << 8) | (query[11] as number);
    const authority = ((query[8] as number) << 8) | (query[9] as number);
    if (additional === 0 && authority === 0) return end === length;
    const edns = this.edns;
    if (additional === 1 && authority === 0 && length === end + optHeaderOctets && this.isBareOpt(query, end)) {
      edns.present = true;
      const payload = ((query[end + 3] as number) << 8) | (query[end + 4] as number);
      edns.payload = payload < udpPayloadMin ? udpPayloadMin : payload;
      edns.dnssecOk = ((query[end + 7] as number) & 0x80) !== 0;
      return true;
    }
    return readQueryRecords(edns, query, { at: end, end: length, records: authority + additional });
  }

  private isBareOpt(query: Uint8Array, at: number): boolean {
    const isOpt = query[at] === 0 && query[at + 1] === 0 && query[at + 2] === rrType.OPT;
    return isOpt && query[at + 6] === 0 && query[at + 9] === 0 && query[at + 10] === 0;
  }

  private answerQuestion(query: Uint8Array, end: number, out: Uint8Array, client: Client): number {
    const type = ((query[end - 4] as number) << 8) | (query[end - 3] as number);
    if (this.generation !== this.zones.generation) this.forget();
    const octets = end - questionStart;
    let answer = this.questions.get(this.key, octets, this.hash);
    if (answer === undefined || !answer.fresh) {
      const klass = ((query[end - 2] as number) << 8) | (query[end - 1] as number);
      const made = this.make(query, end, type, klass);
      if (typeof made === "number") return this.answerError(query, end, out, client, made);
      answer = made;
    }
    this.counters.count(type, client.transport, answer.rcode);
    return this.write(query, end, out, client, answer);
  }

  private forget(): void {
    this.questions.clear();
    this.shapes.clear();
    this.generation = this.zones.generation;
  }

  /** Compiles the answer to a question that is not kept, or gives the rcode of a refusal. */
  private make(query: Uint8Array, end: number, type: number, klass: number): CompiledAnswer | number {
    const name = readName(query.subarray(0, end), questionStart)?.name;
    if (name === undefined) return rcode.FORMERR;
    if (klass === rrClass.CH) return chaosAnswer(this.zones, name, type, this.nsid) ?? rcode.REFUSED;
    if (klass !== rrClass.IN) return rcode.REFUSED;
    if (type === rrType.AXFR || type === rrType.IXFR) return rcode.REFUSED;
    if (isMetaType(type) && type !== rrType.ANY) return rcode.NOTIMP;
    const plan = planAnswer(this.zones, name, type);
    return plan === null ? rcode.REFUSED : this.compile(plan, name, end - questionStart);
  }

  /** Compiles a plan and keeps the result for as many questions as it is the answer to. */
  private compile(plan: AnswerPlan, name: Name, octets: number): CompiledAnswer {
    const reuse = plan.reuse;
    if (reuse.kind === "suffix") {
      return this.shapes.get(reuse.of, reuse.key, name.length) ?? this.shapes.set(plan, reuse, name);
    }
    const answer = new CompiledAnswer(plan, name);
    if (reuse.kind === "question") this.questions.set(this.key, octets, this.hash, answer);
    return answer;
  }

  /** Copies header, question and answer, adds OPT, and cuts what does not fit. */
  private write(query: Uint8Array, end: number, out: Uint8Array, client: Client, answer: CompiledAnswer): number {
    const edns = this.edns;
    const variant = answer.next();
    const room = this.room(out, client);
    const plain = edns.present && !edns.nsid && edns.cookieStart < 0 && answer.extendedError === null;
    const opt = edns.present && !plain ? this.opt(query, client, answer.rcode, answer.extendedError) : null;
    const optOctets = plain ? optHeaderOctets : opt === null ? 0 : opt.length;
    const left = room - end - optOctets;
    const cut = variant.whole.end <= left ? variant.whole : this.cut(variant, left);
    this.writeHead(query, out, cut, { answer, opt: edns.present });
    for (let at = questionStart; at < end; at++) out[at] = query[at] as number;
    let at = copy(variant.bytes, cut.end, out, end);
    if (plain) return writePlainOpt(out, at, edns.dnssecOk);
    if (opt === null) return at;
    out.set(opt, at);
    at += opt.length;
    return at;
  }

  private cut(variant: Variant, room: number): Cut {
    const cut = cutToFit(variant, room);
    if (cut.truncated) this.counters.truncated += 1;
    return cut;
  }

  private room(out: Uint8Array, client: Client): number {
    if (client.transport === "tcp") return out.length;
    const payload = this.edns.payload;
    return payload < udpPayloadMax ? payload : udpPayloadMax;
  }

  private writeHead(
    query: Uint8Array,
    out: Uint8Array,
    cut: Cut,
    head: { readonly answer: CompiledAnswer; readonly opt: boolean },
  ): void {
    const additionals = cut.additionals + (head.opt ? 1 : 0);
    out[0] = query[0] as number;
    out[1] = query[1] as number;
    // QR, RD as it came, AA and TC. RA stays clear: there is no recursion here.
    out[2] = 0x80 | ((query[2] as number) & 1) | (head.answer.authoritative ? 4 : 0) | (cut.truncated ? 2 : 0);
    out[3] = ((query[3] as number) & 0x10) | (head.answer.rcode & 15);
    out[4] = 0;
    out[5] = 1;
    out[6] = cut.answers >>> 8;
    out[7] = cut.answers & 0xff;
    out[8] = cut.authorities >>> 8;
    out[9] = cut.authorities & 0xff;
    out[10] = additionals >>> 8;
    out[11] = additionals & 0xff;
  }

  /** The OPT record of an answer that carries options. */
  private opt(query: Uint8Array, client: Client, code: number, extendedError: ExtendedError | null): Uint8Array {
    const edns = this.edns;
    return optRecord({
      extendedRcode: code,
      dnssecOk: edns.dnssecOk,
      nsid: edns.nsid ? this.nsidOctets : null,
      cookie: edns.cookieStart < 0 ? null : this.cookie(query, client),
      extendedError,
    });
  }

  /** The client's cookie and a server cookie: the one it sent when that is still good, else a new one. */
  private cookie(query: Uint8Array, client: Client): Uint8Array {
    const { cookieStart, cookieOctets } = this.edns;
    const sent = query.slice(cookieStart, cookieStart + cookieOctets);
    const context: CookieContext = {
      secret: this.cookieSecret,
      address: client.address(),
      nowSeconds: this.nowSeconds(),
    };
    if (isServerCookieFresh(context, sent, sent.subarray(clientCookieOctets))) return sent;
    const cookie = new Uint8Array(clientCookieOctets * 3);
    cookie.set(sent.subarray(0, clientCookieOctets));
    cookie.set(makeServerCookie(context, sent), clientCookieOctets);
    return cookie;
  }

  /** Opcodes other than QUERY: NOTIMP, with the question if there is a readable one. */
  private answerOpcode(query: Uint8Array, length: number, out: Uint8Array, client: Client): number {
    const end = this.hasOneQuestion(query) ? this.scan(query, length) : -1;
    if (end > 0 && !this.readRest(query, end, length)) resetEdns(this.edns);
    return this.answerError(query, Math.max(end, 0), out, client, rcode.NOTIMP);
  }

  /** An answer that is only a header, the question (`end` 0: none) and OPT. */
  private answerError(query: Uint8Array, end: number, out: Uint8Array, client: Client, code: number): number {
    const edns = this.edns;
    this.counters.count(
      end === 0 ? 0 : ((query[end - 4] as number) << 8) | (query[end - 3] as number),
      client.transport,
      code,
    );
    const behind = end === 0 ? questionStart : end;
    out.fill(0, 0, questionStart);
    out[0] = query[0] as number;
    out[1] = query[1] as number;
    out[2] = 0x80 | ((query[2] as number) & 0x79);
    out[3] = ((query[3] as number) & 0x10) | (code & 15);
    out[5] = end === 0 ? 0 : 1;
    for (let at = questionStart; at < behind; at++) out[at] = query[at] as number;
    if (!edns.present) return behind;
    if (edns.cookieStart >= 0 && code === rcode.FORMERR) edns.cookieStart = -1;
    const opt = this.opt(query, client, code, this.remark(query, end, code));
    out[11] = 1;
    out.set(opt, behind);
    return behind + opt.length;
  }

  /** The extended error of a refusal. */
  private remark(query: Uint8Array, end: number, code: number): ExtendedError | null {
    if (code === rcode.NOTIMP) return notSupported;
    if (code !== rcode.REFUSED || end === 0) return null;
    const type = ((query[end - 4] as number) << 8) | (query[end - 3] as number);
    const klass = ((query[end - 2] as number) << 8) | (query[end - 1] as number);
    const supported = klass === rrClass.IN && type !== rrType.AXFR && type !== rrType.IXFR;
    return supported ? notAuthoritative : notSupported;
  }
}

/** Answers up to this size are copied octet by octet: below it a call into the runtime costs more. */
const shortCopy = 96;

function copy(from: Uint8Array, length: number, to: Uint8Array, at: number): number {
  if (length > shortCopy) to.set(length === from.length ? from : from.subarray(0, length), at);
  else for (let i = 0; i < length; i++) to[at + i] = from[i] as number;
  return at + length;
}
