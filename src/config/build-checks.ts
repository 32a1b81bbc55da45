/**
 * Checks in layers: the defaults of muster, those of the file, a pool's check (written out or named), a member's. Each
 * layer says only what differs; settings of one probe kind are laid over each other, another kind replaces the probe.
 */
import type { z } from "zod";
import { usesAgentSecret } from "../core/agent-work.ts";
import type { CheckConfig, FlapConfig, Timeout } from "../core/model.ts";
import { type Build, hasProblemBelow, isMap, problem, warning } from "./build.ts";
import { findNearest } from "../base/nearest.ts";
import { probeKinds, probeWords, type ProbeWord } from "./probes/list.ts";
import type { Path } from "./problem.ts";
import { checkMapSchema, defaultsSchema } from "./schema-check.ts";
import { validate } from "./validate.ts";

type CheckMap = z.output<typeof checkMapSchema>;
type Pace = Partial<z.output<typeof defaultsSchema>>;

/** What one place, or several laid over each other, say about a probe. */
interface ProbeSettings {
  readonly kind: ProbeWord;
  readonly settings: object;
}

/** What one place in the file says about a check. */
export interface CheckLayer {
  readonly probe: ProbeSettings | null;
  readonly pace: Pace;
}

export interface Checks {
  readonly defaults: Pace;
  /** Null: the check has mistakes, which are reported already. */
  readonly named: ReadonlyMap<string, CheckLayer | null>;
}

const autoTimeoutMs = { minMs: 400, maxMs: 5_000 } as const;
const suspectMsDefault = 150;

export function buildChecks(build: Build, raw: Readonly<Record<string, unknown>>): Checks {
  const defaults =
    raw.defaults === undefined
      ? {}
      : validate(build.findings, defaultsSchema, { value: raw.defaults, path: ["defaults"] });
  const named = new Map<string, CheckLayer | null>();
  if (raw.checks !== undefined && !isMap(raw.checks))
    problem(build, ["checks"], {
      expected: "a map of checks by name",
      sentence: "checks must be a map of checks by name",
    });
  for (const [name, value] of Object.entries(isMap(raw.checks) ? raw.checks : {}))
    named.set(name, buildNamedCheck(build, value, ["checks", name]));
  return { defaults: defaults ?? {}, named };
}

function buildNamedCheck(build: Build, value: unknown, path: Path): CheckLayer | null {
  const map = validate(build.findings, checkMapSchema, { value, path });
  const layer = map === null ? null : readLayer(build, map, path);
  if (layer !== null && layer.probe === null && !hasProblemBelow(build, path)) reportNoProbe(build, path);
  return layer;
}

function reportNoProbe(build: Build, path: Path): void {
  const sentence = `the check ${path.at(-1)} says no probe, so there is nothing to judge by`;
  problem(build, path, { at: "key", found: "no probe", expected: `one of ${probeKinds.join(", ")}`, sentence });
}

/** Null: reported. */
export function readCheck(
  build: Build,
  checks: Checks,
  { value, path }: { value: string | CheckMap; path: Path },
): CheckLayer | null {
  if (typeof value !== "string") return readLayer(build, value, path);
  const named = checks.named.get(value);
  if (named !== undefined) return named;
  const known = [...checks.named.keys()];
  const expected =
    known.length === 0 ? "a check written out, such as {http: /}" : `one of ${known.slice(0, 20).join(", ")}`;
  const nearest = findNearest(value, known) ?? undefined;
  problem(build, path, { expected, nearest, sentence: `there is no check ${JSON.stringify(value)} under checks` });
  return null;
}

function readLayer(build: Build, map: CheckMap, path: Path): CheckLayer {
  const named = probeKinds.filter((kind) => map[kind] !== undefined);
  const pace = Object.fromEntries(Object.entries(map).filter(([key]) => !isProbeWord(key)));
  if (named.length > 1) {
    const sentence = `a check has one probe, and here are ${named.join(" and ")}`;
    problem(build, path, { at: "key", found: `${named.length} probes`, expected: "one of them", sentence });
  }
  const [kind] = named;
  if (kind === undefined) return { probe: null, pace };
  return { probe: { kind, settings: probeWords[kind].read(build, map[kind], [...path, kind]) }, pace };
}

function isProbeWord(key: string): boolean {
  return probeKinds.some((kind) => kind === key);
}

