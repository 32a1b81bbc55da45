/**
 * What one server should hold of a zone's managed sets, and what is known to be there, set by set. A set is `unknown`
 * until it was asked for, and again after a write whose outcome nobody knows; only a set that is known is written, so
 * each write can name what it replaces. What is found and was put there by nobody here is drift.
 */
import { compareNames, nameKey, ownerTypeKey } from "../dns/name.ts";
import { octetString } from "../dns/octets.ts";
import { canonicalRdata } from "../dns/rdata/index.ts";
import type { RRset, SetKey } from "../dns/types.ts";
import type { WantedZone } from "../ports/outlet.ts";

/** Lost writes that are remembered of a set; what an older one leaves counts as drift. */
const lostMax = 16;

export interface ManagedSet extends SetKey {
  readonly key: string;
  wanted: RRset;
  /** It left the configuration: once it is gone there, it is forgotten here. */
  leaving: boolean;
  /** What is there; null: it must be asked for before anything is written. */
  seen: RRset | null;
  /** A write of it is on its way. */
  sending: boolean;
  /** What was there when that was last known; null: nothing is known of it yet. */
  known: RRset | null;
  /** What writes with an unknown outcome may have left there since. Anything else that is found is drift. */
  lost: readonly RRset[];
  /** Why it cannot be kept there, until it is asked for again. */
  blocked: string | null;
  /** Answered for it and not its own: a wildcard's (RFC 4592). Counts as nothing. */
  covered: RRset | null;
  /** A write has shown that there is nothing under what covers it. */
  proven: boolean;
  /** Drifts in a row. */
  strikes: number;
}

export interface Drift {
  readonly set: ManagedSet;
  readonly before: RRset;
  readonly found: RRset;
}

export class ManagedSets {
  readonly unknown = new Set<ManagedSet>();
  readonly differing = new Set<ManagedSet>();
  readonly blocked = new Set<ManagedSet>();
  readonly #all = new Map<string, ManagedSet>();

  want({ changed, sets }: WantedZone): void {
    if (changed === null) {
      for (const set of sets.values()) this.#wantSet(set, false);
      for (const set of this.#all.values()) if (!sets.has(set.key)) this.#wantSet(nothingAt(set), true);
      return;
    }
    for (const key of changed) {
      const set = sets.get(ownerTypeKey(key));
      this.#wantSet(set ?? nothingAt(key), set === undefined);
    }
  }

  #wantSet(wanted: RRset, leaving: boolean): void {
    const key = ownerTypeKey(wanted);
    let set = this.#all.get(key);
    if (set === undefined) {
      const { owner, type } = wanted;
      const start = {
        seen: null,
        sending: false,
        known: null,
        lost: [],
        blocked: null,
        covered: null,
        proven: false,
        strikes: 0,
      };
      set = { key, owner, type, wanted, leaving, ...start };
      this.#all.set(key, set);
    }
    set.wanted = wanted;
    set.leaving = leaving;
    this.#place(set);
  }

  all(): ManagedSet[] {
    return [...this.#all.values()];
  }

  has(set: ManagedSet): boolean {
    return this.#all.get(set.key) === set;
  }

  #place(set: ManagedSet): void {
    const isKnown = set.seen !== null || set.blocked !== null;
    if (isKnown || set.sending) this.unknown.delete(set);
    this.differing.delete(set);
    this.blocked.delete(set);
    if (set.sending) return;
    if (set.blocked !== null) this.blocked.add(set);
    else if (set.seen === null) this.unknown.add(set);
    else if (!sameContent(set.seen, set.wanted) || (set.covered !== null && !set.proven)) this.differing.add(set);
    else if (set.leaving) this.#all.delete(set.key);
  }

  /** Nobody knows any more what is there. */
  doubt(set: ManagedSet): void {
    set.seen = null;
    set.sending = false;
    set.blocked = null;
    this.#place(set);
  }

  /** The server may come back with anything: sets that were due to change are asked for first. */
  doubtAll(): void {
    for (const set of new Set([...this.differing, ...this.#all.values()])) this.doubt(set);
  }

  /** It cannot be kept there, whatever is sent. */
  block(set: ManagedSet, reason: string): void {
    set.blocked = reason;
    set.seen = null;
    this.#place(set);
  }

  /** A write leaves; until its outcome is known either value may be there. */
  sending(set: ManagedSet): void {
    set.sending = true;
    this.#place(set);
  }

  /** A write was carried out. */
  written(set: ManagedSet, value: RRset): void {
    set.seen = value;
    set.sending = false;
    set.known = value;
    set.lost = [];
    if (value.rdata.length > 0) set.covered = null;
    set.proven = set.covered !== null;
    this.#place(set);
  }

  /** What was answered for a set. Returns the drift, if it is neither wanted nor muster's. */
  found(set: ManagedSet, answered: RRset): Drift | null {
    if (!this.has(set)) return null;
    const isCovered = set.covered !== null && sameContent(answered, set.covered);
    if (!isCovered) set.covered = null;
    const found = isCovered ? nothingAt(set) : answered;
    const before = set.known;
    const isOurs = [before, ...set.lost].some((value) => value !== null && sameContent(value, found));
    set.seen = found;
    set.blocked = null;
    set.known = found;
    this.#place(set);
    const isDrift = before !== null && !isOurs && !sameContent(found, set.wanted);
    set.strikes = isDrift ? set.strikes + 1 : 0;
    return isDrift ? { set, before, found } : null;
  }

  /** A write came to nothing, or so it seems. */
  lose(set: ManagedSet, value: RRset): void {
    const others = set.lost.filter((lost) => !sameContent(lost, value));
    set.lost = [...others, value].slice(-lostMax);
    this.doubt(set);
  }

  /** Takes what is answered for a wildcard's, or no longer; the next write shows whether that is so. */
  turnCovered(set: ManagedSet): void {
    if (set.seen === null) return;
    const value = set.covered;
    set.covered = value === null ? set.seen : null;
    set.proven = false;
    set.seen = value ?? nothingAt(set);
    set.known = set.seen;
    this.#place(set);
  }
}

export function nothingAt({ owner, type }: SetKey): RRset {
  return { owner, type, ttlSeconds: 0, rdata: [] };
}

/** In the order of names and types: a request is then the same whatever the order of decisions. */
export function inOrder(sets: Iterable<ManagedSet>): ManagedSet[] {
  const keyed = Array.from(sets, (set) => ({ set, key: nameKey(set.owner) }));
  keyed.sort((a, b) => compareNames(a.key, b.key) || a.set.type - b.set.type);
  return keyed.map(({ set }) => set);
}

function contentOf(set: RRset): string {
  return JSON.stringify(set.rdata.map((rdata) => octetString(canonicalRdata(set.type, rdata))).sort());
}

/** The same records, whatever their TTL: what a prerequisite compares (RFC 2136, 3.2.3). */
export function sameData(a: RRset, b: RRset): boolean {
  return a.rdata.length === b.rdata.length && contentOf(a) === contentOf(b);
}

export function sameContent(a: RRset, b: RRset): boolean {
  return (a.rdata.length === 0 || a.ttlSeconds === b.ttlSeconds) && sameData(a, b);
}
