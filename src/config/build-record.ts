/**
 * What a pool's members are in DNS. An address pool answers with the addresses that are checked; the other kinds answer
 * with a target that each member names (a host for MX, SRV and PTR, a text for TXT), while its address is what is
 * checked.
 */
import { unreachable } from "../base/assert.ts";
import { nameText, reverseName } from "../dns/name.ts";
import { parseAddress as addressOctets } from "../dns/address.ts";
import type { PoolConfig, RecordConfig } from "../core/model.ts";
import { parseAddress } from "./address.ts";
import { type Build, hasProblemBelow, problem, warning } from "./build.ts";
import type { PoolSettings } from "./build-pools.ts";
import { type BuiltZone, findZone } from "./build-zones.ts";
import type { Path } from "./problem.ts";
import { parseName } from "./scalars.ts";
import { recordExpected } from "./schema.ts";

const preferenceDefault = 10;
const srvPriorityDefault = 0;

export function buildRecord(build: Build, settings: PoolSettings, path: Path): RecordConfig {
  const { record = "address" } = settings;
  const at = [...path, "record"];
  if (typeof record === "string") {
    if (record === "mx") return { kind: "mx", preference: preferenceDefault };
    if (record !== "srv") return { kind: record };
    const sentence = "an SRV record names the port of its service";
    problem(build, at, { expected: "{srv: {port: 5060}}", nearest: "{srv: {port: 5060}}", sentence });
    return { kind: "srv", priority: srvPriorityDefault, port: 1 };
  }
  const { mx, srv } = record;
  if ((mx === undefined) === (srv === undefined) && !hasProblemBelow(build, at))
    problem(build, at, { expected: recordExpected, sentence: "a record is one of mx and srv" });
  if (srv !== undefined) return { kind: "srv", priority: srv.priority ?? srvPriorityDefault, port: srv.port };
  if (mx !== undefined) return { kind: "mx", preference: mx.preference ?? preferenceDefault };
  // What is reported all the same tells the kind, so that nothing else is judged as one of another.
  if (hasProblemBelow(build, [...at, "srv"])) return { kind: "srv", priority: srvPriorityDefault, port: 1 };
  return hasProblemBelow(build, [...at, "mx"]) ? { kind: "mx", preference: preferenceDefault } : { kind: "address" };
}

/** An address cannot stand in for a name: there is no record that it would fit into. */
export function judgeRecord(
  build: Build,
  settings: PoolSettings,
  { record, path }: { record: RecordConfig; path: Path },
): void {
  const { "last-resort": lastResort = "all" } = settings;
  if (record.kind === "address" || ["all", "none", "least-stale"].includes(lastResort)) return;
  const sentence = `the last resort is an address, and ${record.kind} records hold none`;
  problem(build, [...path, "last-resort"], { expected: "all, none or least-stale", sentence });
}

/** A host that a record of the kind names, and where that is said. */
const hosts = {
  mx: { example: "mail.example.org", source: "RFC 1035, 3.3.9" },
  srv: { example: "sip.example.org", source: "RFC 2782" },
  ptr: { example: "www.example.org", source: "RFC 1035, 3.3.12" },
} as const;

/** The member's target in the form that is used from here on; null for addresses. Undefined: reported. */
export function readTarget(
  build: Build,
  { kind, isRead }: { kind: RecordConfig["kind"]; isRead: boolean },
  { target, path }: { target: string | undefined; path: Path },
): string | null | undefined {
  const at = [...path, "target"];
  switch (kind) {
    case "address":
      // A kind that could not be read may well be one with targets.
      if (target === undefined || !isRead) return null;
      problem(build, at, {
        at: "key",
        expected: "no target, or a record of mx, srv, ptr or txt for the pool",
        sentence: "target has no meaning here: the pool answers with the addresses of its members",
      });
      return undefined;
    case "txt":
      return target ?? reportNoTarget(build, path, { kind, what: "the text that is answered" });
    case "mx":
    case "srv":
    case "ptr":
      if (target === undefined) return reportNoTarget(build, path, { kind, what: "the host that is answered" });
      return readHost(build, target, { kind, path: at });
    default:
      return unreachable(kind);
  }
}

function reportNoTarget(build: Build, path: Path, { kind, what }: { kind: string; what: string }): undefined {
  const sentence = `a member of a pool of ${kind} records needs a target, ${what}`;
  const expected = `{address: ADDRESS, target: ${kind === "txt" ? "TEXT" : "HOST"}}`;
  problem(build, path, { found: "no target", expected, sentence });
}

function readHost(
  build: Build,
  target: string,
  { kind, path }: { kind: keyof typeof hosts; path: Path },
): string | undefined {
  const { example, source } = hosts[kind];
  const expected = `a host name such as ${example}`;
  if (parseAddress(target) !== null) {
    const sentence = `target is an address, and ${kind} records name a host (${source})`;
    problem(build, path, { expected, sentence });
    return undefined;
  }
  const name = parseName(target);
  if (name.ok) return name.value;
  const { complaint = "is no host name" } = name.error;
  problem(build, path, { expected, sentence: `target: ${JSON.stringify(target.slice(0, 100))} ${complaint}` });
  return undefined;
}

/** Whether the pool's name is an address, which people write who mean its name in the reverse tree. */
export function reportReverse(build: Build, key: string, path: Path): boolean {
  const octets = addressOctets(key);
  if (octets === null) return false;
  const nearest = nameText(reverseName(octets)).slice(0, -1);
  const sentence = `${key} is an address; the name that holds its PTR record is ${nearest}`;
  const found = JSON.stringify(key);
  problem(build, path, { at: "key", found, expected: "a name", nearest, sentence });
  return true;
}

interface AliasPlace {
  readonly pool: string;
  readonly path: Path;
  readonly zones: ReadonlyMap<string, BuiltZone>;
  /** Aliases so far, with their pools. */
  readonly taken: Map<string, string>;
}

export function buildAliases(build: Build, settings: PoolSettings, place: AliasPlace): PoolConfig["aliases"] {
  const { aliases = [] } = settings;
  const { path, pool, taken } = place;
  return aliases.filter((alias, index) => {
    const at = aliases.length > 1 ? [...path, "aliases", index] : [...path, "aliases"];
    const holder = taken.get(alias);
    if (alias === pool) {
      const sentence = `the alias ${alias} is the pool's own name, and a name cannot point to itself`;
      problem(build, at, { expected: "another name, outside the managed zone", sentence });
    } else if (holder !== undefined) {
      const sentence = `the alias ${alias} is listed twice${holder === pool ? "" : `, also by ${holder}`}; a name has one CNAME`;
      problem(build, at, { expected: "each alias once", sentence });
    } else {
      taken.set(alias, pool);
      warnInside(build, place, { alias, at });
      return true;
    }
    return false;
  });
}

/** Public names lie in zones that others serve; in a managed one muster would need the record itself. */
function warnInside(build: Build, { zones }: AliasPlace, { alias, at }: { alias: string; at: Path }): void {
  const zone = findZone(zones, alias);
  if (zone === null) return;
  const sentence = `the alias ${alias} lies in the managed zone ${zone.zone.origin}, where its CNAME must be in a file or come by update`;
  warning(build, at, { expected: "a name in a zone that is kept elsewhere", sentence });
}
