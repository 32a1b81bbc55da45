/**
 * From decisions to DNS: the records that a pool's name has, and the records that a managed zone itself needs. Both
 * families come from one decision; a family that no answered member has is an empty set, so that the name exists and
 * a client gets NODATA and not NXDOMAIN (RFC 2308, 2.2). Records that are no addresses come from the targets of the
 * members that answer, in `member-record.ts`.
 */
import { nameBytes, textName } from "../dns/name.ts";
import { addressRdata, soaRdata } from "../dns/rdata/index.ts";
import type { Name, RRset, Turns } from "../dns/types.ts";
import { byTarget, targetRdata, targetType } from "./member-record.ts";
import type { PoolConfig, ZoneConfig } from "./model.ts";
import type { Decision } from "./pool.ts";
import { rotations, weightedTurns } from "./turns.ts";

const typeA = 1;
const typeNs = 2;
const typeSoa = 6;
const typeAaaa = 28;

/** "Other Error" (RFC 8914, 4.1): no registered code says that a fallback is served on purpose. */
const extendedErrorOther = 0;

/** SOA timers in seconds for secondaries: check every hour, again after 10 minutes, give up after two weeks. */
const refreshSeconds = 3600;
const retrySeconds = 600;
const expireSeconds = 1_209_600;

interface Answer {
  readonly rdata: Uint8Array;
  readonly weight: number;
}

interface Answers {
  readonly pool: PoolConfig;
  readonly decision: Decision;
  readonly ttlSeconds: number;
}

/** The sets of a pool's name: A and AAAA, or the one set of its kind of record. */
export function poolSets(pool: PoolConfig, decision: Decision, ttlSeconds: number): readonly RRset[] {
  const answers: Answers = { pool, decision, ttlSeconds };
  const { record } = pool;
  if (record.kind === "address") return addressSets(answers);
  const pinned = decision.address === null ? [] : [{ target: decision.address, weight: 1 }];
  const texts = [...pinned, ...byTarget(decision.members)].map(({ target, weight }) => {
    return { rdata: targetRdata(record, { target, weight }), weight };
  });
  return [makeSet(answers, targetType(record), texts)];
}

function addressSets(answers: Answers): readonly RRset[] {
  const { address, members } = answers.decision;
  const all: Answer[] = members.map((member) => ({ rdata: addressRdata(member.address), weight: member.weight }));
  if (address !== null) all.push({ rdata: addressRdata(address), weight: 1 });
  const isIpv6 = ({ rdata }: Answer): boolean => rdata.length === 16;
  return [
    makeSet(
      answers,
      typeA,
      all.filter((answer) => !isIpv6(answer)),
    ),
    makeSet(answers, typeAaaa, all.filter(isIpv6)),
  ];
}

function makeSet({ decision, pool, ttlSeconds }: Answers, type: number, answers: readonly Answer[]): RRset {
  const base = { owner: textName(pool.name), type, ttlSeconds, rdata: answers.map(({ rdata }) => rdata) };
  const turns = answers.length > 1 ? { turns: takeTurns(pool, decision, answers) } : {};
  return { ...base, ...turns, ...remark(decision) };
}

function takeTurns(pool: PoolConfig, decision: Decision, answers: readonly Answer[]): Turns {
  const count = Math.min(pool.answersMax ?? answers.length, answers.length);
  if (decision.rule !== "pool/weighted") return rotations(answers.length, count);
  return weightedTurns(
    answers.map(({ weight }) => weight),
    count,
  );
}

function remark(decision: Decision): Pick<RRset, "extendedError"> {
  if (!decision.lastResort) return {};
  return { extendedError: { code: extendedErrorOther, text: decision.reason } };
}

/** SOA and NS of a zone that has no file of its own. */
export function apexSets(zone: ZoneConfig, serial: number): readonly RRset[] {
  const owner = textName(zone.origin);
  const nameservers = zone.nameservers.map(textName);
  const soa = soaRdata({
    mname: nameservers[0] ?? owner,
    rname: contactName(zone.contact),
    serial,
    refreshSeconds,
    retrySeconds,
    expireSeconds,
    minimumSeconds: zone.negativeTtlSeconds,
  });
  const ns = nameservers.map(nameBytes);
  return [
    { owner, type: typeSoa, ttlSeconds: zone.negativeTtlSeconds, rdata: [soa] },
    { owner, type: typeNs, ttlSeconds: zone.ttlSeconds, rdata: ns },
  ];
}

/** A mail address as a name (RFC 1035, 8): dots before the `@` belong to the first label. */
function contactName(contact: string): Name {
  const at = contact.lastIndexOf("@");
  if (at < 0) return textName(contact);
  return textName(`${contact.slice(0, at).replaceAll(".", "\\.")}.${contact.slice(at + 1)}`);
}

/** Whether two versions of a set would be answered alike; what is alike is not published again. */
export function sameSet(a: RRset, b: RRset): boolean {
  return (
    a.ttlSeconds === b.ttlSeconds &&
    a.extendedError?.text === b.extendedError?.text &&
    a.rdata.length === b.rdata.length &&
    a.rdata.every((bytes, i) => sameBytes(bytes, b.rdata[i])) &&
    sameTurns(a.turns, b.turns)
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((octet, i) => octet === b[i]);
}

function sameTurns(a: Turns | undefined, b: Turns | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  const { length } = a.round;
  if (a.count !== b.count || a.named !== b.named || length !== b.round.length) return false;
  return a.round.every((index, i) => index === b.round[i]);
}
