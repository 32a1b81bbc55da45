/**
 * From a query's octets to the answer's: the one function that every query goes through, over UDP and TCP alike.
 *
 * The usual query (one question, perhaps a bare OPT, a name asked for before) is answered by a scan, a look-up and a
 * copy, without a new object. Everything else takes the longer way through `resolve`, `compile` and the error answers.
 * Nothing here throws for what a client sends.
 */
import { type CookieContext, clientCookieOctets, isServerCookieFresh, makeServerCookie } from "../cookie.ts";
import { optHeaderOctets, optRecord, udpPayloadMax, writePlainOpt } from "../edns.ts";
import { rcode } from "../message.ts";
import { readName } from "../name.ts";
import { isMetaType, rrClass, rrType } from "../rr-types.ts";
import type { ExtendedError, Name } from "../types.ts";
import type { ZoneTable } from "../zone.ts";
import { chaosAnswer } from "./chaos.ts";
import { CompiledAnswer, type Cut, cutToFit, questionStart, type Variant } from "./compile.ts";
import { Counters } from "./counters.ts";
import type { AnswerPlan } from "./plan.ts";
import { QueryReader } from "./query-reader.ts";
import { QuestionTable } from "./question-table.ts";
import { notAuthoritative, planAnswer } from "./resolve.ts";
import { ShapeCache } from "./shape-cache.ts";

/** Who asks, as far as the answer depends on it. */
export interface Client {
  readonly transport: "udp" | "tcp";
  /** 4 or 16 octets, for cookies. Read only when a query carries one. */
  address(): Uint8Array;
  /** Octets of the message that are not the answer's: a signature's. */
  readonly reserved: number;
}

export interface ResponderOptions {
  readonly zones: ZoneTable;
  /** Answered to the NSID option and to id.server; null: neither. */
  readonly nsid: string | null;
  readonly cookieSecret: Uint8Array;
  /** Seconds since 1970, for cookies. */
  readonly nowSeconds: () => number;
}

/** RFC 8914, 4.22: not supported. */
const notSupported: ExtendedError = { code: 21, text: "" };
/** What `respond` returns for a message that somebody else answers, with signatures, streams, or a decision. */
export const handedOver = -1;
/** The opcode's bits in the third octet of a header. */
const opcodeBits = 0x78;
/** NOTIFY (RFC 1996) and UPDATE (RFC 2136) there. */
const notifyBits = 4 << 3;
const updateBits = 5 << 3;

export class Responder {
  readonly counters = new Counters();
  private readonly options: ResponderOptions;
  private readonly zones: ZoneTable;
  private readonly nsidOctets: Uint8Array | null;
  private readonly questions = new QuestionTable();
  private readonly shapes = new ShapeCache();
  private readonly query = new QueryReader();
  private generation = -1;
  /** Of the query that is being answered. */
  private client: Client = { transport: "udp", address: () => new Uint8Array(4), reserved: 0 };
  private out: Uint8Array = new Uint8Array(0);

  constructor(options: ResponderOptions) {
    this.options = options;
    this.zones = options.zones;
    this.nsidOctets = options.nsid === null ? null : new TextEncoder().encode(options.nsid);
  }

  /** Questions whose answers are kept compiled. */
  get keptQuestions(): number {
    return this.questions.size;
  }

  /**
   * Answers a query. Writes into `out`, which has room for a whole message of the client's transport, and returns the
   * answer's length; 0: say nothing; `handedOver`: a transfer, NOTIFY, UPDATE, or something signed, and nothing written.
   */
  respond(query: Uint8Array, out: Uint8Array, client: Client): number {
    // Too short to answer, or itself an answer: silence, or two servers could talk for ever.
    if (query.length < questionStart || (query[2] as number) & 0x80) {
      this.counters.dropped += 1;
      return 0;
    }
    this.client = client;
    this.out = out;
    const readable = this.query.read(query);
    const { edns } = this.query;
    if (((query[2] as number) & opcodeBits) !== 0) return this.answerOpcode((query[2] as number) & opcodeBits);
    if (!readable) return this.answerError(this.query.asksForCookie ? rcode.NOERROR : rcode.FORMERR);
    if (edns.version !== 0) return this.answerError(rcode.BADVERS);
    if (edns.signed) return handedOver;
    return this.answerQuestion();
  }

