/**
 * TSIG (RFC 8945): messages signed with a secret that both sides know. The signature covers the message, the key's name
 * and the time; an answer's covers the request's signature too, so that it answers that request and no other.
 *
 * Here are keys, the signing of any message, and a server's view of requests; a client's view of answers, and answers
 * of many messages, are in `tsig-stream.ts`. The hash comes in as a function, the time as a number.
 */
import { assert } from "../base/assert.ts";
import { emptyAnswer } from "./empty-answer.ts";
import { messageOctetsMax, rcode } from "./message.ts";
import { nameKey, textName } from "./name.ts";
import { OctetWriter, readU16 } from "./octets.ts";
import { readTsig, type TsigRecord, tsigRecordOctets, withoutTsig, withTsig, writeU48 } from "./tsig-record.ts";
import { rrClass } from "./rr-types.ts";
import type { Name, NameKey } from "./types.ts";

export type KeyAlgorithm = "hmac-sha256" | "hmac-sha384" | "hmac-sha512";

/** HMAC (RFC 2104) with the hash of the algorithm, whole. */
export type Hmac = (algorithm: KeyAlgorithm, key: Uint8Array, data: Uint8Array) => Uint8Array;

export interface TsigKey {
  readonly name: Name;
  readonly algorithm: KeyAlgorithm;
  readonly secret: Uint8Array;
}

/** RFC 8945, 10: the recommended distance that clocks may have. */
export const fudgeSecondsUsual = 300;

const algorithms: Readonly<Record<KeyAlgorithm, { readonly name: NameKey; readonly octets: number }>> = {
  "hmac-sha256": { name: nameKey(textName("hmac-sha256.")), octets: 32 },
  "hmac-sha384": { name: nameKey(textName("hmac-sha384.")), octets: 48 },
  "hmac-sha512": { name: nameKey(textName("hmac-sha512.")), octets: 64 },
};

/** Keys by name, whatever its case. */
export class KeyRing {
  private readonly keys: ReadonlyMap<NameKey, TsigKey>;

  constructor(keys: readonly TsigKey[]) {
    this.keys = new Map(keys.map((key) => [nameKey(key.name), key]));
  }

  get(name: Name): TsigKey | undefined {
    return this.keys.get(nameKey(name));
  }
}

/** Octets that signing adds to a message, so that room is left for them. */
export function tsigOctets(key: TsigKey): number {
  const { name, octets } = algorithms[key.algorithm];
  return tsigRecordOctets(key.name, name, octets);
}

/** True when the record names the key and its algorithm. */
export function isSignedWith(record: TsigRecord, key: TsigKey): boolean {
  return record.name === nameKey(key.name) && record.algorithm === algorithms[key.algorithm].name;
}

/** What of a record goes into the signature besides the message. */
export type TsigVariables = Pick<TsigRecord, "timeSigned" | "fudgeSeconds" | "error" | "other">;

/** RFC 8945, 4.3: what is put into the hash. Of later messages of a stream only the times (5.3.1). */
export interface Digest {
  readonly key: TsigKey;
  readonly hmac: Hmac;
  /** The signature that this one continues: of the request, or of the message before; null: none. */
  readonly priorMac: Uint8Array | null;
  /** Without TSIG. */
  readonly messages: readonly Uint8Array[];
  readonly variables: TsigVariables;
  readonly timersOnly: boolean;
}

/** The whole MAC. */
export function tsigMac({ key, hmac, priorMac, messages, variables, timersOnly }: Digest): Uint8Array {
  const out = new OctetWriter(1024);
  if (priorMac !== null) {
    out.u16(priorMac.length);
    out.octets(priorMac);
  }
  for (const message of messages) out.octets(message);
  if (!timersOnly) {
    out.text(nameKey(key.name));
    out.u16(rrClass.ANY);
    out.u32(0);
    out.text(algorithms[key.algorithm].name);
  }
  writeU48(out, variables.timeSigned);
  out.u16(variables.fudgeSeconds);
  if (!timersOnly) {
    out.u16(variables.error);
    out.u16(variables.other.length);
    out.octets(variables.other);
  }
  return hmac(key.algorithm, key.secret, out.finish());
}

/** Compares in a time that tells nothing of where two MACs differ. Their lengths are no secret. */
function sameMac(a: Uint8Array, b: Uint8Array): boolean {
  let different = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) different |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return different === 0;
}

export type TsigError = typeof rcode.BADSIG | typeof rcode.BADKEY | typeof rcode.BADTIME | typeof rcode.BADTRUNC;

/**
 * Whether a record's MAC is that of the digest, in the order of RFC 8945, 5.2: null when it is. Of a MAC that was cut,
 * what there is must be right before the cutting is refused, as BIND does for keys that do not ask for it (5.2.4);
 * FORMERR is one under the least length (5.2.2.1), or longer than the hash.
 */
export function judgeMac(record: TsigRecord, mac: Uint8Array): TsigError | typeof rcode.FORMERR | null {
  const size = record.mac.length;
  if (size > mac.length || size < Math.max(10, mac.length / 2)) return rcode.FORMERR;
  if (!sameMac(record.mac, mac.subarray(0, size))) return rcode.BADSIG;
  return size < mac.length ? rcode.BADTRUNC : null;
}

/** True when the signing lies within the fudge of now. */
export function isTimely(record: TsigRecord, nowSeconds: number): boolean {
  return Math.abs(nowSeconds - record.timeSigned) <= record.fudgeSeconds;
}

/** A request that must not be served, with what its answer needs. */
export interface TsigRefusal {
  readonly kind: "refused";
  /** FORMERR: there is no TSIG record that could be answered with one. */
  readonly error: TsigError | typeof rcode.FORMERR;
  /** For logs. */
  readonly reason: string;
  readonly record: TsigRecord | null;
  /** The key that answers are signed with; null where they must not be (BADKEY, BADSIG). */
  readonly key: TsigKey | null;
}

