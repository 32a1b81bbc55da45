/** What a zone file has lost since the threads that answer last took it, for the limit on removal and for plans. */
import { nameKey } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import type { NameKey, RRset } from "../../dns/types.ts";
import { rrsetText } from "../../dns/zone-file/write.ts";
import { SetFinder, type SetIndex } from "./base-changes.ts";
import type { FileComparison } from "../../ports/nameserver.ts";
import { packPieces, PieceReader, unpackSets } from "./set-packing.ts";

/** Lines of one zone that a plan shows, of those that go and of those that come. */
const linesMax = 1000;

export interface BaseLoss {
  /** Records that there were, the SOA aside, and how many of them are gone; one whose TTL alone is different is not. */
  readonly published: number;
  readonly removed: number;
  /** Lines of a master file that are gone, or have another TTL; of many the first. */
  readonly lines: readonly string[];
}

/** `before`: the zone as it was, packed. Names in `decided` are left out. */
export function findLoss(before: readonly Uint8Array[], zone: SetIndex, decided: ReadonlySet<NameKey>): BaseLoss {
  const finder = new SetFinder(zone);
  const lines: string[] = [];
  let [published, removed] = [0, 0];
  for (const piece of before) {
    for (const reader = new PieceReader(piece); reader.next(); ) {
      const now = finder.find(reader);
      const isCounted = reader.type !== rrType.SOA && (decided.size === 0 || !decided.has(nameKey(reader.owner)));
      if (isCounted) published += reader.records;
      if (finder.isSame) continue;
      const was = reader.set;
      if (isCounted) removed += missing(was, now).length;
      if (lines.length < linesMax && !decided.has(nameKey(was.owner))) lines.push(...linesOf(was, now));
    }
  }
  return { published, removed, lines: lines.slice(0, linesMax) };
}

/** The zone as it was beside the one that it would be. */
export function compareBase(
  before: readonly Uint8Array[],
  zone: SetIndex,
  decided: ReadonlySet<NameKey>,
): FileComparison {
  const { lines, published, removed } = findLoss(before, zone, decided);
  const gained = findLoss(packPieces(zone.rrsets), indexOf(before), decided);
  return { published, removed, lost: lines, gained: gained.lines };
}

function indexOf(pieces: readonly Uint8Array[]): SetIndex {
  const rrsets = pieces.flatMap(unpackSets);
  const owners = new Map<NameKey, { sets: RRset[] }>();
  for (const set of rrsets) {
    const key = nameKey(set.owner);
    const known = owners.get(key);
    if (known === undefined) owners.set(key, { sets: [set] });
    else known.sets.push(set);
  }
  return { rrsets, owners };
}

function missing(was: RRset, now: RRset | undefined): readonly Uint8Array[] {
  const known = new Set(now?.rdata.map(textOf));
  return was.rdata.filter((octets) => !known.has(textOf(octets)));
}

function linesOf(was: RRset, now: RRset | undefined): readonly string[] {
  const rdata = was.ttlSeconds === now?.ttlSeconds ? missing(was, now) : was.rdata;
  return rdata.map((octets) =>
    rrsetText({ ...was, rdata: [octets] })
      .trimEnd()
      .replaceAll("\t", " "),
  );
}

function textOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
}
