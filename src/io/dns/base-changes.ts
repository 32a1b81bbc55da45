/**
 * What a zone file has changed since the threads that answer last took it. They are told just that, and go on with all
 * the rest as it is: to take a large zone whole costs each of them a good part of a second.
 */
import { nameKey } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import type { NameKey, RRset, SetKey } from "../../dns/types.ts";
import { packPieces, PieceReader, setsPerPiece } from "./set-packing.ts";

/** Sets that are changed in one turn of an answering thread; a zone that differs in more is taken whole. */
export const changedSetsMax = 100;

export interface BaseChanges {
  /** The SOA, always, and what comes or is different. */
  readonly put: readonly RRset[];
  readonly gone: readonly SetKey[];
}

/** A zone as it is: its sets in order, and by name. */
export interface SetIndex {
  readonly rrsets: readonly RRset[];
  readonly owners: ReadonlyMap<NameKey, { readonly sets: readonly RRset[] }>;
}

/** `before`: the zone as it was, packed. `pieces`: as it is now. Null: it differs in too much. */
export function findChanges(
  before: readonly Uint8Array[],
  zone: SetIndex,
): (BaseChanges & { readonly pieces: readonly Uint8Array[] }) | null {
  const { rrsets } = zone;
  const put: RRset[] = rrsets.filter(({ type }) => type === rrType.SOA);
  const gone: SetKey[] = [];
  const kept: RRset[] = [];
  const pieces: Uint8Array[] = [];
  const finder = new SetFinder(zone);
  for (const piece of before) {
    const firstKept = kept.length;
    let isSame = true;
    for (const reader = new PieceReader(piece); reader.next(); ) {
      const set = finder.find(reader);
      if (set !== undefined) kept.push(set);
      if (finder.isSame) continue;
      isSame = false;
      const { owner, type } = reader;
      if (set === undefined) gone.push({ owner, type });
      else if (type !== rrType.SOA) put.push(set);
    }
    if (put.length + gone.length > changedSetsMax) return null;
    pieces.push(...(isSame ? [piece] : packPieces(kept.slice(firstKept))));
  }
  const added = kept.length === rrsets.length ? [] : without(rrsets, kept);
  const isScattered = pieces.length > 8 + (2 * rrsets.length) / setsPerPiece;
  if (isScattered || put.length + gone.length + added.length > changedSetsMax) return null;
  return { put: [...put, ...added], gone, pieces: [...pieces, ...packPieces(added)] };
}

/** Finds the sets of a zone that was, one after the other, in the zone as it is. */
export class SetFinder {
  /** The one that was found last has not changed. */
  isSame = false;
  readonly #zone: SetIndex;
  /** Most sets follow each other as they did before, and need not be looked for. */
  #next = 0;

  constructor(zone: SetIndex) {
    this.#zone = zone;
  }

  find(reader: PieceReader): RRset | undefined {
    const { owners, rrsets } = this.#zone;
    const expected = rrsets[this.#next];
    const isExpected = expected !== undefined && reader.isAs(expected);
    const set = isExpected ? expected : findSet(owners, reader);
    if (set === expected) this.#next += 1;
    else if (set !== undefined && set === rrsets[this.#next + 1]) this.#next += 2;
    this.isSame = isExpected || (set !== undefined && reader.isAs(set));
    return set;
  }
}

function findSet(owners: SetIndex["owners"], { owner, type }: PieceReader): RRset | undefined {
  return owners.get(nameKey(owner))?.sets.find((set) => set.type === type);
}

function without(all: readonly RRset[], some: readonly RRset[]): readonly RRset[] {
  const known = new Set(some);
  return all.filter((set) => !known.has(set));
}