  private answerOpcode(bits: number): number {
    return bits === notifyBits || bits === updateBits ? handedOver : this.answerError(rcode.NOTIMP);
  }

  private answerQuestion(): number {
    const query = this.query;
    if (this.generation !== this.zones.generation) this.forget();
    let answer = this.questions.get(query.key, query.keyOctets, query.hash);
    if (answer === undefined || !answer.fresh) {
      const made = this.make();
      if (made === handedOver) return handedOver;
      if (typeof made === "number") return this.answerError(made);
      answer = made;
    }
    this.counters.count(query.type, this.client.transport, answer.rcode);
    return this.write(answer);
  }

  private forget(): void {
    this.questions.clear();
    this.shapes.clear();
    this.generation = this.zones.generation;
  }

  /** Compiles the answer to a question that is not kept, or gives the rcode of a refusal, or `handedOver`. */
  private make(): CompiledAnswer | number {
    const { octets, end, type, klass } = this.query;
    const name = readName(octets.subarray(0, end), questionStart)?.name;
    if (name === undefined) return rcode.FORMERR;
    if (klass === rrClass.CH) {
      return chaosAnswer({ mark: this.zones, name, type, identity: this.options.nsid }) ?? rcode.REFUSED;
    }
    if (klass !== rrClass.IN) return rcode.REFUSED;
    if (type === rrType.AXFR || type === rrType.IXFR) return handedOver;
    if (isMetaType(type) && type !== rrType.ANY) return rcode.NOTIMP;
    const plan = planAnswer(this.zones, name, type);
    return plan === null ? rcode.REFUSED : this.compile(plan, name);
  }

  /** Compiles a plan and keeps the result for as many questions as it is the answer to. */
  private compile(plan: AnswerPlan, name: Name): CompiledAnswer {
    const reuse = plan.reuse;
    if (reuse.kind === "suffix") {
      return this.shapes.get(reuse.of, reuse.key, name.length) ?? this.shapes.set(plan, reuse, name);
    }
    const answer = new CompiledAnswer(plan, name);
    if (reuse.kind === "question") this.questions.set(this.query, answer);
    return answer;
  }

  /** Copies header, question and answer, adds OPT, and cuts what does not fit. */
  private write(answer: CompiledAnswer): number {
    const { edns, end } = this.query;
    const variant = answer.next();
    const plain = edns.present && !edns.nsid && edns.cookieStart < 0 && answer.extendedError === null;
    const opt = edns.present && !plain ? this.opt(answer.rcode, answer.extendedError) : null;
    const optOctets = plain ? optHeaderOctets : opt === null ? 0 : opt.length;
    const room = this.room() - end - optOctets;
    const cut = variant.whole.end <= room ? variant.whole : this.cut(variant, room);
    this.writeHead(answer, cut);
    const at = copyOctets(this.out, end, { octets: variant.bytes, length: cut.end });
    if (plain) return writePlainOpt(this.out, at, edns.dnssecOk);
    if (opt === null) return at;
    this.out.set(opt, at);
    return at + opt.length;
  }

  private cut(variant: Variant, room: number): Cut {
    const cut = cutToFit(variant, room);
    if (cut.truncated) this.counters.truncated += 1;
    return cut;
  }

  private room(): number {
    const { reserved, transport } = this.client;
    if (transport === "tcp") return this.out.length - reserved;
    const { payload } = this.query.edns;
    return (payload < udpPayloadMax ? payload : udpPayloadMax) - reserved;
  }