/** The upper layer's settings over the lower one's. */
export function layCheck(lower: CheckLayer, upper: CheckLayer): CheckLayer {
  return { probe: layProbe(lower.probe, upper.probe), pace: { ...lower.pace, ...upper.pace } };
}

function layProbe(lower: ProbeSettings | null, upper: ProbeSettings | null): ProbeSettings | null {
  if (upper === null || lower === null) return upper ?? lower;
  if (upper.kind !== lower.kind) return upper;
  return { kind: upper.kind, settings: { ...lower.settings, ...upper.settings } };
}

/** A complete check from what the file says; null when it says no probe. */
export function completeCheck(
  build: Build,
  checks: Checks,
  what: { layer: CheckLayer; host: string; path: Path; isForAgent?: boolean },
): CheckConfig | null {
  const { layer, host, isForAgent = false, path } = what;
  if (layer.probe === null) return null;
  const { complete, freshEvery } = probeWords[layer.probe.kind];
  const probe = complete(build, layer.probe.settings, { host, path });
  if (!isForAgent && usesAgentSecret(probe)) refuseAgentSecret(build, path);
  const pace: Pace = { ...checks.defaults, ...layer.pace };
  const timeout = completeTimeout(pace.timeout);
  const limitMs = timeout.kind === "fixed" ? timeout.ms : timeout.maxMs;
  const check: CheckConfig = {
    probe,
    intervalMs: pace.interval ?? 1_000,
    timeout,
    rise: pace.rise ?? 2,
    fall: pace.fall ?? 3,
    confirmMs: pace.confirm ?? 30,
    suspectMs: pace.suspect ?? Math.min(suspectMsDefault, limitMs),
    tripwire: pace.tripwire ?? true,
    freshEvery: pace["fresh-every"] ?? freshEvery,
    flapping: completeFlapping(build, pace.flapping, path),
    ...(pace.quorum === undefined ? {} : { quorum: pace.quorum }),
  };
  judgePace(build, check, path);
  return check;
}

function refuseAgentSecret(build: Build, path: Path): void {
  const sentence = "a password of an agent can be used in what that agent proves only";
  problem(build, path, { expected: "password: {file: PATH} or {env: NAME}", sentence });
}

const hourMs = 3_600_000;

function completeFlapping(build: Build, flapping: Pace["flapping"], path: Path): FlapConfig {
  if (flapping === "off") return { kind: "off" };
  const { changes = 30, hold = hourMs, reuse = 750, suppress = 12_000, within = hourMs } = flapping ?? {};
  const halfLife = flapping?.["half-life"];
  if (halfLife === undefined) return { kind: "count", changes, withinMs: within, holdMs: hold };
  if (reuse >= suppress) {
    const sentence = `reuse (${reuse}) is not below suppress (${suppress}), so a hold would never begin`;
    problem(build, [...path, "flapping"], { expected: "reuse below suppress", sentence });
  }
  return { kind: "penalty", halfLifeMs: halfLife, suppress, reuse };
}

function completeTimeout(timeout: Pace["timeout"]): Timeout {
  if (timeout === undefined || timeout === "auto") return { kind: "auto", ...autoTimeoutMs };
  if (typeof timeout === "number") return { kind: "fixed", ms: timeout };
  const minMs = timeout.min ?? Math.min(autoTimeoutMs.minMs, timeout.max ?? autoTimeoutMs.minMs);
  return { kind: "auto", minMs, maxMs: timeout.max ?? Math.max(autoTimeoutMs.maxMs, minMs) };
}

function judgePace(build: Build, check: CheckConfig, path: Path): void {
  const { timeout, intervalMs, suspectMs } = check;
  if (timeout.kind === "fixed" && timeout.ms > intervalMs) {
    const sentence = `the timeout (${timeout.ms}ms) is longer than the interval (${intervalMs}ms): probes of a dead member come later than the interval says`;
    warning(build, [...path, "timeout"], { found: `${timeout.ms}ms`, expected: `at most ${intervalMs}ms`, sentence });
  }
  const limitMs = timeout.kind === "fixed" ? timeout.ms : timeout.maxMs;
  if (suspectMs <= limitMs) return;
  const sentence = `suspect (${suspectMs}ms) is longer than the timeout (${limitMs}ms), so it never comes into play`;
  warning(build, [...path, "suspect"], { found: `${suspectMs}ms`, expected: `at most ${limitMs}ms`, sentence });
}
