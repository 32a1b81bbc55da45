/** One life in the swarm: the world, the controller in it, and what is promised; faults are done to it by name. */
import type { Prng } from "../src/base/prng.ts";
import type { Config, MemberConfig, PoolConfig } from "../src/core/model.ts";
import type { MemoryDisk } from "../src/ports/memory-store.ts";
import type { Host } from "./host.ts";
import type { Network } from "./network.ts";
import type { Promises } from "./witness.ts";
import type { World } from "./world.ts";

export interface Life {
  readonly prng: Prng;
  readonly host: Host;
  readonly world: World;
  readonly network: Network;
  readonly promises: Promises;
  /** What is configured when nothing is left out. */
  readonly full: Config;
  readonly note: (line: string) => void;
  /** The last number that a client sent. */
  counted: number;
  backup: MemoryDisk | null;
}

export type Fault = (life: Life) => void;

export function pick<T>(prng: Prng, from: readonly T[]): T {
  const one = from[prng.int(from.length)];
  if (one === undefined) throw new RangeError("picking from nothing");
  return one;
}

export function anyPool({ host, prng }: Life): PoolConfig {
  return pick(prng, host.config.pools);
}

export function anyMember({ host, prng }: Life): MemberConfig {
  return pick(
    prng,
    host.config.pools.flatMap((pool) => pool.members),
  );
}
