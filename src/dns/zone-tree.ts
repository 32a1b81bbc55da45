/**
 * The names of a zone as a tree: nodes by name, each with the sets that are served, so that RFC 1034, 4.3.2 is a walk
 * over a few Map entries.
 *
 * Names between a record and the apex exist too, as nodes without sets (empty non-terminals, RFC 4592, 2.2.2). Answers
 * are compiled elsewhere and kept until a `Mark` which they were made under moves: a node's when its own sets change,
 * the zone's with every transaction.
 */
import { grown } from "../base/grown.ts";
import { nameKey, parentName } from "./name.ts";
import { rrType } from "./rr-types.ts";
import type { Name, NameKey, RRset } from "./types.ts";
import { ZoneView } from "./zone-view.ts";

/** Counts changes; whoever remembers the count sees whether something has changed since. */
export interface Mark {
  changes: number;
}

export class ZoneNode implements Mark {
  readonly key: NameKey;
  readonly parent: ZoneNode | null;
  /** Its number among all nodes that the tree ever had. */
  readonly born: number;
  /** Sets in the order of arrival; empty for an empty non-terminal. */
  sets: RRset[] = [];
  children = 0;
  changes = 0;

  constructor(key: NameKey, parent: ZoneNode | null, born: number) {
    this.key = key;
    this.parent = parent;
    this.born = born;
  }

  /** The set of a type if it has records. */
  set(type: number): RRset | undefined {
    for (const set of this.sets) if (set.type === type && set.rdata.length > 0) return set;
    return undefined;
  }

  /** The set of a type even when it is empty: it may carry an extended error. */
  entry(type: number): RRset | undefined {
    for (const set of this.sets) if (set.type === type) return set;
    return undefined;
  }
}

/** Where the walk for a name ends. `encloser` is the node nearest above a name that does not exist. */
export type Walk =
  | { readonly kind: "found"; readonly node: ZoneNode }
  | { readonly kind: "delegated"; readonly cut: ZoneNode; readonly node: ZoneNode | null }
  | { readonly kind: "redirected"; readonly from: ZoneNode }
  | { readonly kind: "missing"; readonly encloser: ZoneNode };

/** Types that change what is served below their owner. */
function bends(type: number): boolean {
  return type === rrType.NS || type === rrType.DNAME;
}

export class ZoneTree implements Mark {
  readonly origin: Name;
  readonly apex: ZoneNode;
  changes = 0;
  /** Moves when a delegation or DNAME comes or goes: answers below it change although their nodes do not. */
  bends = 0;
  private readonly nodes = new Map<NameKey, ZoneNode>();
  /** Above the node that was made last: most names of a zone are siblings. */
  private lastParent: ZoneNode;
  /** Nodes that hold a delegation or a DNAME. */
  private bent = 0;
  private births = 1;
  /** Readers that must see the tree as it was when they began. */
  private readonly views = new Set<ZoneView>();

  constructor(origin: Name) {
    this.origin = origin;
    this.apex = new ZoneNode(nameKey(origin), null, this.births);
    this.nodes.set(this.apex.key, this.apex);
    this.lastParent = this.apex;
  }

  get names(): number {
    return this.nodes.size;
  }

  node(key: NameKey): ZoneNode | undefined {
    return this.nodes.get(key);
  }

  /** All sets that have records, the SOA first, read in one go. */
  *rrsets(): Generator<RRset> {
    const soa = this.apex.set(rrType.SOA);
    if (soa !== undefined) yield soa;
    for (const node of this.nodes.values()) {
      for (const set of node.sets) if (set !== soa && set.rdata.length > 0) yield set;
    }
  }

  /** The same as they are at the first step, however long the reader takes. One that stops early must say so (`return`). */
  *view(): Generator<RRset> {
    const view = new ZoneView({ soa: this.apex.set(rrType.SOA), lastBorn: this.births });
    this.views.add(view);
    try {
      yield* view.sets(this.nodes.values());
    } finally {
      this.views.delete(view);
    }
  }

  /**
   * All sets, empty ones too, in slices of at least so many, those of a node together: the zone may change between two of
   * them. What comes meanwhile may be among them or not.
   */
  *slices(setsMin: number): Generator<readonly RRset[]> {
    let slice: RRset[] = [];
    for (const node of this.nodes.values()) {
      slice.push(...node.sets);
      if (slice.length < setsMin) continue;
      yield slice;
      slice = [];
    }
    yield slice;
  }

