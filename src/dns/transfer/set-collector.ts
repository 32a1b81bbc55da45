/** Records of a zone, in any order, gathered into sets. A record that comes twice counts once (RFC 2181, 5). */
import { ownerTypeKey } from "../name.ts";
import { octetString, sameOctets } from "../octets.ts";
import type { Name, RRset, ZoneRecord } from "../types.ts";

interface Gathered {
  readonly owner: Name;
  readonly type: number;
  ttlSeconds: number;
  readonly rdata: Uint8Array[];
  /** Keys of `rdata` when there are many, so that a set of thousands is not searched for each. */
  keys: Set<string> | null;
}

const searchedMax = 8;

function holds(set: Gathered, rdata: Uint8Array): boolean {
  if (set.rdata.length <= searchedMax) return set.rdata.some((known) => sameOctets(known, rdata));
  set.keys ??= new Set(set.rdata.map(octetString));
  return set.keys.has(octetString(rdata));
}

export class SetCollector {
  private readonly sets = new Map<string, Gathered>();

  /** Records of one set should have one TTL; of several the lowest counts (RFC 2181, 5.2). */
  add(record: ZoneRecord): void {
    const key = ownerTypeKey(record);
    const { owner, rdata, ttlSeconds, type } = record;
    const known = this.sets.get(key);
    if (known === undefined) {
      this.sets.set(key, { owner, type, ttlSeconds, rdata: [rdata], keys: null });
      return;
    }
    known.ttlSeconds = Math.min(known.ttlSeconds, ttlSeconds);
    if (holds(known, rdata)) return;
    known.rdata.push(rdata);
    known.keys?.add(octetString(rdata));
  }

  /** In the order in which their first records came. */
  rrsets(): RRset[] {
    return Array.from(this.sets.values(), ({ owner, rdata, ttlSeconds, type }) => ({ owner, type, ttlSeconds, rdata }));
  }
}
