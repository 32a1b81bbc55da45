/**
 * Whole DNS messages as data (RFC 1035, 4; EDNS RFC 6891), for clients, transfers, tests and as an oracle beside the
 * server, which answers on a path of its own. RDATA is uncompressed here; `message-write.ts` compresses and
 * `message-read.ts` expands it.
 */
import { root } from "./name.ts";
import { rrClass } from "./rr-types.ts";
import type { Name } from "./types.ts";

export const headerOctets = 12;
/** The length of a message over TCP has 16 bits (RFC 1035, 4.2.2). */
export const messageOctetsMax = 0xffff;

/** With extended codes: those of EDNS, which carries their upper eight bits, and those of TSIG (RFC 8945, 3). */
export const rcode = {
  NOERROR: 0,
  FORMERR: 1,
  SERVFAIL: 2,
  NXDOMAIN: 3,
  NOTIMP: 4,
  REFUSED: 5,
  YXDOMAIN: 6,
  YXRRSET: 7,
  NXRRSET: 8,
  NOTAUTH: 9,
  NOTZONE: 10,
  BADVERS: 16,
  /** In TSIG, where it shares its number with BADVERS. */
  BADSIG: 16,
  BADKEY: 17,
  BADTIME: 18,
  BADTRUNC: 22,
  BADCOOKIE: 23,
} as const;

const rcodeTexts: ReadonlyMap<number, string> = new Map(Object.entries(rcode).map(([text, code]) => [code, text]));

export function rcodeText(code: number): string {
  return rcodeTexts.get(code) ?? `rcode ${code}`;
}

/** Bits of the second header word. */
export const flagBit = {
  qr: 0x8000,
  aa: 0x0400,
  tc: 0x0200,
  rd: 0x0100,
  ra: 0x0080,
  z: 0x0040,
  ad: 0x0020,
  cd: 0x0010,
};

export interface Question {
  readonly name: Name;
  readonly type: number;
  readonly class: number;
}

export interface ResourceRecord {
  readonly owner: Name;
  readonly type: number;
  readonly class: number;
  /** 32 bits as they stand in the message. */
  readonly ttlSeconds: number;
  readonly rdata: Uint8Array;
}

export interface EdnsOption {
  readonly code: number;
  readonly data: Uint8Array;
}

export interface Edns {
  /** The largest UDP payload that the sender can take. */
  readonly udpOctets: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: readonly EdnsOption[];
}

export interface Message {
  readonly id: number;
  /** `flagBit`s, ored. */
  readonly flags: number;
  readonly opcode: number;
  /** With the upper bits from EDNS. */
  readonly rcode: number;
  readonly questions: readonly Question[];
  readonly answers: readonly ResourceRecord[];
  readonly authorities: readonly ResourceRecord[];
  /** Without OPT, which is `edns`. */
  readonly additionals: readonly ResourceRecord[];
  readonly edns: Edns | null;
}

/** A message with everything empty except what is given. */
export function makeMessage(parts: Partial<Message>): Message {
  const empty = { id: 0, flags: 0, opcode: 0, rcode: 0, edns: null };
  return { ...empty, questions: [], answers: [], authorities: [], additionals: [], ...parts };
}

/** A query for one name and type. */
export function makeQuery(id: number, name: Name, type: number): Message {
  return makeMessage({ id, flags: flagBit.rd, questions: [{ name, type, class: rrClass.IN }] });
}

/** EDNS as a client sends it. */
export function plainEdns(udpOctets: number, options: readonly EdnsOption[] = []): Edns {
  return { udpOctets, version: 0, dnssecOk: false, options };
}

/** The owner that an OPT record must have (RFC 6891, 6.1.2). */
export const optOwner: Name = root;
