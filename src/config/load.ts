/**
 * Text to a frozen configuration with every default filled in, or every mistake at once. Nothing here touches the
 * world: files, environment and service names come in through `ConfigSources`, so the same text always gives the same
 * answer, and a reload that fails has changed nothing.
 */
import { freeze } from "../base/freeze.ts";
import { fail, ok, type Result } from "../base/result.ts";
import { withAskedMounts } from "../core/agent-work.ts";
import type { Config, PoolConfig, ZoneConfig } from "../core/model.ts";
import type { z } from "zod";
import { type Build, type ConfigSources, isMap, problem, resolvePath } from "./build.ts";
import { buildAgents } from "./build-agents.ts";
import { buildChecks } from "./build-checks.ts";
import { buildDiagnosis, diagnosisSchema } from "./build-diagnosis.ts";
import { buildBrake, buildReferences } from "./build-guard.ts";
import { brakeSchema, referencesSchema } from "./schema-guard.ts";
import { buildRehearsals } from "./build-rehearsals.ts";
import { rehearsalsSchema } from "./schema-rehearsals.ts";
import { buildRecording, recordingSchema } from "./schema-recording.ts";
import { buildKeys } from "./build-keys.ts";
import { buildNotify } from "./build-notify.ts";
import { buildMaintenance } from "./build-maintenance.ts";
import { buildPools } from "./build-pools.ts";
import { judgeQuorums } from "./build-quorum.ts";
import { buildApi, buildDns, judgeListeners } from "./build-servers.ts";
import { buildCatalog } from "./build-transfer.ts";
import { buildWatch } from "./build-watch.ts";
import { buildZones } from "./build-zones.ts";
import { createFindings, placeFindings } from "./findings.ts";
import { judgeWhole } from "./judge-whole.ts";
import { problemsMax, warningsMax } from "./limits.ts";
import type { ConfigProblem } from "./problem.ts";
import { maintenanceSchema } from "./schema-maintenance.ts";
import { sectionNames, stateSchema } from "./schema.ts";
import { auditSchema, onStartSchema, placementSchema, shareSchema } from "./schema-publish.ts";
import { readTree } from "./tree.ts";
import { reportUnknownKey, validate } from "./validate.ts";

export type { ConfigSources } from "./build.ts";

export interface LoadedConfig {
  readonly config: Config;
  readonly warnings: readonly ConfigProblem[];
}

/** What could be read in spite of the mistakes, so that the files it names can be judged as well. */
export interface LoadFailure {
  readonly problems: ConfigProblem[];
  readonly zones: readonly ZoneConfig[];
  readonly pools: readonly PoolConfig[];
}

const stateDefault = "muster.sqlite";

export function loadConfig(text: string, sources: ConfigSources): Result<LoadedConfig, LoadFailure> {
  const tree = readTree(text);
  const findings = createFindings(tree);
  const config = buildConfig({ findings, sources }, tree.value);
  const { file } = sources;
  if (config === null || findings.problems.length > 0) {
    const problems = placeFindings(findings.problems, { tree, file, max: problemsMax });
    return fail({ problems, zones: config?.zones ?? [], pools: config?.pools ?? [] });
  }
  const warnings = placeFindings(findings.warnings, { tree, file, max: warningsMax });
  return ok({ config: freeze(config), warnings });
}

/** Null: the text could not be read, or is no map, and there is nothing to judge. */
function buildConfig(build: Build, value: unknown): Config | null {
  const raw = readRoot(build, value);
  if (raw === null) return null;
  const { keys, names } = buildKeys(build, raw.keys);
  const zones = buildZones(build, raw.zones, names);
  const checks = buildChecks(build, raw);
  const pools = buildPools(build, raw.pools, { zones, checks });
  const state =
    raw.state === undefined ? null : validate(build.findings, stateSchema, { value: raw.state, path: ["state"] });
  judgeWhole(build, zones, pools);
  const watch = buildWatch(build, checks, raw);
  judgeQuorums(build, raw, watch);
  const dns = buildDns(build, raw.dns);
  const api = buildApi(build, raw.api);
  judgeListeners(build, [
    ...dns.listen.map((endpoint) => ({ endpoint, path: ["dns", "listen"] })),
    { endpoint: api.listen, path: ["api", "listen"] },
    ...(watch !== null && watch.listen !== null ? [{ endpoint: watch.listen, path: ["watch", "listen"] }] : []),
  ]);
  return {
    file: build.sources.file,
    state: resolvePath(build, state ?? stateDefault),
    dns,
    api,
    keys,
    catalog: buildCatalog(build, raw.catalog, { keys: names, zones: new Set(zones.keys()) }),
    ...buildOperation(build, raw),
    references: buildReferences(
      build,
      checks,
      readSection(build, raw, { schema: referencesSchema, key: "references" }),
    ),
    brake: buildBrake(readSection(build, raw, { schema: brakeSchema, key: "brake" })),
    diagnosis: buildDiagnosis(build, readSection(build, raw, { schema: diagnosisSchema, key: "diagnosis" }), pools),
    watch,
    agents: withAskedMounts(buildAgents(build, raw, { checks, pools, watch }), pools),
    zones: [...zones.values()].map(({ zone }) => zone),
    pools,
    maintenance: buildMaintenance(
      build,
      readSection(build, raw, { schema: maintenanceSchema, key: "maintenance" }),
      pools,
    ),
    notify: buildNotify(build, raw.notify),
    rehearsals: buildRehearsals(build, readSection(build, raw, { schema: rehearsalsSchema, key: "rehearsals" }), pools),
    recording: buildRecording(readSection(build, raw, { schema: recordingSchema, key: "recording" })),
  };
}

const auditIntervalMsDefault = 300_000;
const lagMsDefault = 10_000;
const removalMaxDefault = 0.5;

/** What muster does by itself: audits, what a reload may remove, how a start begins. */
function buildOperation(build: Build, raw: Sections): Pick<Config, "audit" | "removalMax" | "onStart" | "placement"> {
  const read = <S extends z.ZodType>(schema: S, key: string) => readSection(build, raw, { schema, key });
  const audit = read(auditSchema, "audit");
  return {
    audit: { intervalMs: audit?.interval ?? auditIntervalMsDefault, lagMsMax: audit?.lag ?? lagMsDefault },
    removalMax: read(shareSchema, "removal-max") ?? removalMaxDefault,
    onStart: read(onStartSchema, "on-start") ?? "resume",
    placement: read(placementSchema, "placement") ?? "warn",
  };
}

function readSection<S extends z.ZodType>(
  build: Build,
  raw: Sections,
  what: { schema: S; key: string },
): z.output<S> | null {
  const { key, schema } = what;
  return raw[key] === undefined ? null : validate(build.findings, schema, { value: raw[key], path: [key] });
}

type Sections = Readonly<Record<string, unknown>>;

/** The sections of the file. */
function readRoot(build: Build, value: unknown): Sections | null {
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