export type TsigVerdict =
  | { readonly kind: "unsigned" }
  | {
      readonly kind: "ok";
      readonly key: TsigKey;
      /** The request's, for the signature of its answer. */
      readonly mac: Uint8Array;
      /** The message without TSIG, with its original number. */
      readonly unsigned: Uint8Array;
    }
  | TsigRefusal;

function refuse(error: TsigRefusal["error"], reason: string, more: Partial<TsigRefusal> = {}): TsigRefusal {
  return { kind: "refused", error, reason, record: null, key: null, ...more };
}

export interface VerifyRequest {
  readonly message: Uint8Array;
  readonly keys: KeyRing;
  readonly hmac: Hmac;
  /** Unix time. */
  readonly nowSeconds: number;
}

/** A server's look at a request: is it signed, by whom, and is that right? (RFC 8945, 5.2) */
export function verifyRequest({ message, keys, hmac, nowSeconds }: VerifyRequest): TsigVerdict {
  const record = readTsig(message);
  if (record === null) return { kind: "unsigned" };
  if (record === "malformed") return refuse(rcode.FORMERR, "the message or its TSIG record is malformed");
  const key = keys.get(record.name);
  if (key === undefined) return refuse(rcode.BADKEY, "the key is not known", { record });
  if (!isSignedWith(record, key)) return refuse(rcode.BADKEY, `the key is for ${key.algorithm}`, { record });
  const unsigned = withoutTsig(message, record);
  const digest = { key, hmac, priorMac: null, messages: [unsigned], variables: record, timersOnly: false };
  const wrong = judgeMac(record, tsigMac(digest));
  if (wrong === rcode.BADTRUNC) return refuse(wrong, "the signature is cut off", { record, key });
  if (wrong === rcode.FORMERR) return refuse(wrong, "the signature has a length that none can have");
  if (wrong !== null) return refuse(wrong, "the signature is not right: the secrets differ", { record });
  if (!isTimely(record, nowSeconds)) {
    const apart = Math.round(Math.abs(nowSeconds - record.timeSigned));
    return refuse(rcode.BADTIME, `the clocks are ${apart} s apart, at most ${record.fudgeSeconds} s are allowed`, {
      record,
      key,
    });
  }
  return { kind: "ok", key, mac: record.mac, unsigned };
}

export interface SignMessage {
  /** Without TSIG, of at most `messageOctetsMax - tsigOctets(key)` octets. */
  readonly message: Uint8Array;
  readonly key: TsigKey;
  readonly hmac: Hmac;
  /** Unix time. */
  readonly nowSeconds: number;
  /** The MAC of the request that this answers; null for a request. */
  readonly requestMac: Uint8Array | null;
  readonly fudgeSeconds?: number;
}

export interface SignedMessage {
  readonly octets: Uint8Array;
  /** What the answer, or the next message of a stream, continues. */
  readonly mac: Uint8Array;
}

/** Signs a request, or the answer to one. */
export function signMessage(request: SignMessage): SignedMessage {
  const variables = {
    timeSigned: Math.floor(request.nowSeconds),
    fudgeSeconds: request.fudgeSeconds ?? fudgeSecondsUsual,
    error: rcode.NOERROR,
    other: new Uint8Array(0),
  };
  const { message, key, hmac, requestMac: priorMac } = request;
  return appendTsig({ key, hmac, priorMac, messages: [message], variables, timersOnly: false });
}

/** Signs the last message of a digest. */
export function appendTsig(digest: Digest): SignedMessage {
  const message = digest.messages.at(-1);
  assert(message !== undefined, "a digest has a message");
  const mac = tsigMac(digest);
  const octets = withTsig(message, { ...recordStart(digest.key), ...digest.variables, mac, originalId: idOf(message) });
  assert(octets.length <= messageOctetsMax, "a signed message has at most 65535 octets");
  return { octets, mac };
}

function recordStart(key: TsigKey): Pick<TsigRecord, "name" | "algorithm"> {
  return { name: nameKey(key.name), algorithm: algorithms[key.algorithm].name };
}

function idOf(message: Uint8Array): number {
  return readU16(message, 0);
}

/**
 * The answer to a request that was refused (RFC 8945, 5.2 and 5.3.2): NOTAUTH with the error in an unsigned record, for
 * what concerns key and signature; signed, for what concerns the time (with the server's, so that the client can tell
 * how far it is off) and the length; plain FORMERR without a record. `request` is the whole refused message.
 */
export function answerRefusal(answer: {
  readonly request: Uint8Array;
  readonly refusal: TsigRefusal;
  readonly hmac: Hmac;
  readonly nowSeconds: number;
}): Uint8Array {
  const { request, refusal, hmac, nowSeconds } = answer;
  const { record, key, error } = refusal;
  if (record === null) return emptyAnswer(request, rcode.FORMERR);
  const message = emptyAnswer(request, rcode.NOTAUTH);
  const other = new OctetWriter(6);
  if (error === rcode.BADTIME) writeU48(other, Math.floor(nowSeconds));
  // RFC 8945, 5.2.3: under BADTIME the client's own time stands in the answer, so that it takes it for timely.
  const timeSigned = error === rcode.BADTRUNC ? Math.floor(nowSeconds) : record.timeSigned;
  const variables = { timeSigned, fudgeSeconds: fudgeSecondsUsual, error, other: other.finish() };
  if (key === null) return withTsig(message, { ...record, ...variables, mac: new Uint8Array(0) });
  const digest = { key, hmac, priorMac: record.mac, messages: [message], variables, timersOnly: false };
  return appendTsig(digest).octets;
}