  /** The header, and the question as it came. */
  private writeHead(answer: CompiledAnswer, cut: Cut): void {
    const { octets: query, end, edns } = this.query;
    const out = this.out;
    const additionals = cut.additionals + (edns.present ? 1 : 0);
    out[0] = query[0] as number;
    out[1] = query[1] as number;
    // QR, RD as it came, AA and TC. RA stays clear: there is no recursion here.
    out[2] = 0x80 | ((query[2] as number) & 1) | (answer.authoritative ? 4 : 0) | (cut.truncated ? 2 : 0);
    out[3] = ((query[3] as number) & 0x10) | (answer.rcode & 15);
    out[4] = 0;
    out[5] = 1;
    out[6] = cut.answers >>> 8;
    out[7] = cut.answers & 0xff;
    out[8] = cut.authorities >>> 8;
    out[9] = cut.authorities & 0xff;
    out[10] = additionals >>> 8;
    out[11] = additionals & 0xff;
    for (let at = questionStart; at < end; at++) out[at] = query[at] as number;
  }

  /** The OPT record of an answer that carries options. */
  private opt(code: number, extendedError: ExtendedError | null): Uint8Array {
    const { edns } = this.query;
    return optRecord({
      extendedRcode: code,
      dnssecOk: edns.dnssecOk,
      nsid: edns.nsid ? this.nsidOctets : null,
      cookie: edns.cookieStart < 0 ? null : this.cookie(),
      extendedError,
    });
  }

  /** The client's cookie and a server cookie: the one it sent when that is still good, else a new one. */
  private cookie(): Uint8Array {
    const { cookieStart, cookieOctets } = this.query.edns;
    const sent = this.query.octets.subarray(cookieStart, cookieStart + cookieOctets);
    const context: CookieContext = {
      secret: this.options.cookieSecret,
      address: this.client.address(),
      nowSeconds: this.options.nowSeconds(),
    };
    if (isServerCookieFresh(context, sent, sent.subarray(clientCookieOctets))) return sent;
    const cookie = new Uint8Array(clientCookieOctets * 3);
    cookie.set(sent.subarray(0, clientCookieOctets));
    cookie.set(makeServerCookie(context, sent), clientCookieOctets);
    return cookie;
  }

  /** An answer that is only a header, the question if there is a readable one, and OPT. */
  private answerError(code: number): number {
    const { octets: query, edns, end, type } = this.query;
    const out = this.out;
    this.counters.count(type, this.client.transport, code);
    const behind = end === 0 ? questionStart : end;
    out.fill(0, 0, questionStart);
    out[0] = query[0] as number;
    out[1] = query[1] as number;
    out[2] = 0x80 | ((query[2] as number) & 0x79);
    out[3] = ((query[3] as number) & 0x10) | (code & 15);
    out[5] = end === 0 ? 0 : 1;
    for (let at = questionStart; at < behind; at++) out[at] = query[at] as number;
    if (!edns.present) return behind;
    const opt = this.opt(code, this.remark(code));
    out[11] = 1;
    out.set(opt, behind);
    return behind + opt.length;
  }

  /** The extended error of a refusal. */
  private remark(code: number): ExtendedError | null {
    if (code === rcode.NOTIMP) return notSupported;
    if (code !== rcode.REFUSED) return null;
    return this.query.klass === rrClass.IN ? notAuthoritative : notSupported;
  }
}

/** Answers up to this size are copied octet by octet: below it a call into the runtime costs more. */
const shortCopy = 96;

/** Copies the first `length` octets to `at` and returns the offset behind them. */
function copyOctets(to: Uint8Array, at: number, from: { octets: Uint8Array; length: number }): number {
  const { octets, length } = from;
  if (length > shortCopy) to.set(length === octets.length ? octets : octets.subarray(0, length), at);
  else for (let i = 0; i < length; i++) to[at + i] = octets[i] as number;
  return at + length;
}
