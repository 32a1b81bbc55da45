/**
 * The members of one pool. Ten thousand of them share one check object where they can: it is completed once for the
 * pool, and again only for a member that says something of its own.
 */
import type { z } from "zod";
import type { CheckConfig, MemberConfig, RecordConfig } from "../core/model.ts";
import { type Address, parseAddress, whyNotUnicast } from "./address.ts";
import { type Build, hasProblemBelow, isMap, problem, warning } from "./build.ts";
import { type CheckLayer, type Checks, completeCheck, layCheck, readCheck } from "./build-checks.ts";
import type { PoolSettings } from "./build-pools.ts";
import { readTarget } from "./build-record.ts";
import type { Path } from "./problem.ts";
import { type memberMapSchema, memberSchema } from "./schema.ts";
import { checkSchema } from "./schema-check.ts";
import { validate } from "./validate.ts";

type MemberMap = z.output<typeof memberMapSchema>;

export interface PoolContext {
  readonly settings: PoolSettings;
  readonly path: Path;
  readonly pool: string;
  /** Undefined: the pool has no check. Null: it has one with mistakes. */
  readonly layer: CheckLayer | null | undefined;
  readonly check: CheckConfig | null;
  readonly record: {
    readonly kind: RecordConfig["kind"];
    /** False: the file says a kind that is none, which is reported. */
    readonly isRead: boolean;
  };
}

export function buildMembers(build: Build, checks: Checks, context: PoolContext): MemberConfig[] {
  const seen: Seen = { addresses: new Map(), names: new Map() };
  const members = context.settings.members.flatMap((value, index) => {
    const path = [...context.path, "members", index];
    const member = validate(build.findings, memberSchema, { value, path });
    if (member === null) {
      judgeCheckAlone(build, checks, { value, path });
      return [];
    }
    return (
      buildMember(build, checks, {
        context,
        seen,
        path,
        index,
        map: typeof member === "string" ? { address: member } : member,
      }) ?? []
    );
  });
  judgeShares(build, context);
  return members;
}

/** A member without a usable address is none, but its check may be wrong as well. */
function judgeCheckAlone(build: Build, checks: Checks, { path, value }: { value: unknown; path: Path }): void {
  const at = [...path, "check"];
  if (!isMap(value) || value["check"] === undefined || hasProblemBelow(build, at)) return;
  const check = validate(build.findings, checkSchema, { value: value["check"], path: at });
  if (check !== null) readCheck(build, checks, { value: check, path: at });
}

/** Addresses and names of the pool so far, with the index of the member that has them. */
interface Seen {
  readonly addresses: Map<string, number>;
  readonly names: Map<string, number>;
}

interface MemberPlace {
  readonly context: PoolContext;
  readonly seen: Seen;
  readonly path: Path;
  readonly index: number;
  readonly map: MemberMap;
}

function buildMember(build: Build, checks: Checks, place: MemberPlace): MemberConfig | null {
  const { context, index, map } = place;
  const address = parseAddress(map.address);
  if (address === null) return null;
  const isUsable = judgeAddress(build, place, address);
  judgeName(build, place, address);
  const target = readTarget(build, context.record, { target: map.target, path: place.path });
  const check = checkOf(build, checks, place);
  if (!isUsable || check === null || target === undefined) return null;
  return {
    id: `${context.pool}/${address.text}`,
    pool: context.pool,
    label: map.name ?? address.text,
    address: address.text,
    family: address.family,
    weight: map.weight ?? 1,
    priority: map.priority ?? (context.settings.policy === "priority" ? index + 1 : 1),
    target,
    check,
  };
}

function judgeAddress(build: Build, { context, seen, path, index, map }: MemberPlace, address: Address): boolean {
  const at = isMap(context.settings.members[index]) ? [...path, "address"] : path;
  const complaint = whyNotUnicast(address);
  const first = seen.addresses.get(address.text);
  seen.addresses.set(address.text, first ?? index);
  if (complaint === null && first === undefined) return true;
  if (complaint !== null) {
    problem(build, at, { expected: "the address of one machine", sentence: `${map.address} ${complaint}` });
    return false;
  }
  const { line } = build.findings.tree.locate([...context.path, "members", first ?? 0], "value");
  const sentence = `the member ${address.text} is listed twice; the first is in line ${line}`;
  problem(build, at, { expected: "each address once in a pool; a share is set by weight", sentence });
  return false;
}

/**
 * Whoever drains or pins by name must reach who is meant. A machine's IPv4 and IPv6 address may have one name, since they
 * go together.
 */
