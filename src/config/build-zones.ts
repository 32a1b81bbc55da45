/**
 * The zones of a configuration, with their defaults. A TTL is checked against the ceiling of mirror practice: above 15
 * minutes, resolvers hold on to a dead member longer than people are willing to wait.
 */
import type { z } from "zod";
import type { ZoneConfig } from "../core/model.ts";
import { type Build, hasProblemBelow, isMap, problem, resolvePath, warning } from "./build.ts";
import { buildNameservers, judgeNameservers, type Nameservers } from "./build-nameservers.ts";
import { buildPeers } from "./build-peers.ts";
import { buildPublish } from "./build-publish.ts";
import { buildTransfer, buildUpdates } from "./build-transfer.ts";
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
const republishMsDefault = 86_400_000;

/** Zones by origin, in the order of the file; also those with mistakes inside, so that pools still find them. */
export function buildZones(build: Build, raw: unknown, keys: ReadonlySet<string>): Map<string, BuiltZone> {
  const zones = new Map<string, BuiltZone>();
  if (!isMap(raw) || Object.keys(raw).length === 0) {
    reportNoZones(build, raw);
    return zones;
  }
  for (const [key, value] of Object.entries(raw)) buildZone(build, { zones, keys }, { key, value });
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

interface World {
  readonly zones: Map<string, BuiltZone>;
  readonly keys: ReadonlySet<string>;
}

function buildZone(build: Build, { zones, keys }: World, { key, value }: { key: string; value: unknown }): void {
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
  const zone = completeZone(build, settings ?? {}, { origin: origin.value, path, keys });
  zones.set(origin.value, { zone, path });
  if (settings !== null && isMap(value)) judgeZone(build, zone, { path, given: value });
}

type ZoneSettings = z.output<typeof zoneSchema>;

interface ZonePlace {
  readonly origin: string;
  readonly path: Path;
  readonly keys: ReadonlySet<string>;
}

function completeZone(build: Build, settings: ZoneSettings, place: ZonePlace): ZoneConfig {
  const { origin } = place;
  const ttlSeconds = settings.ttl ?? ttlSecondsDefault;
  const file = settings.file === undefined ? null : resolvePath(build, settings.file);
  const { republish = republishMsDefault } = settings;
  return {
    origin,
    file,
    ttlSeconds,
    ttlMinSeconds: settings["ttl-min"] ?? Math.min(ttlMinSecondsDefault, ttlSeconds),
    contact: settings.contact ?? `hostmaster@${origin}`,
    negativeTtlSeconds: settings["negative-ttl"] ?? negativeTtlSecondsDefault,
    ...completeOutside(build, settings, { ...place, file }),
    republishMs: republish === "never" ? null : republish,
  };
}

type Outside = Nameservers & Pick<ZoneConfig, "primaries" | "transfer" | "updates" | "publish">;

/** What the zone has to do with other servers. */
function completeOutside(
  build: Build,
  settings: ZoneSettings,
  { file, keys, origin, path }: ZonePlace & { readonly file: string | null },
): Outside {
  const risk = "a forged answer could put anything into the zone";
  return {
    ...buildNameservers(build, settings.nameservers, [...path, "nameservers"]),
    primaries: buildPeers(build, settings.primaries, { path: [...path, "primaries"], keys, risk }),
    transfer: buildTransfer(build, settings.transfer, { path: [...path, "transfer"], keys }),
    updates: buildUpdates(build, settings.updates, { path: [...path, "updates"], keys, origin }),
    publish: buildPublish(build, settings.publish, { path: [...path, "publish"], keys, zoneFile: file }),
  };
}

interface Given {
  readonly path: Path;
  readonly given: Readonly<Record<string, unknown>>;
}

function judgeZone(build: Build, zone: ZoneConfig, place: Given): void {
  const { given, path } = place;
  judgeTtls(build, zone, path);
  if (given.file !== undefined && given.primaries !== undefined) {
    const sentence = "the zone's own records come from its file or from primaries, not from both";
    problem(build, [...path, "primaries"], {
      at: "key",
      found: "file and primaries",
      expected: "one of them",
      sentence,
    });
  }
  const source = given.file !== undefined ? "file" : given.primaries !== undefined ? "primaries" : null;
  if (source === null) judgeOwn(build, zone, place);
  else warnForeign(build, zone, { ...place, source });
  judgeUnserved(build, zone, place);
}

/** Whether muster writes the zone's own SOA and NS somewhere. One that is served elsewhere alone needs none. */
function isWritten({ publish }: ZoneConfig): boolean {
  return publish.some(({ kind }) => kind === "embedded") || writesWholeFile(publish);
}

function writesWholeFile(publish: ZoneConfig["publish"]): boolean {
  return publish.some((publisher) => publisher.kind === "file" && !publisher.block);
}

/** A zone whose SOA and NS muster makes itself. */
function judgeOwn(build: Build, zone: ZoneConfig, { path, given }: Given): void {
  const misspelled = build.findings.problems.some(
    ({ path: at, nearest }) => at[1] === path[1] && nearest === "nameservers",
  );
  if (
    given.nameservers === undefined &&
    isWritten(zone) &&
    !misspelled &&
    !hasProblemBelow(build, [...path, "publish"])
  ) {
    const sentence = `the zone ${zone.origin} needs nameservers, or a file that names them`;
    problem(build, path, { at: "key", found: "no nameservers", expected: "nameservers: [ns1.example.net]", sentence });
  }
  judgeNameservers(build, zone, [...path, "nameservers"]);
}

/** SOA and NS come from elsewhere; nameservers still say where each is asked. */
function warnForeign(
  build: Build,
  zone: ZoneConfig,
  { path, given, source }: Given & { readonly source: "file" | "primaries" },
): void {
  const holder = source === "file" ? "the zone's file holds" : "the zone's primaries hold";
  const used = Object.keys(zone.nameserverAddresses).length > 0 ? ["nameservers"] : [];
  const keys = ["nameservers", "contact", "negative-ttl"].filter((key) => !used.includes(key));
  for (const key of keys.filter((unused) => given[unused] !== undefined)) {
    const sentence = `${key} has no effect: ${holder} its SOA and NS records`;
    warning(build, [...path, key], { at: "key", expected: `no ${key}, or no ${source}`, sentence });
  }
}

/** Nobody can transfer, update or ask muster for a zone that it does not hold whole, for its own server or for a file. */
function judgeUnserved(build: Build, { publish }: ZoneConfig, { path, given }: Given): void {
  if (publish.some(({ kind }) => kind === "embedded") || writesWholeFile(publish)) return;
  for (const key of ["transfer", "updates", "file", "primaries"].filter((name) => given[name] !== undefined)) {
    const sentence = `${key} has no effect: muster does not serve the zone itself, since publish lacks embedded`;
    warning(build, [...path, key], { at: "key", expected: `embedded in publish, or no ${key}`, sentence });
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

/** The longest configured zone that holds the name. */
export function findZone(zones: ReadonlyMap<string, BuiltZone>, name: string): BuiltZone | null {
  for (let rest = name; ; rest = rest.slice(rest.indexOf(".") + 1)) {
    const zone = zones.get(rest);
    if (zone !== undefined) return zone;
    if (!rest.includes(".")) return null;
  }
}
