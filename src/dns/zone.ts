/**
 * A zone in memory: nodes by name, each with its sets, so that RFC 1034, 4.3.2 is a walk over a few Map entries.
 *
 * Names between a record and the apex exist too, as nodes without sets (empty non-terminals, RFC 4592, 2.2.2). A
 * change costs what the change is worth, whatever the size of the zone. Answers are compiled elsewhere and kept until
 * a `Mark` which they were made under moves: a node's when its own sets change, the zone's with every transaction.
 */
import { assert } from "../base/assert.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { isWithin, nameKey, nameText, parentName } from "./name.ts";
import { replaceSoaSerial } from "./rdata/index.ts";
import { readU32 } from "./octets.ts";
import { rrType } from "./rr-types.ts";
import type { Name, NameKey, RRset, ZoneTransaction } from "./types.ts";

/** Counts changes; whoever remembers the count sees whether something has changed since. */
export interface Mark {
  changes: number;
}

export class ZoneNode implements Mark {
  readonly key: NameKey;
  readonly parent: ZoneNode | null;
  /** Sets in the order of arrival; empty for an empty non-terminal. */
  readonly sets: RRset[] = [];
  children = 0;
  changes = 0;

  constructor(key: NameKey, parent: ZoneNode | null) {
    this.key = key;
    this.parent = parent;
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

function overlayKey(owner: NameKey, type: number): string {
  return `${owner}${type}`;
}

/** Types that change what is served below their owner. */
function bends(type: number): boolean {
  return type === rrType.NS || type === rrType.DNAME;
}

export class Zone implements Mark {
  readonly origin: Name;
  readonly apex: ZoneNode;
  changes = 0;
  /** Moves when a delegation or DNAME comes or goes: answers below it change although their nodes do not. */
  bends = 0;
  /** What transactions put over the sets that were loaded. */
  readonly overlay = new Map<string, RRset>();
  private readonly nodes = new Map<NameKey, ZoneNode>();
  /** Nodes that hold a delegation or a DNAME. */
  private bent = 0;

  constructor(origin: Name) {
    this.origin = origin;
    this.apex = new ZoneNode(nameKey(origin), null);
    this.nodes.set(this.apex.key, this.apex);
  }

  get names(): number {
    return this.nodes.size;
  }

  get serial(): number {
    const soa = this.apex.set(rrType.SOA)?.rdata[0];
    return soa === undefined ? 0 : readU32(soa, soa.length - 20);
  }

  node(key: NameKey): ZoneNode | undefined {
    return this.nodes.get(key);
  }

  /** Adds a loaded set. Not for zones that are being served: `apply` is. */
  load(set: RRset): void {
    this.put(set, nameKey(set.owner));
  }

  /** Why the transaction cannot be applied, or null. */
  private refusal(transaction: ZoneTransaction): string | null {
    for (const { owner } of [...transaction.put, ...transaction.remove]) {
      if (!isWithin(nameKey(owner), this.apex.key)) return `${nameText(owner)} is not in ${nameText(this.origin)}`;
    }
    const removesSoa = transaction.remove.some((gone) => gone.type === rrType.SOA);
    return removesSoa || this.apex.set(rrType.SOA) === undefined ? `${nameText(this.origin)} would have no SOA` : null;
  }

  /** Applies a change whole, or refuses it with a reason and changes nothing. */
  apply(transaction: ZoneTransaction): Result<null, string> {
    const refusal = this.refusal(transaction);
    if (refusal !== null) return fail(refusal);
    for (const { owner, type } of transaction.remove) {
      const key = nameKey(owner);
      this.overlay.delete(overlayKey(key, type));
      this.remove(key, type);
    }
    for (const set of transaction.put) {
      const key = nameKey(set.owner);
      this.overlay.set(overlayKey(key, set.type), set);
      this.put(set, key);
    }
    this.overlay.delete(overlayKey(this.apex.key, rrType.SOA));
    this.setSerial(transaction.serial);
    return ok(null);
  }

  /** Lays sets that transactions had put over a zone that was loaded anew. */
  layOver(overlay: ReadonlyMap<string, RRset>): void {
    for (const [key, set] of overlay) {
      this.overlay.set(key, set);
      this.put(set, nameKey(set.owner));
    }
  }

  /** Writes a serial into the SOA. */
  setSerial(serial: number): void {
    const set = this.apex.set(rrType.SOA);
    const rdata = set?.rdata[0];
    assert(set !== undefined && rdata !== undefined, "a served zone has a SOA");
    const { owner, type, ttlSeconds } = set;
    this.put({ owner, type, ttlSeconds, rdata: [replaceSoaSerial(rdata, serial)] }, this.apex.key);
    this.changes += 1;
  }

  private put(set: RRset, key: NameKey): void {
    const node = this.nodeFor(key);
    const at = node.sets.findIndex((old) => old.type === set.type);
    if (bends(set.type)) this.unbend(node, () => this.replace(node, at, set));
    else this.replace(node, at, set);
  }

  private replace(node: ZoneNode, at: number, set: RRset): void {
    if (at < 0) node.sets.push(set);
    else node.sets[at] = set;
    node.changes += 1;
  }

  private remove(key: NameKey, type: number): void {
    const node = this.nodes.get(key);
    const at = node?.sets.findIndex((set) => set.type === type) ?? -1;
    if (node === undefined || at < 0) return;
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
    const parent = this.nodeFor(parentName(key));
    const node = new ZoneNode(key, parent);
    parent.children += 1;
    this.nodes.set(key, node);
    return node;
  }

  /** Removes nodes from `node` upwards that hold nothing and have nothing below. */
  private prune(node: ZoneNode): void {
    let at = node;
    while (at.sets.length === 0 && at.children === 0 && at.parent !== null) {
      this.nodes.delete(at.key);
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

/**
 * All zones that are served. `changes` moves with every change of any of them, `generation` with those that may touch
 * the answer of a name that has not itself changed: a zone comes or goes, a delegation or DNAME does.
 */
export class ZoneTable implements Mark {
  changes = 0;
  generation = 0;
  private readonly zones = new Map<NameKey, Zone>();

  get size(): number {
    return this.zones.size;
  }

  get(origin: NameKey): Zone | undefined {
    return this.zones.get(origin);
  }

  all(): Iterable<Zone> {
    return this.zones.values();
  }

  set(zone: Zone): void {
    this.zones.set(zone.apex.key, zone);
    this.changes += 1;
    this.generation += 1;
  }

  /** Applies a change to the zone it names, whole or not at all. */
  apply(transaction: ZoneTransaction): Result<null, string> {
    const zone = this.zones.get(nameKey(transaction.origin));
    if (zone === undefined) return fail(`${nameText(transaction.origin)} is not served`);
    const bends = zone.bends;
    const applied = zone.apply(transaction);
    this.changes += 1;
    if (zone.bends !== bends) this.generation += 1;
    return applied;
  }

  delete(origin: NameKey): void {
    this.zones.delete(origin);
    this.changes += 1;
    this.generation += 1;
  }

  /** The zone nearest to a name, itself or above. */
  find(key: NameKey): Zone | undefined {
    for (let at = key; ; at = parentName(at)) {
      const zone = this.zones.get(at);
      if (zone !== undefined || at.length === 1) return zone;
    }
  }

  /**
   * The zone that answers for DS: the parent's side of a cut (RFC 4035, 3.1.4.1), if it is here and knows the name. A
   * parent that lacks the delegation would deny a name which exists.
   */
  findForDs(key: NameKey): Zone | undefined {
    const own = this.find(key);
    if (key.length === 1) return own;
    const above = this.find(parentName(key));
    return above === undefined || (above !== own && above.node(key) === undefined) ? own : above;
  }
}
