/**
 * From a question to a plan of the answer: RFC 1034, 4.3.2, with wildcards (RFC 4592), DNAME (RFC 6672), negative
 * answers (RFC 2308, RFC 8020) and minimal ANY (RFC 8482).
 *
 * Aliases are followed through every zone that is served here, up to a limit; what lies elsewhere is the resolver's
 * business. Authority and additional sections hold only what an RFC asks for.
 */
import { rcode } from "../message.ts";
import { isWithin, joinName, nameKey, readName } from "../name.ts";
import { rdataNames } from "../rdata/index.ts";
import { readU32 } from "../octets.ts";
import { rrClass, rrType } from "../rr-types.ts";
import type { ExtendedError, Name, NameKey, RRset } from "../types.ts";
import type { Zone, ZoneTable } from "../zone.ts";
import type { Mark, ZoneNode } from "../zone-tree.ts";
import type { AnswerPlan, PlannedSet, Reuse } from "./plan.ts";

/** Aliases that one answer follows at most. */
export const aliasesMax = 16;

/** TTL of the synthesized HINFO that answers ANY (RFC 8482, 4.2). */
const anyTtlSeconds = 3600;
/** "RFC8482" and an empty string, as RFC 8482, 4.2 suggests. */
const anyRdata = Uint8Array.from([7, 0x52, 0x46, 0x43, 0x38, 0x34, 0x38, 0x32, 0]);

/** RFC 8914, 4.21: the zone is not served here. */
export const notAuthoritative: ExtendedError = { code: 20, text: "no zone for this name here" };

/** Types whose absence is asked for so often that the answer is kept for each name. */
const keptWhenAbsent: ReadonlySet<number> = new Set([
  rrType.A,
  rrType.AAAA,
  rrType.HTTPS,
  rrType.SVCB,
  rrType.MX,
  rrType.TXT,
  rrType.NS,
  rrType.CAA,
]);

/** Types whose records name hosts that the client will look up next (RFC 1035, 3.3; RFC 2782). */
const namesHosts: ReadonlySet<number> = new Set([rrType.NS, rrType.MX, rrType.SRV]);

interface Draft {
  readonly klass: number;
  rcode: number;
  authoritative: boolean;
  readonly answer: PlannedSet[];
  readonly authority: PlannedSet[];
  readonly additional: PlannedSet[];
  extendedError: ExtendedError | null;
  mark: Mark;
  reuse: Reuse;
  aliases: number;
}

/** One step of the walk: the name that is looked for now, and what is known of it. */
interface Step {
  readonly zone: Zone;
  readonly name: Name;
  readonly key: NameKey;
  readonly type: number;
}

function planned(owner: Name, set: RRset, required = true): PlannedSet {
  return { owner, set, ttlSeconds: set.ttlSeconds, required };
}

/** Adds the addresses of hosts that this zone knows, under a cut too (glue, RFC 1034, 4.2.1). */
function addAddresses(draft: Draft, zone: Zone, from: { set: RRset; cut: ZoneNode | null }): void {
  const { set, cut } = from;
  const seen = new Set<NameKey>();
  for (const rdata of set.rdata) {
    for (const { name } of rdataNames(set.type, rdata)) {
      const key = nameKey(name);
      if (seen.has(key) || !isWithin(key, zone.apex.key)) continue;
      seen.add(key);
      const required = cut !== null && isWithin(key, cut.key);
      const node = zone.node(key);
      for (const type of [rrType.A, rrType.AAAA]) {
        const addresses = node?.set(type);
        if (addresses !== undefined) draft.additional.push(planned(addresses.owner, addresses, required));
      }
    }
  }
}

/** The SOA with the TTL of negative answers (RFC 2308, 3 and 5). */
function addSoa(draft: Draft, zone: Zone): void {
  const set = zone.apex.set(rrType.SOA);
  const rdata = set?.rdata[0];
  if (set === undefined || rdata === undefined) return;
  const ttlSeconds = Math.min(set.ttlSeconds, readU32(rdata, rdata.length - 4));
  draft.authority.push({ owner: set.owner, set, ttlSeconds, required: true });
}

function answerNegative(draft: Draft, step: Step, code: number): void {
  draft.rcode = code;
  addSoa(draft, step.zone);
  if (draft.aliases > 0 || draft.extendedError !== null) return;
  draft.reuse = { kind: "suffix", of: step.zone, key: code, suffixOctets: step.zone.apex.key.length };
}

function answerNodata(draft: Draft, step: Step, node: ZoneNode): void {
  draft.extendedError = node.entry(step.type)?.extendedError ?? null;
  const keep = node.key === step.key && keptWhenAbsent.has(step.type);
  answerNegative(draft, step, rcode.NOERROR);
  if (keep && draft.aliases === 0) draft.reuse = { kind: "question" };
}

function answerReferral(draft: Draft, step: Step, cut: ZoneNode): void {
  const set = cut.set(rrType.NS);
  if (set === undefined) return;
  if (draft.aliases === 0) draft.authoritative = false;
  draft.authority.push(planned(set.owner, set));
  addAddresses(draft, step.zone, { set, cut });
  if (draft.aliases > 0) return;
  draft.reuse = { kind: "suffix", of: cut, key: 0, suffixOctets: cut.key.length };
}

