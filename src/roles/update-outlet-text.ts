/** The sentences about one server outside: what was found there, and what is done about it. */
import { listed } from "../base/listed.ts";
import { nameText } from "../dns/name.ts";
import { rdataText } from "../dns/rdata/index.ts";
import { typeText } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import type { Drift } from "./managed-sets.ts";

/** Records that a sentence names. */
const recordsMax = 4;

/** `192.0.2.1, 192.0.2.2 (TTL 60)`, or `nothing`. */
function recordsText(set: RRset): string {
  if (set.rdata.length === 0) return "nothing";
  const texts = set.rdata.map((rdata) => rdataText(set.type, rdata)).sort();
  return `${listed(texts, recordsMax)} (TTL ${set.ttlSeconds})`;
}

export function driftText({ before, found, set }: Drift): string {
  const name = `${nameText(set.owner)} ${typeText(set.type)}`;
  const there = `${name} is ${recordsText(found)} there, though muster knew ${recordsText(before)}`;
  return `${there}; it is set to ${recordsText(set.wanted)} again`;
}
