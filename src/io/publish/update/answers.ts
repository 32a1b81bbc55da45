/**
 * What answers mean for a managed set: what is there, or why muster's records cannot be. An alias at the name (RFC 1034,
 * 3.6.2), or a zone cut above it, makes the server ignore or hide what an update puts there, so that is told apart.
 */
import { flagBit, type Message, rcode, rcodeText, type ResourceRecord } from "../../../dns/message.ts";
import { nameKey, nameText } from "../../../dns/name.ts";
import { rdataText } from "../../../dns/rdata/index.ts";
import { rrType, typeText } from "../../../dns/rr-types.ts";
import type { RRset, SetKey } from "../../../dns/types.ts";
import type { FoundSet } from "../../../roles/update-outlet-effects.ts";
import type { FailureCause } from "../../../roles/update-outlet-limits.ts";

/** What is there for a set, or a clause that says why the server cannot tell. */
export function readFound(
  key: SetKey,
  message: Message,
): FoundSet | { readonly kind: "failed"; readonly reason: string } {
  const question = `${nameText(key.owner)} ${typeText(key.type)}`;
  const { answers, authorities } = message;
  const alias = answers.find(({ type }) => type === rrType.CNAME && key.type !== rrType.CNAME);
  if (alias !== undefined) {
    return { kind: "blocked", reason: `it is a CNAME to ${rdataText(alias.type, alias.rdata)} there; remove that` };
  }
  if (message.rcode !== rcode.NOERROR && message.rcode !== rcode.NXDOMAIN) {
    return { kind: "failed", reason: `it answers ${rcodeText(message.rcode)} when asked for ${question}` };
  }
  if ((message.flags & flagBit.aa) === 0) {
    const cut = answers.length === 0 ? authorities.find(({ type }) => type === rrType.NS) : undefined;
    if (cut === undefined) return { kind: "failed", reason: `it is not authoritative for ${question}` };
    return { kind: "blocked", reason: `${nameText(cut.owner)} is delegated to other servers there` };
  }
  return { kind: "set", set: setOf(key, answers) };
}

function setOf({ owner, type }: SetKey, answers: readonly ResourceRecord[]): RRset {
  const ownerKey = nameKey(owner);
  const records = answers.filter((record) => record.type === type && nameKey(record.owner) === ownerKey);
  return {
    owner,
    type,
    ttlSeconds: records.reduce((least, { ttlSeconds }) => Math.min(least, ttlSeconds), records[0]?.ttlSeconds ?? 0),
    rdata: records.map(({ rdata }) => rdata),
  };
}

const unmet: ReadonlySet<number> = new Set([rcode.YXDOMAIN, rcode.YXRRSET, rcode.NXRRSET, rcode.NXDOMAIN]);

/** Null: the update was carried out. */
export function readUpdateAnswer({ rcode: code }: Message): { cause: FailureCause; reason: string } | null {
  if (code === rcode.NOERROR) return null;
  if (unmet.has(code)) return { cause: "stale", reason: `something else was there (${rcodeText(code)})` };
  const cause = declining.has(code) ? "declined" : "refused";
  return { cause, reason: `it answers ${rcodeText(code)} to an update${hints.get(code) ?? ""}` };
}

/**
 * Policies look at names and types, and SERVFAIL is what BIND says to a set that has more records than it takes; the other
 * codes are about the server, the zone or the key.
 */
const declining: ReadonlySet<number> = new Set([rcode.REFUSED, rcode.SERVFAIL]);

const hints: ReadonlyMap<number, string> = new Map([
  [rcode.SERVFAIL, ": its log says why; BIND takes 100 records of one name and type, or `max-records-per-type`"],
  [rcode.REFUSED, ": this key may not change these names, or records of these types, there"],
  [rcode.NOTAUTH, ": it is no primary for the zone, or does not accept the signature"],
  [rcode.NOTIMP, ": it takes no updates"],
  [rcode.NOTZONE, ": a managed name lies outside of the zone"],
]);
