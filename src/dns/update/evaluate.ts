/**
 * What an update would do to a zone (RFC 2136, 3.2 to 3.4): prerequisites against what is served, then permissions, then
 * the changes in their order on copies of the sets they touch. Out come the entries of the layer `updates` that make
 * it so; nothing is changed here.
 */
import { rcode } from "../message.ts";
import { nameKey, nameText } from "../name.ts";
import { octetString, sameOctets } from "../octets.ts";
import { canonicalRdata } from "../rdata/index.ts";
import { typeText } from "../rr-types.ts";
import type { Name, NameKey, RRset, SetKey } from "../types.ts";
import type { Prerequisite, UpdateChange, UpdateRequest } from "./request.ts";
import { recordsOf, Scratch, type ScratchSet } from "./scratch.ts";

/** What is seen of a zone. */
export interface UpdateView {
  /** Every set that is served at a name, empty ones included. */
  sets(owner: NameKey): readonly RRset[];
  /** What the layers under `updates` have; undefined: nothing. */
  below(owner: NameKey, type: number): RRset | undefined;
}

export type UpdateOutcome =
  | {
      readonly kind: "refused";
      readonly rcode: number;
      /** For logs. */
      readonly reason: string;
    }
  /** Both empty: nothing would change. */
  | { readonly kind: "changes"; readonly put: readonly RRset[]; readonly remove: readonly SetKey[] };

/** A set must fit into an answer over TCP, with room for the rest of the message. */
const setOctetsMax = 60_000;

interface Evaluation {
  readonly view: UpdateView;
  readonly request: UpdateRequest;
  /** Whether the sender may change this set. */
  readonly permits: (owner: Name, type: number) => boolean;
}

type Refusal = UpdateOutcome & { readonly kind: "refused" };

function refuse(code: number, reason: string): Refusal {
  return { kind: "refused", rcode: code, reason };
}

function setText({ owner, type }: SetKey): string {
  return `${nameText(owner)} ${typeText(type)}`;
}

function findSet(view: UpdateView, { owner, type }: SetKey): RRset | undefined {
  return view.sets(nameKey(owner)).find((set) => set.type === type && set.rdata.length > 0);
}

function isNameInUse(view: UpdateView, owner: Name): boolean {
  return view.sets(nameKey(owner)).some((set) => set.rdata.length > 0);
}

/** Records without regard to their order, to how often one is named, or to the case of names in them. */
function canonicalRecords(type: number, rdata: readonly Uint8Array[]): ReadonlySet<string> {
  return new Set(rdata.map((one) => octetString(canonicalRdata(type, one))));
}

function hasExactly(set: RRset | undefined, rdata: readonly Uint8Array[]): boolean {
  if (set === undefined) return false;
  const held = canonicalRecords(set.type, set.rdata);
  const wanted = canonicalRecords(set.type, rdata);
  return held.size === wanted.size && [...wanted].every((one) => held.has(one));
}

/** RFC 2136, 3.2: what the prerequisite does not find, or finds. */
function refuseUnmet(view: UpdateView, prerequisite: Prerequisite): Refusal | null {
  const name = nameText(prerequisite.owner);
  switch (prerequisite.kind) {
    case "name-in-use":
      return isNameInUse(view, prerequisite.owner) ? null : refuse(rcode.NXDOMAIN, `${name} is not in use`);
    case "name-not-in-use":
      return isNameInUse(view, prerequisite.owner) ? refuse(rcode.YXDOMAIN, `${name} is in use`) : null;
    case "set-exists":
      return findSet(view, prerequisite) === undefined
        ? refuse(rcode.NXRRSET, `${setText(prerequisite)} does not exist`)
        : null;
    case "set-not-exists":
      return findSet(view, prerequisite) === undefined
        ? null
        : refuse(rcode.YXRRSET, `${setText(prerequisite)} exists`);
    case "set-exists-with":
      return hasExactly(findSet(view, prerequisite), prerequisite.rdata)
        ? null
        : refuse(rcode.NXRRSET, `${setText(prerequisite)} has other records`);
  }
}

/** The sets for which a change needs permission: of a whole name those which it has, as in BIND. */
function setsOfChange(view: UpdateView, change: UpdateChange): readonly SetKey[] {
  return change.kind === "delete-name" ? view.sets(nameKey(change.owner)) : [change];
}

function refuseForbidden({ view, request, permits }: Evaluation): Refusal | null {
  for (const change of request.changes) {
    for (const set of setsOfChange(view, change)) {
      if (!permits(set.owner, set.type))
        return refuse(rcode.REFUSED, `${setText(set)} may not be changed with this key`);
    }
  }
  return null;
}

/** The same records to the octet and the same TTL, without regard to order. */
function isSame(set: ScratchSet, other: RRset | undefined): boolean {
  const held = other === undefined ? new Map<string, Uint8Array>() : recordsOf(other);
  if (set.records.size !== held.size) return false;
  if (held.size > 0 && set.ttlSeconds !== other?.ttlSeconds) return false;
  for (const [key, rdata] of set.records) {
    const one = held.get(key);
    if (one === undefined || !sameOctets(one, rdata)) return false;
  }
  return true;
}

function setOctets({ owner, rdata }: RRset): number {
  return rdata.reduce((sum, one) => sum + owner.length + 10 + one.length, 0);
}

/** The entries of the layer that make the touched sets what they became. */
function findEntries(view: UpdateView, touched: Iterable<ScratchSet>): UpdateOutcome {
  const put: RRset[] = [];
  const remove: SetKey[] = [];
  for (const set of touched) {
    if (isSame(set, set.before)) continue;
    const { owner, type, ttlSeconds } = set;
    if (isSame(set, view.below(nameKey(owner), type))) {
      remove.push({ owner, type });
      continue;
    }
    const entry = { owner, type, ttlSeconds, rdata: [...set.records.values()] };
    const grows = entry.rdata.length > (set.before?.rdata.length ?? 0);
    if (grows && setOctets(entry) > setOctetsMax) {
      return refuse(rcode.REFUSED, `${setText(entry)} would have more than ${setOctetsMax} octets`);
    }
    put.push(entry);
  }
  return { kind: "changes", put, remove };
}

/**
 * Tries out an update that was read by `readUpdate`. `permits` is asked for each set that a change names, and for a
 * whole name for each set that is there, empty ones included.
 */
export function evaluateUpdate(evaluation: Evaluation): UpdateOutcome {
  const { view, request } = evaluation;
  for (const prerequisite of request.prerequisites) {
    const unmet = refuseUnmet(view, prerequisite);
    if (unmet !== null) return unmet;
  }
  const forbidden = refuseForbidden(evaluation);
  if (forbidden !== null) return forbidden;
  const scratch = new Scratch(request.origin, (owner) => view.sets(owner));
  for (const change of request.changes) scratch.change(change);
  return findEntries(view, scratch.touched());
}
