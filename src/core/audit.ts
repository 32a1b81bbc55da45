/**
 * What an audit finds, from what nameservers said (M12): each should answer for the zone with authority, over UDP and
 * TCP, with the newest serial and the records that were decided, and should offer nothing else. The asking is done
 * elsewhere; here is only the judging, so that the controller and a lone command on another machine judge alike.
 */
import type { Wall } from "../base/time.ts";
import { flagBit, type Message, rcode } from "../dns/message.ts";
import { nameKey, nameText } from "../dns/name.ts";
import { octetString } from "../dns/octets.ts";
import { canonicalRdata, readSoa } from "../dns/rdata/index.ts";
import { rrType, typeText } from "../dns/rr-types.ts";
import { serialGreater } from "../dns/serial.ts";
import type { Name, RRset, SetKey } from "../dns/types.ts";
import type { Endpoint } from "./model.ts";
import type { NameserverState } from "./view.ts";

export interface AuditTarget {
  readonly name: string;
  readonly endpoint: Endpoint;
  /** `records`: it counts serials of its own, which say nothing. */
  readonly proof: "serial" | "records";
}

/** What came of one question. */
export type Heard =
  | { readonly kind: "answer"; readonly message: Message }
  | { readonly kind: "silent" | "unreachable" | "refused-connection" | "malformed"; readonly reason: string };

export type AuditTransport = "udp" | "tcp";

/** Everything that one nameserver said at one address over one transport. */
export interface AuditLook {
  readonly target: AuditTarget;
  readonly transport: AuditTransport;
  /** For the SOA, with EDNS, recursion desired. */
  readonly soa: Heard;
  /** The same without EDNS, when it brought nothing with; else null. */
  readonly plain: Heard | null;
  readonly records: readonly HeardSet[];
}

/** Answers for one set. More than one when answers are only parts of it, taken in turns. */
export interface HeardSet extends SetKey {
  readonly heard: readonly Heard[];
}

export interface AuditReference {
  readonly origin: Name;
  readonly at: Wall;
  /** What every nameserver should serve, or something later; null: nobody knows. */
  readonly serial: number | null;
  /** When it was published; null: the serial is taken for a Unix time, if it can be one. */
  readonly since: Wall | null;
  /** Later than this is late. */
  readonly lagMsMax: number;
  /** What was decided. An empty set: there must be none. */
  readonly sets: readonly RRset[];
}

export interface AuditRow {
  readonly name: string;
  readonly endpoint: Endpoint;
  readonly transport: AuditTransport;
  readonly state: NameserverState;
  readonly serial: number | null;
  /** How long it is behind; 0: not at all; null: cannot be told. */
  readonly lagSeconds: number | null;
  readonly recursion: boolean;
  readonly edns: boolean;
  /** What is wrong, in clauses. */
  readonly faults: readonly AuditClause[];
}

export type AuditKind =
  | Exclude<NameserverState, "unknown" | "in-step">
  | "ahead"
  | "recursion"
  | "edns"
  | "alias"
  | "unresolved";

export interface AuditClause {
  readonly kind: AuditKind;
  readonly clause: string;
}

/** The SOA in an answer, or why it is none of the zone. */
export type SoaJudgement =
  | { readonly kind: "serial"; readonly serial: number }
  | { readonly kind: "refused" | "lame"; readonly reason: string };

const rcodeTexts: ReadonlyMap<number, string> = new Map(Object.entries(rcode).map(([text, code]) => [code, text]));

export function judgeSoa(message: Message, origin: Name): SoaJudgement {
  const code = rcodeTexts.get(message.rcode) ?? `rcode ${message.rcode}`;
  if (message.rcode === rcode.REFUSED) return { kind: "refused", reason: "it answers REFUSED" };
  if (message.rcode === rcode.SERVFAIL) {
    return { kind: "lame", reason: "it answers SERVFAIL: the zone is not loaded there, or has expired" };
  }
  if (message.rcode !== rcode.NOERROR) return { kind: "lame", reason: `it answers ${code}` };
  const found = message.answers.find((one) => one.type === rrType.SOA && nameKey(one.owner) === nameKey(origin));
  if ((message.flags & flagBit.aa) === 0) return { kind: "lame", reason: "its answer is not authoritative" };
  const soa = found === undefined ? null : readSoa(found.rdata);
  return soa === null ? { kind: "lame", reason: "it has no SOA" } : { kind: "serial", serial: soa.serial };
}

/** The answer that counts: with EDNS if it was understood, else without. */
function soaHeard({ soa, plain }: AuditLook): Heard {
  return plain?.kind === "answer" ? plain : soa;
}

/** The serial that a nameserver serves; null: none. */
export function serialOf(look: AuditLook, origin: Name): number | null {
  const heard = soaHeard(look);
  const judged = heard.kind === "answer" ? judgeSoa(heard.message, origin) : null;
  return judged?.kind === "serial" ? judged.serial : null;
}

/** The look that is furthest ahead, the first of equals: what the others are compared with when nobody decides. */
export function mostAdvanced(looks: readonly AuditLook[], origin: Name): AuditLook | null {
  let best: AuditLook | null = null;
  for (const look of looks) {
    const serial = look.target.proof === "serial" ? serialOf(look, origin) : null;
    const bestSerial = best === null ? null : serialOf(best, origin);
    if (serial !== null && (bestSerial === null || serialGreater(serial, bestSerial))) best = look;
  }
  return best;
}