function judgeName(build: Build, { context, seen, path, index, map }: MemberPlace, address: Address): void {
  const { name } = map;
  if (name === undefined) return;
  const at = [...path, "name"];
  const named = parseAddress(name);
  if (named !== null && named.text !== address.text) {
    const sentence = `name: ${name} is an address, and not the one that this member has`;
    problem(build, at, { expected: "a name that is no other member's address", sentence });
  }
  const key = `${address.family} ${name}`;
  const first = seen.names.get(key);
  seen.names.set(key, first ?? index);
  if (first === undefined || seen.addresses.get(address.text) !== index) return;
  const { line } = build.findings.tree.locate([...context.path, "members", first, "name"], "value");
  const sentence = `two members are called ${name}; the first is in line ${line}`;
  problem(build, at, { expected: `each name once among a pool's IPv${address.family} addresses`, sentence });
}

/** Null: reported, or nothing to judge the member by, which is reported for the pool. */
function checkOf(build: Build, checks: Checks, { context, path, map }: MemberPlace): CheckConfig | null {
  if (map.check === undefined) {
    if (context.layer === undefined) reportNoCheck(build, context);
    else if (context.layer !== null && context.layer.probe === null) reportNoCheck(build, context);
    return context.check;
  }
  const at = [...path, "check"];
  const own = readCheck(build, checks, { value: map.check, path: at });
  if (own === null || context.layer === null) return null;
  const layer = context.layer === undefined ? own : layCheck(context.layer, own);
  if (layer.probe === null) reportNoCheck(build, context);
  return completeCheck(build, checks, { layer, host: context.pool, path: at });
}

/** Once for a pool, however many members it has. */
function reportNoCheck(build: Build, { path, pool, settings }: PoolContext): void {
  const at = settings.check === undefined ? path : [...path, "check"];
  const found = "no probe";
  if (hasProblemBelow(build, [...path, "check"])) return;
  if (build.findings.problems.some((finding) => finding.found === found && finding.path[1] === path[1])) return;
  const sentence = `nothing says how the members of ${pool} are judged`;
  problem(build, at, {
    at: "key",
    found,
    expected: "a check, such as check: {http: /} or check: {tcp: 5432}",
    sentence,
  });
}

/** Weights and priorities against the policy. */
function judgeShares(build: Build, { settings, path }: PoolContext): void {
  const { policy = "round-robin", members } = settings;
  const withKey = (key: string): number[] =>
    members.flatMap((member, index) => (isMap(member) && member[key] !== undefined ? [index] : []));
  const weighted = withKey("weight");
  const ranked = withKey("priority");
  if (policy !== "weighted") for (const index of weighted) warnUnused(build, { path, index, key: "weight", policy });
  if (policy === "weighted") judgeZeroWeights(build, settings, path);
  if (policy !== "priority")
    for (const index of ranked) refusePriority(build, { path, index, policy: settings.policy });
  if (policy === "priority" && ranked.length > 0 && ranked.length < members.length)
    reportHalfRanked(build, { path, members, ranked });
}

function warnUnused(
  build: Build,
  { path, index, key, policy }: { path: Path; index: number; key: string; policy: string },
): void {
  const sentence = `${key} has no effect under ${policy}`;
  warning(build, [...path, "members", index, key], { at: "key", expected: `policy: weighted, or no ${key}`, sentence });
}

function judgeZeroWeights(build: Build, { members }: PoolSettings, path: Path): void {
  if (members.length === 0 || !members.every((member) => isMap(member) && member.weight === 0)) return;
  const sentence = "every member has weight 0, so all share alike";
  warning(build, [...path, "members"], { at: "key", found: "weights of 0", expected: "a weight above 0", sentence });
}

function refusePriority(
  build: Build,
  { path, index, policy }: { path: Path; index: number; policy: string | undefined },
): void {
  const sentence = policy === undefined ? "priority needs policy: priority" : `priority has no meaning under ${policy}`;
  const expected = "policy: priority, or no priority";
  problem(build, [...path, "members", index, "priority"], {
    at: "key",
    expected,
    nearest: "policy: priority",
    sentence,
  });
}

function reportHalfRanked(
  build: Build,
  what: { path: Path; members: readonly unknown[]; ranked: readonly number[] },
): void {
  const { path, members, ranked } = what;
  const ranks = new Set(ranked);
  for (const index of members.keys()) {
    if (ranks.has(index)) continue;
    const sentence = "this member has no priority, and others of the pool have one";
    problem(build, [...path, "members", index], { expected: "a priority for each member, or for none", sentence });
  }
}