/** Minimal ANY: an alias if there is one, else a HINFO that says why there is nothing else (RFC 8482, 4.2). */
function answerAny(draft: Draft, step: Step, node: ZoneNode): void {
  const alias = node.set(rrType.CNAME);
  const exists = node.sets.some((set) => set.rdata.length > 0);
  if (!exists) return answerNodata(draft, step, node);
  const hinfo = { owner: step.name, type: rrType.HINFO, ttlSeconds: anyTtlSeconds, rdata: [anyRdata] };
  draft.answer.push(planned(step.name, alias ?? hinfo));
}

/** The answer from a node that stands for the name: its own, or the wildcard above it (RFC 4592, 3.3). */
function answerNode(draft: Draft, step: Step, node: ZoneNode): Name | null {
  const own = node.key === step.key;
  if (step.type === rrType.ANY) {
    answerAny(draft, step, node);
    return null;
  }
  const alias = node.set(rrType.CNAME);
  if (alias !== undefined && step.type !== rrType.CNAME) {
    draft.answer.push(planned(step.name, alias));
    if (own && draft.aliases === 0) draft.reuse = { kind: "question" };
    return readName(alias.rdata[0] ?? new Uint8Array(1), 0)?.name ?? null;
  }
  const set = node.set(step.type);
  if (set === undefined) answerNodata(draft, step, node);
  else answerSet(draft, step, { node, set });
  return null;
}

function answerSet(draft: Draft, step: Step, from: { node: ZoneNode; set: RRset }): void {
  const { node, set } = from;
  const own = node.key === step.key;
  draft.answer.push(planned(step.name, set));
  draft.extendedError = set.extendedError ?? null;
  if (namesHosts.has(set.type)) addAddresses(draft, step.zone, { set, cut: null });
  if (draft.aliases > 0) return;
  if (own) {
    draft.reuse = { kind: "question" };
    if (!namesHosts.has(set.type)) draft.mark = node;
    return;
  }
  const suffixOctets = node.key.length - 2;
  draft.reuse = { kind: "suffix", of: node, key: step.type, suffixOctets };
}

/** A DNAME above the name: itself, the CNAME it stands for, and the name that leads to (RFC 6672, 3.1). */
function answerRedirect(draft: Draft, step: Step, from: ZoneNode): Name | null {
  const set = from.set(rrType.DNAME);
  const target = set === undefined ? null : readName(set.rdata[0] ?? new Uint8Array(1), 0);
  if (set === undefined || target === null) return null;
  draft.answer.push(planned(set.owner, set));
  const substituted = joinName(step.name.slice(0, step.name.length - from.key.length), target.name);
  if (substituted === null) {
    draft.rcode = rcode.YXDOMAIN;
    return null;
  }
  const rdata = [Uint8Array.from(substituted, (octet) => octet.charCodeAt(0))];
  draft.answer.push(planned(step.name, { owner: step.name, type: rrType.CNAME, ttlSeconds: set.ttlSeconds, rdata }));
  return step.type === rrType.CNAME || step.type === rrType.ANY ? null : substituted;
}

/** Answers one name and returns the name that an alias leads to, or null when the answer is whole. */
function answerStep(draft: Draft, step: Step): Name | null {
  const walk = step.zone.walk(step.key);
  switch (walk.kind) {
    case "found":
      return answerNode(draft, step, walk.node);
    case "delegated":
      // DS belongs to the parent's side of the cut (RFC 4035, 3.1.4.1).
      if (step.type === rrType.DS && walk.node !== null) return answerNode(draft, step, walk.node);
      answerReferral(draft, step, walk.cut);
      return null;
    case "redirected":
      return answerRedirect(draft, step, walk.from);
    case "missing": {
      const wildcard = step.zone.node(`\x01*${walk.encloser.key}` as NameKey);
      if (wildcard !== undefined) return answerNode(draft, step, wildcard);
      answerNegative(draft, step, rcode.NXDOMAIN);
      return null;
    }
  }
}

/** True when the chain has been at this name before. */
function isLoop(draft: Draft, key: NameKey): boolean {
  return draft.answer.some(({ owner, set }) => set.type === rrType.CNAME && nameKey(owner) === key);
}

/** The plan of the answer to a question of class IN, or null when its name is in no zone here. */
export function planAnswer(zones: ZoneTable, name: Name, type: number): AnswerPlan | null {
  const key = nameKey(name);
  const first = type === rrType.DS ? zones.findForDs(key) : zones.find(key);
  if (first === undefined) return null;
  const draft: Draft = {
    klass: rrClass.IN,
    rcode: rcode.NOERROR,
    authoritative: true,
    answer: [],
    authority: [],
    additional: [],
    extendedError: null,
    mark: first,
    reuse: { kind: "none" },
    aliases: 0,
  };
  let step: Step | null = { zone: first, name, key, type };
  while (step !== null) step = nextStep(zones, draft, { target: answerStep(draft, step), type });
  return draft;
}

/** Follows an alias into a zone that is served here. From then on the answer depends on all zones. */
function nextStep(zones: ZoneTable, draft: Draft, to: { target: Name | null; type: number }): Step | null {
  const { target, type } = to;
  if (target === null) return null;
  draft.aliases += 1;
  draft.mark = zones;
  const key = nameKey(target);
  const zone = zones.find(key);
  if (zone === undefined || draft.aliases > aliasesMax || isLoop(draft, key)) return null;
  return { zone, name: target, key, type };
}
