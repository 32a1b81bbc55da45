/**
 * The pools of a configuration: their zone, their policy, and what fits together and what does not. A setting that
 * would silently do nothing is a warning, one that shows two intentions at once is a problem.
 */
import type { z } from "zod";
import type { Failback, LastResort, MemberConfig, PoolConfig, ProbeConfig } from "../core/model.ts";
import { parseAddress, whyNotUnicast } from "./address.ts";
import { type Build, hasProblemBelow, isMap, problem, warning } from "./build.ts";
import { type CheckLayer, type Checks, completeCheck, readCheck } from "./build-checks.ts";
import { buildMembers } from "./build-members.ts";
import { layQuorum } from "./build-quorum.ts";
import { buildAliases, buildRecord, judgeRecord, reportReverse } from "./build-record.ts";
import { type BuiltZone, findZone } from "./build-zones.ts";
import { findNearest } from "../base/nearest.ts";
import type { Path } from "./problem.ts";
import { parsePoolName } from "./scalars.ts";
import { poolSchema } from "./schema.ts";
import { validate } from "./validate.ts";

export type PoolSettings = Omit<z.output<typeof poolSchema>, "members"> & { readonly members: readonly unknown[] };

interface World {
  readonly zones: ReadonlyMap<string, BuiltZone>;
  readonly checks: Checks;
  readonly names: Set<string>;
  /** Aliases so far, with their pools. */
  readonly aliases: Map<string, string>;
}

export function buildPools(build: Build, raw: unknown, known: Omit<World, "names" | "aliases">): PoolConfig[] {
  if (raw === undefined) return [];
  if (!isMap(raw)) {
    problem(build, ["pools"], { expected: "a map of pools by name", sentence: "pools must be a map of pools by name" });
    return [];
  }
  const world: World = { ...known, names: new Set(), aliases: new Map() };
  return Object.entries(raw).flatMap(([key, value]) => buildPool(build, world, { key, value }) ?? []);
}

function buildPool(build: Build, world: World, { key, value }: { key: string; value: unknown }): PoolConfig | null {
  const path = ["pools", key];
  const name = readName(build, world, { key, path });
  const settings = readSettings(build, value, path);
  const zone = name === null ? null : zoneOf(build, world.zones, { name, path, wanted: settings?.zone });
  if (settings === null) return null;
  const host = name ?? key;
  const layer = readPoolCheck(build, world, { settings, path });
  const check =
    layer === null || layer === undefined
      ? null
      : completeCheck(build, world.checks, { layer, host, path: checkPath(path, settings) });
  const record = buildRecord(build, settings, path);
  const kind = { kind: record.kind, isRead: !hasProblemBelow(build, [...path, "record"]) };
  const members = buildMembers(build, world.checks, { settings, path, pool: host, layer, check, record: kind });
  judgeRecord(build, settings, { record, path });
  judgePool(build, settings, { path, count: members.length });
  judgeLastResort(build, settings, path);
  if (members.length > 0) judgeLeastStale(build, settings, { path, members });
  return {
    name: host,
    zone: zone?.zone.origin ?? "",
    members,
    record,
    aliases: buildAliases(build, settings, { pool: host, path, zones: world.zones, taken: world.aliases }),
    ...completePool(settings),
  };
}

function readSettings(build: Build, value: unknown, path: Path): PoolSettings | null {
  const settings = validate(build.findings, poolSchema, { value, path });
  if (settings === null) return null;
  if (settings.members === undefined && !hasProblemBelow(build, [...path, "members"]))
    problem(build, [...path, "members"], {
      found: build.findings.tree.describe([...path, "members"]),
      expected: "a list of members",
      sentence: "members is missing",
    });
  return { ...settings, members: settings.members ?? [] };
}

/** Undefined: the pool says nothing of how its members are judged. Null: what it says has mistakes. */
function readPoolCheck(
  build: Build,
  world: World,
  { path, settings }: { settings: PoolSettings; path: Path },
): CheckLayer | null | undefined {
  const { check, quorum } = settings;
  const read =
    check === undefined ? undefined : readCheck(build, world.checks, { value: check, path: [...path, "check"] });
  if (quorum !== undefined && typeof check === "object" && check.quorum !== undefined) {
    const sentence = "the pool says its quorum twice: here and in its check";
    problem(build, [...path, "check", "quorum"], { at: "key", expected: "one of them", sentence });
  }
  return layQuorum(read, quorum);
}

/** Where a mistake of the complete check is shown: at the check, or at the pool if the check is only named there. */
function checkPath(path: Path, settings: PoolSettings): Path {
  return settings.check === undefined ? path : [...path, "check"];
}

function readName(build: Build, world: World, { key, path }: { key: string; path: Path }): string | null {
  const found = JSON.stringify(key);
  if (reportReverse(build, key, path)) return null;
  const name = parsePoolName(key);
  if (!name.ok) {
    const { expected, complaint = "is no name" } = name.error;
    problem(build, path, { at: "key", found, expected, sentence: `${found} ${complaint}` });
    return null;
  }
  if (world.names.has(name.value)) {
    const sentence = `the pool ${name.value} is configured twice: capitals and a final dot make no difference`;
    problem(build, path, { at: "key", found, expected: "each pool once", sentence });
    return null;
  }
  world.names.add(name.value);
  return name.value;
}

