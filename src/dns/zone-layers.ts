/**
 * What lies over and under the sets that are served (see `Layer`). Only keys that have an entry above the base are kept
 * here, with all that they have; for every other key the served set is the base's, so a large file costs nothing here.
 */
import type { Layer, NameKey, RRset } from "./types.ts";

/** The entries of one owner and type. At least one of the two upper ones is there. */
interface Stack {
  readonly type: number;
  base: RRset | undefined;
  updates: RRset | undefined;
  pools: RRset | undefined;
}

/** One entry that comes (`set`), goes (undefined) or is replaced. */
export interface LayerChange {
  readonly layer: Layer;
  readonly key: NameKey;
  readonly type: number;
  readonly set: RRset | undefined;
}

function topOf({ base, updates, pools }: Stack): RRset | undefined {
  if (pools !== undefined) return pools;
  if (updates === undefined) return base;
  return updates.rdata.length === 0 ? undefined : updates;
}

export class ZoneLayers {
  private readonly stacks = new Map<NameKey, Stack[]>();

  private stack(key: NameKey, type: number): Stack | undefined {
    return this.stacks.get(key)?.find((stack) => stack.type === type);
  }

  /** The base's set, of which `served` is what is served for the key now. */
  base(key: NameKey, type: number, served: RRset | undefined): RRset | undefined {
    const stack = this.stack(key, type);
    return stack === undefined ? served : stack.base;
  }

  has(layer: "updates" | "pools", key: NameKey): boolean {
    return this.stacks.get(key)?.some((stack) => stack[layer] !== undefined) ?? false;
  }

  /** Makes a change and returns what is served for its key from now on; `served` is what was until now. */
  change({ layer, key, type, set }: LayerChange, served: RRset | undefined): RRset | undefined {
    const stack = this.stack(key, type);
    if (stack === undefined) {
      if (layer === "base") return set;
      return set === undefined ? served : this.cover({ layer, key, type, set }, served);
    }
    stack[layer] = set;
    if (stack.updates === undefined && stack.pools === undefined) this.uncover(key, stack);
    return topOf(stack);
  }

  /** Puts the first entry over what the base has. */
  private cover({ layer, key, type, set }: LayerChange, base: RRset | undefined): RRset | undefined {
    const stack: Stack = { type, base, updates: undefined, pools: undefined };
    stack[layer] = set;
    const others = this.stacks.get(key);
    if (others === undefined) this.stacks.set(key, [stack]);
    else others.push(stack);
    return topOf(stack);
  }

  private uncover(key: NameKey, stack: Stack): void {
    const left = this.stacks.get(key)?.filter((other) => other !== stack) ?? [];
    if (left.length === 0) this.stacks.delete(key);
    else this.stacks.set(key, left);
  }

  /** What each layer above the base has for a key; undefined: nothing. */
  upperAt(key: NameKey, type: number): readonly LayerChange[] {
    const stack = this.stack(key, type);
    return (["updates", "pools"] as const).map((layer) => ({ layer, key, type, set: stack?.[layer] }));
  }

  /** Every entry above the base. */
  *upper(): Generator<LayerChange> {
    for (const [key, stacks] of this.stacks) {
      for (const { type, updates, pools } of stacks) {
        if (updates !== undefined) yield { layer: "updates", key, type, set: updates };
        if (pools !== undefined) yield { layer: "pools", key, type, set: pools };
      }
    }
  }
}