export function judgeLook(look: AuditLook, reference: AuditReference): AuditRow {
  const { target, transport } = look;
  const heard = soaHeard(look);
  const edns = look.soa.kind === "answer" && look.soa.message.edns !== null;
  const seen = { name: target.name, endpoint: target.endpoint, transport, edns };
  if (heard.kind !== "answer") {
    const faults: AuditClause[] = [{ kind: "unreachable", clause: `it cannot be asked: ${heard.reason}` }];
    return { ...seen, state: "unreachable", serial: null, lagSeconds: null, recursion: false, faults };
  }
  const recursion = (heard.message.flags & flagBit.ra) !== 0;
  const offers: AuditClause[] = recursion ? [{ kind: "recursion", clause: "it offers recursion" }] : [];
  const remarks = [...offers, ...ednsFaults(look)];
  const judged = judgeSoa(heard.message, reference.origin);
  if (judged.kind !== "serial") {
    const faults = [{ kind: judged.kind, clause: judged.reason }, ...remarks];
    return { ...seen, state: judged.kind, serial: null, lagSeconds: null, recursion, faults };
  }
  const late = lagOf(judged.serial, look, reference);
  const different = late.state === "behind" ? [] : look.records.flatMap((set) => compareSet(set, reference));
  const state = different.length > 0 ? "different" : late.state;
  const faults = [...late.faults, ...different, ...remarks];
  return { ...seen, state, serial: judged.serial, lagSeconds: late.lagSeconds, recursion, faults };
}

function ednsFaults({ soa, plain }: AuditLook): readonly AuditClause[] {
  if (soa.kind === "answer" && soa.message.edns !== null) return [];
  if (plain === null || plain.kind === "answer") {
    const how = soa.kind === "answer" ? "answers it without OPT" : `does not answer it (${soa.reason})`;
    return [{ kind: "edns", clause: `it does not speak EDNS: it ${how}` }];
  }
  return [];
}

/** Serials that can be Unix times lie in these years: 2001 to 2096. */
const unixSecondsMin = 1_000_000_000;
const unixSecondsMax = 4_000_000_000;

interface Lag {
  readonly state: NameserverState;
  readonly lagSeconds: number | null;
  readonly faults: readonly AuditClause[];
}

/** `serial` is what a nameserver serves, and the reference what it should serve. */
function lagOf(serial: number, look: AuditLook, reference: AuditReference): Lag {
  const wanted = reference.serial;
  if (wanted === null || wanted === serial || look.target.proof === "records") {
    return { state: "in-step", lagSeconds: 0, faults: [] };
  }
  if (!serialGreater(wanted, serial)) {
    const clause = `it serves serial ${serial}, which is ahead of ${wanted}: it will take no changes`;
    return { state: "different", lagSeconds: 0, faults: [{ kind: "ahead", clause }] };
  }
  const lagSeconds = secondsSince(wanted, reference);
  const isLate = lagSeconds === null || lagSeconds * 1000 > reference.lagMsMax;
  const since = lagSeconds === null ? "" : ` for ${lagSeconds} s`;
  const clause = `it serves serial ${serial}, behind ${wanted}${since}`;
  return { state: "behind", lagSeconds, faults: isLate ? [{ kind: "behind", clause }] : [] };
}

function secondsSince(serial: number, { at, since }: AuditReference): number | null {
  if (since !== null) return Math.max(0, Math.round((at - since) / 1000));
  const isTime = serial >= unixSecondsMin && serial <= unixSecondsMax;
  const seconds = Math.round(at / 1000) - serial;
  return isTime && seconds >= 0 ? seconds : null;
}

/** The records of an answer's own name and type, as text that equals exactly when they do. */
function recordsIn({ heard, owner, type }: HeardSet): ReadonlySet<string> {
  const key = nameKey(owner);
  const own = heard.flatMap((one) => (one.kind === "answer" ? one.message.answers : []));
  const found = own.filter((record) => record.type === type && nameKey(record.owner) === key);
  return new Set(found.map(({ rdata }) => octetString(canonicalRdata(type, rdata))));
}

function wantedOf(set: SetKey, { sets }: AuditReference): ReadonlySet<string> {
  const wanted = sets.find((one) => one.type === set.type && nameKey(one.owner) === nameKey(set.owner));
  return new Set((wanted?.rdata ?? []).map((rdata) => octetString(canonicalRdata(set.type, rdata))));
}

/** True when the answers so far hold a part of what was decided and nothing else: the rest may come in the next turn. */
export function isPartOf(set: HeardSet, reference: AuditReference): boolean {
  const wanted = wantedOf(set, reference);
  const found = recordsIn(set);
  return found.size > 0 && found.size < wanted.size && [...found].every((rdata) => wanted.has(rdata));
}

function compareSet(set: HeardSet, reference: AuditReference): readonly AuditClause[] {
  const what = `${nameText(set.owner).replace(/\.$/, "")} ${typeText(set.type)}`;
  const failed = set.heard.find((one) => one.kind !== "answer");
  if (failed !== undefined) {
    return [{ kind: "different", clause: `it does not answer for ${what}: ${failed.reason}` }];
  }
  const wanted = wantedOf(set, reference);
  const found = recordsIn(set);
  const foreign = [...found].filter((rdata) => !wanted.has(rdata)).length;
  const missing = [...wanted].filter((rdata) => !found.has(rdata)).length;
  if (foreign === 0 && missing === 0) return [];
  const parts = [missing > 0 ? `${missing} missing` : "", foreign > 0 ? `${foreign} that should not be there` : ""];
  const counts = parts.filter((part) => part !== "").join(", ");
  return [{ kind: "different", clause: `${what} differs: ${counts}, of ${wanted.size}` }];
}
