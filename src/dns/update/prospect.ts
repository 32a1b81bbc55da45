/**
 * A zone as it will be when updates that were accepted, and are not yet applied, have been: what the next of them is seen
 * against. It keeps only what they touch.
 */
import { nameKey } from "../name.ts";
import { rrType } from "../rr-types.ts";
import type { NameKey, RRset, SetKey } from "../types.ts";
import type { UpdateView } from "./evaluate.ts";

export class Prospect implements UpdateView {
  readonly #now: UpdateView;
  /** What will be served of each touched owner and type, by owner; undefined: nothing. */
  readonly #later = new Map<NameKey, Map<number, RRset | undefined>>();

  constructor(now: UpdateView) {
    this.#now = now;
  }

  sets(owner: NameKey): readonly RRset[] {
    const later = this.#later.get(owner);
    if (later === undefined) return this.#now.sets(owner);
    const kept = this.#now.sets(owner).filter(({ type }) => !later.has(type));
    return [...kept, ...[...later.values()].filter((set) => set !== undefined)];
  }

  /** The SOA has no layers: what is put over it is all there is of it. */
  below(owner: NameKey, type: number): RRset | undefined {
    const later = this.#later.get(owner);
    return type === rrType.SOA && later?.has(type) === true ? later.get(type) : this.#now.below(owner, type);
  }

  /** Takes up what an update would change. A set without records hides the one below it. */
  accept({ put, remove }: { readonly put: readonly RRset[]; readonly remove: readonly SetKey[] }): void {
    for (const { owner, type } of remove) this.#set(nameKey(owner), type, this.#now.below(nameKey(owner), type));
    for (const set of put) this.#set(nameKey(set.owner), set.type, set.rdata.length === 0 ? undefined : set);
  }

  #set(owner: NameKey, type: number, set: RRset | undefined): void {
    const later = this.#later.get(owner) ?? new Map<number, RRset | undefined>();
    later.set(type, set);
    this.#later.set(owner, later);
  }
}