interface Naming {
  readonly name: string;
  readonly path: Path;
  readonly wanted: string | undefined;
}

function zoneOf(build: Build, zones: ReadonlyMap<string, BuiltZone>, { name, path, wanted }: Naming): BuiltZone | null {
  const nearestZone = findZone(zones, name);
  if (wanted !== undefined && wanted !== nearestZone?.zone.origin) {
    reportWrongZone(build, zones, { path: [...path, "zone"], wanted, name, holder: nearestZone });
    return nearestZone;
  }
  if (nearestZone === null && zones.size > 0) reportNoZone(build, zones, { name, path });
  return nearestZone;
}

function reportWrongZone(
  build: Build,
  zones: ReadonlyMap<string, BuiltZone>,
  wrong: { path: Path; wanted: string; name: string; holder: BuiltZone | null },
): void {
  const { path, wanted, name, holder } = wrong;
  const nearest = holder?.zone.origin ?? findNearest(wanted, zones.keys()) ?? undefined;
  const sentence = !zones.has(wanted)
    ? `there is no zone ${wanted} under zones`
    : holder === null
      ? `${name} does not lie in the zone ${wanted}`
      : `${name} lies in the zone ${holder.zone.origin}, not in ${wanted}`;
  problem(build, path, { expected: "the configured zone that holds the pool's name", nearest, sentence });
}

function reportNoZone(
  build: Build,
  zones: ReadonlyMap<string, BuiltZone>,
  { name, path }: { name: string; path: Path },
): void {
  const origins = [...zones.keys()];
  const nearest = nearestInside(name, origins) ?? undefined;
  const found = JSON.stringify(name);
  const sentence = `the pool ${name} lies in none of the configured zones`;
  problem(build, path, {
    at: "key",
    found,
    expected: `a name in ${origins.slice(0, 5).join(" or ")}`,
    nearest,
    sentence,
  });
}

/** `www` or `www.exmaple.org` in a zone `example.org`. */
function nearestInside(name: string, origins: readonly string[]): string | null {
  const [first] = origins;
  if (!name.includes(".") && first !== undefined && origins.length === 1) return `${name}.${first}`;
  for (let rest = name; rest.includes("."); rest = rest.slice(rest.indexOf(".") + 1)) {
    const nearest = findNearest(rest, origins);
    if (nearest !== null) return name.slice(0, name.length - rest.length) + nearest;
  }
  return null;
}

type Completed = "policy" | "answersMax" | "lastResort" | "failback" | "canary" | "recoveryMs";

function completePool(settings: PoolSettings): Pick<PoolConfig, Completed> {
  const { answers = "all" } = settings;
  return {
    canary: settings.canary ?? false,
    recoveryMs: settings.recovery ?? null,
    policy: settings.policy ?? "round-robin",
    answersMax: answers === "all" ? null : answers,
    lastResort: completeLastResort(settings["last-resort"] ?? "all"),
    failback: completeFailback(settings.failback ?? "at-once"),
  };
}

function completeLastResort(lastResort: string): LastResort {
  if (lastResort === "all" || lastResort === "none" || lastResort === "least-stale") return { kind: lastResort };
  return { kind: "address", address: lastResort };
}

function completeFailback(failback: NonNullable<PoolSettings["failback"]>): Failback {
  return typeof failback === "string" ? { kind: failback } : { kind: "after", stableMs: failback.after };
}

function judgePool(build: Build, settings: PoolSettings, { path, count }: { path: Path; count: number }): void {
  const { answers, policy = "round-robin" } = settings;
  if (typeof answers === "number" && answers > count && count > 0 && count === settings.members.length) {
    const sentence = `an answer is to name ${answers} members, and the pool has ${count}`;
    warning(build, [...path, "answers"], { expected: `at most ${count}, or all`, sentence });
  }
  if (settings.failback === undefined || policy === "priority") return;
  const sentence = `failback has no effect under ${policy}: only priority prefers one member to another`;
  warning(build, [...path, "failback"], { at: "key", expected: "policy: priority, or no failback", sentence });
}

function judgeLastResort(build: Build, { "last-resort": lastResort = "all" }: PoolSettings, path: Path): void {
  const address = parseAddress(lastResort);
  const complaint = address === null ? null : whyNotUnicast(address);
  if (complaint === null) return;
  const sentence = `the last resort ${lastResort} ${complaint}`;
  problem(build, [...path, "last-resort"], { expected: "the address of one machine", sentence });
}

function judgeLeastStale(
  build: Build,
  settings: PoolSettings,
  { members, path }: { members: readonly MemberConfig[]; path: Path },
): void {
  if (settings["last-resort"] !== "least-stale" || members.some(({ check }) => findsAge(check.probe))) return;
  const sentence = "no check of the pool finds how old data is, so least-stale is the same as all";
  warning(build, [...path, "last-resort"], { expected: "a freshness probe, or another last resort", sentence });
}

function findsAge(probe: ProbeConfig): boolean {
  return probe.kind === "freshness" || ("of" in probe && probe.of.some(findsAge));
}
