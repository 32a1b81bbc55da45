/**
 * Reads a query into a few fields that are used again for the next one: the end of the question, the question as a
 * key (its name in lower case) with its hash, and what OPT says. The usual query is read without a new object.
 */
import { type EdnsQuery, noEdns, optHeaderOctets, readQueryRecords, resetEdns, udpPayloadMin } from "../edns.ts";
import { rrType } from "../rr-types.ts";
import { questionStart } from "./compile.ts";
import { lowerCase } from "./question-table.ts";

/** QTYPE and QCLASS behind the name. */
const questionTail = 4;
/** Where a hash starts; any odd number of many bits will do. */
const hashSeed = 0x2f6e2b1;
/** The prime of 32-bit FNV-1a. */
const hashPrime = 0x01000193;
/** RFC 1035, 2.3.4, without the final zero. */
const labelsOctetsMax = 254;

export class QueryReader {
  octets: Uint8Array = new Uint8Array(questionStart);
  /** The offset behind the question; 0 when there is none that can be read. */
  end = 0;
  readonly edns: EdnsQuery = noEdns();
  /** The question's octets with the name in lower case; the first `keyOctets` count. */
  readonly key = new Uint8Array(512);
  hash = 0;
  /** True for a query without a question, by which a client asks for nothing but a cookie (RFC 7873, 5.4). */
  asksForCookie = false;

  get keyOctets(): number {
    return this.end - questionStart;
  }

  get type(): number {
    return this.end === 0 ? 0 : ((this.octets[this.end - 4] as number) << 8) | (this.octets[this.end - 3] as number);
  }

  get klass(): number {
    return this.end === 0 ? 0 : ((this.octets[this.end - 2] as number) << 8) | (this.octets[this.end - 1] as number);
  }

  /** Reads a query of at least a header. False: FORMERR; then `end` and `edns` hold what was found before the fault. */
  read(query: Uint8Array): boolean {
    this.octets = query;
    this.end = 0;
    this.asksForCookie = false;
    resetEdns(this.edns);
    // RFC 9619: a query has one question.
    if (query[4] === 0 && query[5] === 1) return this.readQuestion() && this.readRest(this.end);
    if (query[4] === 0 && query[5] === 0) this.readCookieAlone();
    return false;
  }

  private readCookieAlone(): void {
    const { edns } = this;
    const isPlain = this.readRest(questionStart) && edns.version === 0 && !edns.signed;
    this.asksForCookie = isPlain && edns.cookieStart >= 0;
  }

  /** False when the question is cut off, too long, or compressed. */
  private readQuestion(): boolean {
    const query = this.octets;
    const last = query.length - questionTail;
    let at = questionStart;
    if (at >= last) return false;
    let size = query[at] as number;
    while (size !== 0) {
      at += size + 1;
      if (size > 63 || at >= last) return false;
      size = query[at] as number;
    }
    if (at - questionStart > labelsOctetsMax) return false;
    this.end = at + 1 + questionTail;
    this.makeKey(at);
    return true;
  }

  /** `nameEnd` is the offset of the name's final zero. */
  private makeKey(nameEnd: number): void {
    const { octets: query, key, end } = this;
    let hash = hashSeed;
    for (let at = questionStart; at < end; at++) {
      const raw = query[at] as number;
      const octet = at < nameEnd ? (lowerCase[raw] as number) : raw;
      key[at - questionStart] = octet;
      hash = Math.imul(hash ^ octet, hashPrime);
    }
    this.hash = hash ^ (hash >>> 15);
  }

  /**
   * Reads what stands behind the question: usually nothing, or an OPT without options. A query has no answer section;
   * in the authority section IXFR has a SOA (RFC 1995, 3).
   */
  private readRest(end: number): boolean {
    const { octets: query, edns } = this;
    if (query[6] !== 0 || query[7] !== 0) return false;
    const authority = ((query[8] as number) << 8) | (query[9] as number);
    const additional = ((query[10] as number) << 8) | (query[11] as number);
    if (additional === 0 && authority === 0) return end === query.length;
    if (additional !== 1 || authority !== 0 || !this.isBareOpt(end)) {
      return readQueryRecords(edns, query, { at: end, end: query.length, authority, additional });
    }
    const payload = ((query[end + 3] as number) << 8) | (query[end + 4] as number);
    edns.present = true;
    edns.payload = payload < udpPayloadMin ? udpPayloadMin : payload;
    edns.dnssecOk = ((query[end + 7] as number) & 0x80) !== 0;
    return true;
  }

  /** An OPT of version 0 without options, and nothing behind it. */
  private isBareOpt(end: number): boolean {
    const { octets: query } = this;
    if (query.length !== end + optHeaderOctets) return false;
    const isOpt = query[end] === 0 && query[end + 1] === 0 && query[end + 2] === rrType.OPT;
    return isOpt && query[end + 6] === 0 && query[end + 9] === 0 && query[end + 10] === 0;
  }
}
