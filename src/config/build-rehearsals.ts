/** Rehearsals of the configuration, and whether a stated recovery can be kept at all. */
import type { z } from "zod";
import { findNearest } from "../base/nearest.ts";
import { lengthText } from "../core/local-time.ts";
import type { PoolConfig } from "../core/model.ts";
import { recoveryMsMax, type RehearsalConfig } from "../core/rehearsal.ts";
import { type Build, problem, warning } from "./build.ts";
import type { BuiltZone } from "./build-zones.ts";
import { parseName } from "./scalars.ts";
import type { rehearsalsSchema } from "./schema-rehearsals.ts";

const forMsDefault = 30_000;

export function buildRehearsals(
  build: Build,
  settings: z.output<typeof rehearsalsSchema> | null,
  pools: readonly PoolConfig[],
): readonly RehearsalConfig[] {
  return (settings ?? []).map((one, index) => {
    const path = ["rehearsals", index, "pool"];
    const read = parseName(one.pool);
    const name = read.ok ? read.value : one.pool;
    const pool = pools.find((each) => each.name === name);
    if (pool === undefined) {
      const nearest =
        findNearest(
          name,
          pools.map((each) => each.name),
        ) ?? undefined;
      problem(build, path, { expected: "a pool", nearest, sentence: `there is no pool ${JSON.stringify(name)}` });
    } else if (!pool.canary) {
      const sentence = `${name} is no canary: rehearsals make its members fail`;
      problem(build, path, { expected: "a pool with canary: true", sentence });
    }
    return { pool: name, ...one.every, timeZone: one["time-zone"] ?? "UTC", forMs: one.for ?? forMsDefault };
  });
}

/** By interval, confirming probes, timeout and TTL alone: what is stated must be possible. */
export function judgeRecovery(build: Build, zones: ReadonlyMap<string, BuiltZone>, pools: readonly PoolConfig[]): void {
  const ttls = new Map([...zones.values()].map(({ zone }) => [zone.origin, zone.ttlSeconds]));
  for (const pool of pools) {
    const { name, recoveryMs } = pool;
    const ttlSeconds = ttls.get(pool.zone);
    if (recoveryMs === null || ttlSeconds === undefined) continue;
    const neededMs = recoveryMsMax(pool, ttlSeconds);
    if (neededMs <= recoveryMs) continue;
    const detection = lengthText(neededMs - ttlSeconds * 1000);
    const sentence = `a failure in ${name} may last ${lengthText(neededMs)}: ${detection} until it is detected at worst, and the TTL of ${ttlSeconds} s`;
    warning(build, ["pools", name, "recovery"], { expected: "a shorter interval, timeout or TTL", sentence });
  }
}
