/**
 * Finds out what a zone has at a name the way a server would (RFC 1034, 4.3.2), for checks of names that point into the
 * zone: delegations and DNAMEs on the way, aliases, wildcards. Answers are not made here.
 */
import { nameKey, parentName } from "./name.ts";
import { rrType } from "./rr-types.ts";
import type { NameKey } from "./types.ts";
import type { LocatedSet, OwnerSets } from "./zone-file/collect.ts";

/** `nothing`: no such name, or none with an address. */
export type HostFound = "address" | "nothing" | "alias" | "below-dname" | "delegated";

export class ZoneLookup {
  private readonly owners: ReadonlyMap<NameKey, OwnerSets>;
  private readonly originKey: NameKey;
  /** Names that exist only through names below them. Built when a wildcard first makes them matter. */
  private emptyNames: Set<NameKey> | null = null;

  constructor(owners: ReadonlyMap<NameKey, OwnerSets>, originKey: NameKey) {
    this.owners = owners;
    this.originKey = originKey;
  }

  setOf(key: NameKey, type: number): LocatedSet | undefined {
    return this.owners.get(key)?.sets.find((set) => set.type === type);
  }

  hasAddress(key: NameKey): boolean {
    return this.setOf(key, rrType.A) !== undefined || this.setOf(key, rrType.AAAA) !== undefined;
  }

  /** The nearest ancestor, or for NS the name itself, that takes the name out of the zone's own data. */
  cutAbove(key: NameKey): { readonly key: NameKey; readonly type: number } | null {
    let cut: { key: NameKey; type: number } | null = null;
    for (let at = key; at.length > this.originKey.length; at = parentName(at)) {
      if (this.setOf(at, rrType.NS) !== undefined) cut = { key: at, type: rrType.NS };
      else if (at !== key && this.setOf(at, rrType.DNAME) !== undefined) cut = { key: at, type: rrType.DNAME };
    }
    if (key === this.originKey || this.setOf(this.originKey, rrType.DNAME) === undefined) return cut;
    return { key: this.originKey, type: rrType.DNAME };
  }

  /** Whether a host in the zone has an address, and if not, why. `key` lies within the zone. */
  findHost(key: NameKey): HostFound {
    const cut = this.cutAbove(key);
    if (cut !== null) return cut.type === rrType.NS ? "delegated" : "below-dname";
    const at = this.owners.has(key) ? key : this.wildcardFor(key);
    if (at === null) return "nothing";
    if (this.setOf(at, rrType.CNAME) !== undefined) return "alias";
    return this.hasAddress(at) ? "address" : "nothing";
  }

  /** The wildcard that stands in for a name without records (RFC 4592, 3.3.1), or null. */
  private wildcardFor(key: NameKey): NameKey | null {
    if (this.isEmptyName(key)) return null;
    for (let at = key; at.length > this.originKey.length; ) {
      at = parentName(at);
      const wildcard = `\x01*${at}` as NameKey;
      if (this.owners.has(wildcard)) return wildcard;
      if (this.owners.has(at) || this.isEmptyName(at)) return null;
    }
    return null;
  }

  private isEmptyName(key: NameKey): boolean {
    this.emptyNames ??= this.collectEmptyNames();
    return this.emptyNames.has(key);
  }

  private collectEmptyNames(): Set<NameKey> {
    const empty = new Set<NameKey>();
    for (const key of this.owners.keys()) {
      for (let at = key; at.length > this.originKey.length; ) {
        at = parentName(at);
        if (at.length <= this.originKey.length || empty.has(at)) break;
        if (!this.owners.has(at)) empty.add(nameKey(at));
      }
    }
    return empty;
  }
}