  /** Adds a set, or replaces the one of its owner and type. */
  protected putSet(key: NameKey, set: RRset): void {
    const node = this.nodeFor(key);
    const at = node.sets.findIndex((old) => old.type === set.type);
    for (const view of this.views) view.keep(node, set.type, node.sets[at]);
    if (bends(set.type)) this.unbend(node, () => this.replace(node, at, set));
    else this.replace(node, at, set);
  }

  private replace(node: ZoneNode, at: number, set: RRset): void {
    if (at < 0) node.sets = grown(node.sets, set);
    else node.sets[at] = set;
    node.changes += 1;
  }

  /** Takes a set out, and names that nothing is left of. */
  protected removeSet(key: NameKey, type: number): void {
    const node = this.nodes.get(key);
    const at = node?.sets.findIndex((set) => set.type === type) ?? -1;
    if (node === undefined || at < 0) return;
    for (const view of this.views) view.keep(node, type, node.sets[at]);
    if (bends(type)) this.unbend(node, () => node.sets.splice(at, 1));
    else node.sets.splice(at, 1);
    node.changes += 1;
    this.prune(node);
  }

  /** Runs a change of a set that bends the walk, and keeps the count of such nodes. */
  private unbend(node: ZoneNode, change: () => void): void {
    const before = this.isCut(node) || node.set(rrType.DNAME) !== undefined;
    change();
    const after = this.isCut(node) || node.set(rrType.DNAME) !== undefined;
    this.bent += Number(after) - Number(before);
    this.bends += 1;
  }

  private nodeFor(key: NameKey): ZoneNode {
    const known = this.nodes.get(key);
    if (known !== undefined) return known;
    const parent = this.parentFor(key);
    this.births += 1;
    const node = new ZoneNode(key, parent, this.births);
    parent.children += 1;
    this.nodes.set(key, node);
    return node;
  }

  private parentFor(key: NameKey): ZoneNode {
    const { lastParent } = this;
    const isSibling = key.length === 1 + key.charCodeAt(0) + lastParent.key.length && key.endsWith(lastParent.key);
    if (!isSibling) this.lastParent = this.nodeFor(parentName(key));
    return this.lastParent;
  }

  /** Removes nodes from `node` upwards that hold nothing and have nothing below. */
  private prune(node: ZoneNode): void {
    let at = node;
    while (at.sets.length === 0 && at.children === 0 && at.parent !== null) {
      this.nodes.delete(at.key);
      if (at === this.lastParent) this.lastParent = this.apex;
      at.changes += 1;
      at.parent.children -= 1;
      at = at.parent;
    }
  }

  /** True for a delegation: NS below the apex. */
  isCut(node: ZoneNode): boolean {
    return node !== this.apex && node.set(rrType.NS) !== undefined;
  }

  private encloserOf(key: NameKey): ZoneNode {
    let at = parentName(key);
    for (;;) {
      const node = this.nodes.get(at);
      if (node !== undefined) return node;
      at = parentName(at);
    }
  }

  /** Finds the node of a name that is in the zone, or what stands in the way. The topmost cut or DNAME wins. */
  walk(key: NameKey): Walk {
    const node = this.nodes.get(key);
    const lowest = node ?? this.encloserOf(key);
    const bend = this.bent === 0 ? null : this.bendAbove(lowest, node ?? null);
    if (bend !== null) return bend;
    return node === undefined ? { kind: "missing", encloser: lowest } : { kind: "found", node };
  }

  /** The topmost delegation or DNAME at or above `lowest`. A DNAME does not redirect its own owner (RFC 6672, 2.3). */
  private bendAbove(lowest: ZoneNode, exact: ZoneNode | null): Walk | null {
    let bend: Walk | null = null;
    for (let at: ZoneNode | null = lowest; at !== null; at = at.parent) {
      if (this.isCut(at)) bend = { kind: "delegated", cut: at, node: at === exact ? at : null };
      else if (at !== exact && at.set(rrType.DNAME) !== undefined) bend = { kind: "redirected", from: at };
    }
    return bend;
  }
}
