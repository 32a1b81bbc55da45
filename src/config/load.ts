/**
 * Text to a frozen configuration with every default filled in, or every mistake at once. Nothing here touches the
 * world: files, environment and service names come in through `ConfigSources`, so the same text always gives the same
 * answer, and a reload that fails has changed nothing.
 */
import { fail, ok, type Result } from "../base/result.ts";
import type { Config, PoolConfig } from "../core/model.ts";
import { type Build, type ConfigSources, isMap, problem, resolvePath, warning } from "./build.ts";
import { buildChecks } from "./build-checks.ts";
import { buildPools } from "./build-pools.ts";
import { buildApi, buildDns } from "./build-servers.ts";
import { type BuiltZone, buildZones } from "./build-zones.ts";
import { createFindings, placeFindings } from "./findings.ts";
import { membersMax, problemsMax, warningsMax } from "./limits.ts";
import type { ConfigProblem } from "./problem.ts";
import { sectionNames, stateSchema } from "./schema.ts";
import { readTree } from "./tree.ts";
import { reportUnknownKey, validate } from "./validate.ts";

export type { ConfigSources } from "./build.ts";

export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly ConfigProblem[];
}

const stateDefault = "muster.sqlite";

export function loadConfig(text: string, sources: ConfigSources): Result<LoadedConfig, ConfigProblem[]> {
  const tree = readTree(text);
  const findings = createFindings(tree);
  const config = buildConfig({ findings, sources }, tree.value);
  const { file } = sources;
  if (config === null || findings.problems.length > 0)
    return fail(placeFindings(findings.problems, { tree, file, max: problemsMax }));
  const warnings = placeFindings(findings.warnings, { tree, file, max: warningsMax });
  return ok({ config: freeze(config), warnings });
}

/** Null: the text could not be read, or is no map, and there is nothing to judge. */
function buildConfig(build: Build, value: unknown): Config | null {
  const raw = readRoot(build, value);
  if (raw === null) return null;
  const zones = buildZones(build, raw.zones);
  const checks = buildChecks(build, raw);
  const pools = buildPools(build, raw.pools, { zones, checks });
  const state =
    raw.state === undefined ? null : validate(build.findings, stateSchema, { value: raw.state, path: ["state"] });
  judgeWhole(build, zones, pools);
  return {
    file: build.sources.file,
    state: resolvePath(build, state ?? stateDefault),
    dns: buildDns(build, raw.dns),
    api: buildApi(build, raw.api),
    keys: [],
    catalog: null,
    audit: { intervalMs: 300_000, lagMsMax: 10_000 },
    removalMax: 0.5,
    onStart: "resume",
    zones: [...zones.values()].map(({ zone }) => zone),
    pools,
  };
}

/** The sections of the file. */
function readRoot(build: Build, value: unknown): Readonly<Record<string, unknown>> | null {
  if (value === undefined && build.findings.problems.length > 0) return null;
  if (!isMap(value)) {
    const sentence = value === undefined || value === null ? "the file is empty" : "the file must be a map of sections";
    problem(build, [], { expected: "at least zones: and pools:", sentence });
    return null;
  }
  for (const key of Object.keys(value).filter((name) => !sectionNames.includes(name)))
    reportUnknownKey(build.findings, [key], { expected: "", what: "a configuration", words: sectionNames });
  return value;
}

function judgeWhole(build: Build, zones: ReadonlyMap<string, BuiltZone>, pools: readonly PoolConfig[]): void {
  const count = pools.reduce((sum, pool) => sum + pool.members.length, 0);
  if (count > membersMax) {
    const sentence = `all pools together have ${count} members; muster takes ${membersMax}`;
    problem(build, ["pools"], { at: "key", found: `${count} members`, expected: `at most ${membersMax}`, sentence });
  }
  const used = new Set(pools.map((pool) => pool.zone));
  for (const { zone, path } of zones.values()) {
    if (zone.file !== null || used.has(zone.origin)) continue;
    const sentence = `the zone ${zone.origin} has neither a pool nor a file: it answers for no name but its own`;
    warning(build, path, { at: "key", found: "an empty zone", expected: "a pool in the zone, or a file", sentence });
  }
  for (const built of zones.values()) judgeOwnNameservers(build, built, pools);
}

/** A nameserver inside its own zone needs an address there, or nobody finds it (RFC 1912, 2.3). */
function judgeOwnNameservers(build: Build, { zone, path }: BuiltZone, pools: readonly PoolConfig[]): void {
  if (zone.file !== null) return;
  for (const [index, name] of zone.nameservers.entries()) {
    if (!name.endsWith(`.${zone.origin}`) || pools.some((pool) => pool.name === name)) continue;
    const sentence = `the nameserver ${name} lies in its own zone, and no pool there gives its address`;
    const expected = "a nameserver outside the zone, or a pool of that name";
    warning(build, [...path, "nameservers", index], { expected, sentence });
  }
}

export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
