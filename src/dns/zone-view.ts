/**
 * A zone as it was at a moment, read bit by bit while it goes on changing. Nothing is copied when it begins, so that no query
 * waits for it: what lies ahead of the reader and changes is kept as it was, once; what lies behind does not matter, and what
 * came later is passed by. It costs memory for what changes meanwhile, whatever the size of the zone.
 */
import type { RRset } from "./types.ts";

/** A node of the tree; `born` rises in the order in which the tree hands its nodes out. */
interface Viewed {
  readonly born: number;
  readonly sets: readonly RRset[];
}

export class ZoneView {
  /** What was born later is none of its business. */
  private readonly lastBorn: number;
  private readonly soa: RRset | undefined;
  /** Born as the node that was read last. */
  private passed = 0;
  /** Of nodes ahead, what has changed since: by type, as it was. */
  private readonly kept = new Map<Viewed, Map<number, RRset | undefined>>();

  constructor(begins: { readonly soa: RRset | undefined; readonly lastBorn: number }) {
    this.soa = begins.soa;
    this.lastBorn = begins.lastBorn;
  }

  /** Told before the set of a type changes. */
  keep(node: Viewed, type: number, before: RRset | undefined): void {
    if (node.born <= this.passed || node.born > this.lastBorn) return;
    const types = this.kept.get(node) ?? new Map<number, RRset | undefined>();
    if (!types.has(type)) types.set(type, before);
    this.kept.set(node, types);
  }

  /** All sets that had records, the SOA first. `nodes` are the tree's own, live. */
  *sets(nodes: Iterable<Viewed>): Generator<RRset> {
    if (this.soa !== undefined) yield this.soa;
    for (const node of nodes) {
      if (node.born > this.lastBorn) break;
      this.passed = node.born;
      yield* this.setsOf(node);
    }
    // Nodes that were taken out before they were reached.
    for (const node of [...this.kept.keys()]) yield* this.setsOf(node);
  }

  private setsOf(node: Viewed): RRset[] {
    const types = this.kept.get(node);
    this.kept.delete(node);
    const sets = types === undefined ? [...node.sets] : node.sets.filter(({ type }) => !types.has(type));
    for (const before of types?.values() ?? []) if (before !== undefined) sets.push(before);
    return sets.filter((set) => set !== this.soa && set.rdata.length > 0);
  }
}
