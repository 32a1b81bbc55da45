/**
 * Sets as single records, the form in which journals, digests and transfers see a zone, and the way from two states of
 * a zone to what lies between them. A set is a set (RFC 2181, 5): a record that it names twice counts once, order and
 * turns do not matter, and another TTL makes all its records others.
 */
import { nameKey } from "./name.ts";
import { octetString, readU32, sameOctets } from "./octets.ts";
import { rrType } from "./rr-types.ts";
import type { RRset, ZoneDelta, ZoneRecord } from "./types.ts";

/** The records of a set, each once. */
export function recordsOf({ owner, type, ttlSeconds, rdata }: RRset): ZoneRecord[] {
  const records = rdata.map((octets) => ({ owner, type, ttlSeconds, rdata: octets }));
  if (records.length < 2) return records;
  const seen = new Map(records.map((record) => [octetString(record.rdata), record]));
  return seen.size === records.length ? records : [...seen.values()];
}

/** The same for the same record, whatever the case of its owner. */
export function recordKey({ owner, type, ttlSeconds, rdata }: ZoneRecord): string {
  return `${nameKey(owner)}${type} ${ttlSeconds} ${octetString(rdata)}`;
}

/** The serial in a SOA record. */
export function soaSerial({ rdata }: Pick<ZoneRecord, "rdata">): number {
  return readU32(rdata, rdata.length - 20);
}

/** Collects what changes from one state of a zone to the next. */
export class DeltaDraft {
  private readonly removed: ZoneRecord[] = [];
  private readonly added: ZoneRecord[] = [];

  /** One set as it was and as it is. The SOA is told to `finish` instead. */
  change(before: RRset | undefined, after: RRset | undefined): void {
    if (before === after || (before ?? after)?.type === rrType.SOA || sameRecords(before, after)) return;
    const olds = before === undefined ? [] : recordsOf(before);
    const news = after === undefined ? [] : recordsOf(after);
    const kept = olds.length === 0 || news.length === 0 ? new Set<string>() : commonKeys(olds, news);
    for (const record of olds) if (!kept.has(recordKey(record))) this.removed.push(record);
    for (const record of news) if (!kept.has(recordKey(record))) this.added.push(record);
  }

  finish(before: RRset, after: RRset): ZoneDelta {
    const [from, to] = [recordsOf(before), recordsOf(after)];
    return {
      from: from[0] === undefined ? 0 : soaSerial(from[0]),
      to: to[0] === undefined ? 0 : soaSerial(to[0]),
      removed: [...from, ...this.removed],
      added: [...to, ...this.added],
    };
  }
}

/** True for sets that are the same in the same order; others may be the same too. */
function sameRecords(before: RRset | undefined, after: RRset | undefined): boolean {
  if (before === undefined || after === undefined || before.ttlSeconds !== after.ttlSeconds) return false;
  const [olds, news] = [before.rdata, after.rdata];
  return olds.length === news.length && olds.every((octets, at) => sameOctets(octets, news[at] ?? octets));
}

function commonKeys(olds: readonly ZoneRecord[], news: readonly ZoneRecord[]): Set<string> {
  const keys = new Set(olds.map(recordKey));
  return new Set(news.map(recordKey).filter((key) => keys.has(key)));
}
