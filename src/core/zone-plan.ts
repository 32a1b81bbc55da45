/**
 * From decisions to DNS: the records that a pool's name has, and the records that a managed zone itself needs. Both
 * families come from one decision; a family that no answered member has is an empty set, so that the name exists and
 * a client gets NODATA and not NXDOMAIN (RFC 2308, 2.2).
 */
import { nameBytes, textName } from "../dns/name.ts";
import { addressRdata, soaRdata } from "../dns/rdata/index.ts";
import type { Name, RRset } from "../dns/types.ts";
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
  readonly address: string;
  readonly weight: number;
}

/** The A and AAAA sets of a pool's name. */
export function poolSets(pool: PoolConfig, decision: Decision, ttlSeconds: number): readonly RRset[] {
  const answers: Answer[] = decision.members.map(({ address, weight }) => ({ address, weight }));
  if (decision.address !== null) answers.push({ address: decision.address, weight: 1 });
  const owner = textName(pool.name);
  const isIpv6 = (answer: Answer): boolean => answer.address.includes(":");
  const set = (type: number, family: readonly Answer[]): RRset => {
    const base = { owner, type, ttlSeconds, rdata: family.map(({ address }) => addressRdata(address)) };
    const turns = family.length > 1 ? { turns: takeTurns(pool, decision, family) } : {};
    return { ...base, ...turns, ...remark(decision) };
  };
  return [
    set(
      typeA,
      answers.filter((a) => !isIpv6(a)),
    ),
    set(typeAaaa, answers.filter(isIpv6)),
  ];
}

function takeTurns(pool: PoolConfig, decision: Decision, family: readonly Answer[]): readonly (readonly number[])[] {
  const count = Math.min(pool.answersMax ?? family.length, family.length);
  if (decision.rule !== "pool/weighted") return rotations(family.length, count);
  return weightedTurns(
    family.map(({ weight }) => weight),
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
    sameTurns(a.turns ?? [], b.turns ?? [])
  );
}

function sameBytes(a: Uint8Array, b: Uint8Array | undefined): boolean {
  return b !== undefined && a.length === b.length && a.every((octet, i) => octet === b[i]);
}

function sameTurns(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): boolean {
  return a.length === b.length && a.every((turn, i) => turn.join() === b[i]?.join());
}
