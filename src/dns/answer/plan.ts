/**
 * What an answer is made of, before it is octets: sets with the owners and TTLs they are answered with, section by
 * section, and for how long and for which other questions the result may be kept.
 */
import type { ExtendedError, Name, RRset } from "../types.ts";
import type { Zone } from "../zone.ts";
import type { Mark, ZoneNode } from "../zone-tree.ts";

export interface PlannedSet {
  readonly owner: Name;
  readonly set: RRset;
  readonly ttlSeconds: number;
  /** Left out for want of room: TC must say so (RFC 2181, 9; RFC 9471 for glue). */
  readonly required: boolean;
}

/**
 * Which questions share the octets of this answer. `question`: this one, whatever its case. `suffix`: every question
 * whose name is as long and ends in the same `suffixOctets`, under the same `key` of `of`. `none`: compile each time.
 */
export type Reuse =
  | { readonly kind: "question" }
  | { readonly kind: "suffix"; readonly of: Zone | ZoneNode; readonly key: number; readonly suffixOctets: number }
  | { readonly kind: "none" };

export interface AnswerPlan {
  readonly klass: number;
  readonly rcode: number;
  readonly authoritative: boolean;
  readonly answer: readonly PlannedSet[];
  readonly authority: readonly PlannedSet[];
  readonly additional: readonly PlannedSet[];
  readonly extendedError: ExtendedError | null;
  /** Valid until this moves. */
  readonly mark: Mark;
  readonly reuse: Reuse;
}
