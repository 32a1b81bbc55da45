/** Windows of maintenance; each must name what there is, or it would never do anything. */
import type { z } from "zod";
import { findNearest } from "../base/nearest.ts";
import type { MaintenanceConfig } from "../core/maintenance.ts";
import type { PoolConfig } from "../core/model.ts";
import { type Build, problem } from "./build.ts";
import type { Path } from "./problem.ts";
import { parseName } from "./scalars.ts";
import type { maintenanceSchema } from "./schema-maintenance.ts";

export function buildMaintenance(
  build: Build,
  settings: z.output<typeof maintenanceSchema> | null,
  pools: readonly PoolConfig[],
): readonly MaintenanceConfig[] {
  const taken = new Set<string>();
  return (settings ?? []).map((one, index) => {
    const path = ["maintenance", index];
    if (taken.has(one.name)) {
      const sentence = `there are two windows called ${JSON.stringify(one.name)}`;
      problem(build, [...path, "name"], { expected: "another name", sentence });
    }
    taken.add(one.name);
    const { every, members = [], name, reason = name } = one;
    const names = (one.pools ?? []).map((text) => canonical(text));
    judgeNames(build, { path: [...path, "pools"], noun: "pool", names, known: pools.map((pool) => pool.name) });
    judgeNames(build, { path: [...path, "members"], noun: "member", names: members, known: wordsOf(pools) });
    return { name, ...every, lengthMs: one.for, timeZone: one["time-zone"] ?? "UTC", members, pools: names, reason };
  });
}

function canonical(text: string): string {
  const name = parseName(text);
  return name.ok ? name.value : text;
}

function wordsOf(pools: readonly PoolConfig[]): readonly string[] {
  return pools.flatMap(({ members }) => members.flatMap(({ address, id, label }) => [id, label, address]));
}

function judgeNames(
  build: Build,
  at: { path: Path; noun: string; names: readonly string[]; known: readonly string[] },
): void {
  const known = new Set(at.known);
  for (const name of at.names) {
    if (known.has(name)) continue;
    const nearest = findNearest(name, known) ?? undefined;
    const sentence = `there is no ${at.noun} ${JSON.stringify(name)}`;
    problem(build, at.path, { found: JSON.stringify(name), expected: `a ${at.noun}`, nearest, sentence });
  }
}
