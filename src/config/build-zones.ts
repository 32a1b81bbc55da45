/**
 * The zones of a configuration, with their defaults. A TTL is checked against the ceiling of mirror practice: above 15
 * minutes, resolvers hold on to a dead member longer than people are willing to wait.
 */
import type { z } from "zod";
import type { ZoneConfig } from "../core/model.ts";
import { type Build, isMap, problem, resolvePath, warning } from "./build.ts";
import { ttlWarningSeconds } from "./limits.ts";
import type { Path } from "./problem.ts";
import { parseName } from "./scalars.ts";
import { zoneSchema } from "./schema.ts";
import { validate } from "./validate.ts";

export interface BuiltZone {
  readonly zone: ZoneConfig;
  readonly path: Path;
}

const ttlSecondsDefault = 30;
const ttlMinSecondsDefault = 5;
const negativeTtlSecondsDefault = 60;

/** Zones by origin, in the order of the file; also those with mistakes inside, so that pools still find them. */
export function buildZones(build: Build, raw: unknown): Map<string, BuiltZone> {
  const zones = new Map<string, BuiltZone>();
  if (!isMap(raw) || Object.keys(raw).length === 0) {
    reportNoZones(build, raw);
    return zones;
  }
  for (const [key, value] of Object.entries(raw)) buildZone(build, zones, { key, value });
  return zones;
}

function reportNoZones(build: Build, raw: unknown): void {
  const expected = "a map of zones, such as {mirrors.example.org: {nameservers: [ns1.example.net]}}";
  if (raw === undefined) {
    const sentence = "zones is missing, so muster answers for no name";
    problem(build, [], { found: "nothing", expected, sentence });
  } else {
    const sentence = isMap(raw) || raw === null ? "zones is empty" : "zones must be a map of zones by name";
    problem(build, ["zones"], { expected, sentence });
  }
}

function buildZone(build: Build, zones: Map<string, BuiltZone>, { key, value }: { key: string; value: unknown }): void {
  const path = ["zones", key];
  const origin = parseName(key);
  if (!origin.ok) {
    const { expected, complaint = "is no zone name", nearest } = origin.error;
    problem(build, path, {
      at: "key",
      found: JSON.stringify(key),
      expected,
      nearest,
      sentence: `${JSON.stringify(key)} ${complaint}`,
    });
    return;
  }
  if (zones.has(origin.value)) {
    const sentence = `the zone ${origin.value} is configured twice: capitals and a final dot make no difference`;
    problem(build, path, { at: "key", found: JSON.stringify(key), expected: "each zone once", sentence });
    return;
  }
  const settings = validate(build.findings, zoneSchema, { value, path });
  const zone = completeZone(build, origin.value, settings ?? {});
  zones.set(origin.value, { zone, path });
  if (settings !== null && isMap(value)) judgeZone(build, zone, { path, given: value });
}

function completeZone(build: Build, origin: string, settings: z.output<typeof zoneSchema>): ZoneConfig {
  const ttlSeconds = settings.ttl ?? ttlSecondsDefault;
  return {
    origin,
    file: settings.file === undefined ? null : resolvePath(build, settings.file),
    ttlSeconds,
    ttlMinSeconds: settings["ttl-min"] ?? Math.min(ttlMinSecondsDefault, ttlSeconds),
    nameservers: settings.nameservers ?? [],
    contact: settings.contact ?? `hostmaster@${origin}`,
    negativeTtlSeconds: settings["negative-ttl"] ?? negativeTtlSecondsDefault,
    nameserverAddresses: {},
    primaries: [],
    transfer: { to: [], allow: [] },
    updates: [],
    publish: [{ kind: "embedded" }],
    republishMs: 86_400_000,
  };
}

function judgeZone(
  build: Build,
  zone: ZoneConfig,
  { path, given }: { path: Path; given: Readonly<Record<string, unknown>> },
): void {
  judgeTtls(build, zone, path);
  const misspelled = build.findings.problems.some(
    ({ path: at, nearest }) => at[1] === path[1] && nearest === "nameservers",
  );
  if (zone.file === null && given.nameservers === undefined && given.file === undefined && !misspelled) {
    const sentence = `the zone ${zone.origin} needs nameservers, or a file that names them`;
    problem(build, path, { at: "key", found: "no nameservers", expected: "nameservers: [ns1.example.net]", sentence });
  }
  judgeNameservers(build, zone.nameservers, path);
  if (zone.file === null) return;
  for (const key of ["nameservers", "contact", "negative-ttl"].filter((unused) => given[unused] !== undefined)) {
    const sentence = `${key} has no effect: the zone's file holds its SOA and NS records`;
    warning(build, [...path, key], { at: "key", expected: `no ${key}, or no file`, sentence });
  }
}

function judgeTtls(build: Build, zone: ZoneConfig, path: Path): void {
  if (zone.ttlSeconds > ttlWarningSeconds) {
    const sentence = `a TTL of ${zone.ttlSeconds} seconds: resolvers may send people to a dead member for so long`;
    warning(build, [...path, "ttl"], { expected: `at most ${ttlWarningSeconds / 60}m`, sentence });
  }
  if (zone.ttlMinSeconds <= zone.ttlSeconds) return;
  const sentence = `ttl-min (${zone.ttlMinSeconds}s) is above ttl (${zone.ttlSeconds}s); it is the TTL for when a change is near`;
  problem(build, [...path, "ttl-min"], { expected: `at most ${zone.ttlSeconds}s`, sentence });
}

function judgeNameservers(build: Build, names: readonly string[], path: Path): void {
  for (const [index, name] of names.entries()) {
    if (names.indexOf(name) === index) continue;
    const sentence = `the nameserver ${name} is listed twice`;
    problem(build, [...path, "nameservers", index], { expected: "each nameserver once", sentence });
  }
}

/** The longest configured zone that holds the name. */
export function findZone(zones: ReadonlyMap<string, BuiltZone>, name: string): BuiltZone | null {
  for (let rest = name; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    const zone = zones.get(rest);
    if (zone !== undefined) return zone;
    if (!rest.includes(".")) return null;
  }
}
