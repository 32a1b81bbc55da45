/**
 * RRsets as a master file that BIND, Knot and NSD read: every owner absolute, every TTL and class written out, one
 * record a line, in canonical order (RFC 4034, 6.1) with the SOA first. The same sets always give the same text, so
 * that files can be compared.
 */
import { compareNames, nameKey, nameText } from "../name.ts";
import { rdataText } from "../rdata/index.ts";
import { rrType, typeText } from "../rr-types.ts";
import type { Name, NameKey, RRset } from "../types.ts";

/** SOA before NS before all others by number. */
function typeRank(type: number): number {
  if (type === rrType.SOA) return -2;
  return type === rrType.NS ? -1 : type;
}

/** The lines of one set, each with its newline. Records are sorted, so that turns do not matter. */
export function rrsetText(set: RRset): string {
  const start = `${nameText(set.owner)}\t${set.ttlSeconds}\tIN\t${typeText(set.type)}\t`;
  const lines = set.rdata.map((rdata) => `${start}${rdataText(set.type, rdata)}\n`);
  return lines.sort().join("");
}

/** The whole zone. Sets of empty names (no records) have no lines. */
export function zoneText(origin: Name, rrsets: Iterable<RRset>): string {
  const keyed: { key: NameKey; set: RRset }[] = [];
  for (const set of rrsets) if (set.rdata.length > 0) keyed.push({ key: nameKey(set.owner), set });
  keyed.sort((a, b) => compareNames(a.key, b.key) || typeRank(a.set.type) - typeRank(b.set.type));
  return `$ORIGIN ${nameText(origin)}\n${keyed.map(({ set }) => rrsetText(set)).join("")}`;
}
