/**
 * Agents: whose machine each speaks for, and what it looks at there. What stands under `agent` holds for all of them, so
 * that servers differ in name and address only; an agent's own settings replace it, word by word.
 */
import type { z } from "zod";
import type { AgentConfig, ProofConfig, ReachConfig } from "../core/agent.ts";
import { agentFor, agentProbesIn, whyNotForAgents } from "../core/agent-work.ts";
import type { PoolConfig, Target, WatchConfig } from "../core/model.ts";
import { makeReference } from "../core/target.ts";
import { isWatcherName, selfName } from "../core/vantage.ts";
import { parseAddress } from "./address.ts";
import { type Build, isMap, problem } from "./build.ts";
import { type Checks, completeCheck, readCheck } from "./build-checks.ts";
import { agentProofsMax, agentsMax } from "./limits.ts";
import type { Path } from "./problem.ts";
import { agentSchema, agentWorkSchema } from "./schema-agents.ts";
import { validate } from "./validate.ts";

type Work = z.output<typeof agentWorkSchema>;
type Proof = NonNullable<Work["prove"]>[string];

const silentMsDefault = 12_000;

interface World {
  readonly checks: Checks;
  readonly pools: readonly PoolConfig[];
  readonly watch: WatchConfig | null;
}

export function buildAgents(
  build: Build,
  raw: { readonly agent?: unknown; readonly agents?: unknown },
  world: World,
): readonly AgentConfig[] {
  const shared =
    raw.agent === undefined ? {} : validate(build.findings, agentWorkSchema, { value: raw.agent, path: ["agent"] });
  const agents = readAgents(build, raw.agents).flatMap(
    ([name, value]) => buildAgent(build, world, { name, value, shared: shared ?? {} }) ?? [],
  );
  if (agents.length > 0 && (world.watch === null || world.watch.listen === null)) {
    const sentence = "agents are named, but nothing says where they report to";
    problem(build, ["agents"], {
      at: "key",
      found: "no watch.listen",
      expected: "watch: {listen: ADDRESS:PORT}",
      sentence,
    });
  }
  judgeAddresses(build, agents);
  judgeAsked(build, agents, world.pools);
  return agents;
}

function readAgents(build: Build, raw: unknown): readonly (readonly [string, unknown])[] {
  if (raw === undefined) return [];
  if (!isMap(raw)) {
    problem(build, ["agents"], {
      expected: "a map of agents by name",
      sentence: "agents must be a map of agents by name",
    });
    return [];
  }
  const entries = Object.entries(raw);
  if (entries.length > agentsMax) {
    const sentence = `there are ${entries.length} agents, and ${agentsMax} is the limit`;
    problem(build, ["agents"], { expected: `at most ${agentsMax} agents`, sentence });
  }
  return entries.slice(0, agentsMax);
}

interface Entry {
  readonly name: string;
  readonly value: unknown;
  readonly shared: Work;
}

function buildAgent(build: Build, world: World, { name, shared, value }: Entry): AgentConfig | null {
  const path = ["agents", name];
  if (!judgeName(build, world, { name, path })) return null;
  const own = validate(build.findings, agentSchema, { value, path });
  if (own === null) return null;
  const settings = typeof own === "string" ? { address: [own] } : isList(own) ? { address: own } : own;
  const addresses = settings.address.map((text) => parseAddress(text)?.text ?? text);
  const work = { ...shared, ...settings };
  const place = (key: "prove" | "reach"): Path => [...(settings[key] === undefined ? ["agent"] : path), key];
  const host = world.pools.find(({ members }) => members.some((one) => addresses.includes(one.address)))?.name;
  const parts = { world, host: host ?? name, own: addresses[0] ?? "" };
  return {
    name,
    addresses,
    proofs: buildProofs(build, parts, { given: work.prove ?? {}, path: place("prove") }),
    mounts: work.mounts ?? [],
    reaches: buildReaches(build, parts, { given: work.reach ?? {}, path: place("reach") }),
    silentMs: work["silent-after"] ?? silentMsDefault,
  };
}

function isList<T>(value: readonly T[] | object): value is readonly T[] {
  return Array.isArray(value);
}

/** Agents and watchers enrol at one authority, so that no two of them share a name. */
function judgeName(build: Build, { watch }: World, { name, path }: { name: string; path: Path }): boolean {
  const isTaken = watch?.watchers.some((watcher) => watcher.name === name) === true;
  if (isWatcherName(name) && !isTaken) return true;
  const found = JSON.stringify(name);
  const why = name === selfName ? "is the controller itself" : "is no agent's name";
  const sentence = isTaken ? `${name} is a watcher already` : `${found} ${why}`;
  const expected = isTaken ? "a name of its own" : "lower-case letters, digits and hyphens, at most 40";
  problem(build, path, { at: "key", found, expected, sentence });
  return false;
}

interface Parts {
  readonly world: World;
  readonly host: string;
  readonly own: string;
}

interface Given<T> {
  readonly given: Readonly<Record<string, T>>;
  readonly path: Path;
}

function buildProofs(build: Build, parts: Parts, { given, path }: Given<Proof>): readonly ProofConfig[] {
  return limited(build, { given, path }).flatMap(([name, proof]) => {
    const target = buildTarget(build, parts, { ...proof, path: [...path, name] });
    return target === null ? [] : [{ name, target }];
  });
}

function buildReaches(
  build: Build,
  parts: Parts,
  { given, path }: Given<NonNullable<Work["reach"]>[string]>,
): readonly ReachConfig[] {
  return limited(build, { given, path }).flatMap(([name, reach]) => {
    const target = buildTarget(build, parts, { ...reach, path: [...path, name] });
    return target === null ? [] : [{ name, role: reach.role ?? "witness", target }];
  });
}

function limited<T>(build: Build, { given, path }: Given<T>): readonly (readonly [string, T])[] {
  const entries = Object.entries(given);
  if (entries.length > agentProofsMax) {
    const sentence = `there are ${entries.length} entries, and ${agentProofsMax} is the limit`;
    problem(build, path, { expected: `at most ${agentProofsMax} entries`, sentence });
  }
  return entries.slice(0, agentProofsMax);
}

/** Null: reported. */
function buildTarget(
  build: Build,
  { host, own, world }: Parts,
  proof: Omit<Proof, "address"> & { readonly address?: string | undefined; readonly path: Path },
): Target | null {
  const path = [...proof.path, "check"];
  const address = parseAddress(proof.address ?? own);
  const layer = readCheck(build, world.checks, { value: proof.check, path });
  if (layer === null || address === null) return null;
  const check = completeCheck(build, world.checks, { layer, host, path, isForAgent: true });
  if (check === null) {
    const sentence = "the check says no probe, so there is nothing to judge by";
    problem(build, path, { at: "key", found: "no probe", expected: "a check such as {http: /}", sentence });
    return null;
  }
  const why = whyNotForAgents(check.probe);
  if (why !== null) {
    problem(build, path, { expected: "another kind of probe", sentence: `an agent cannot carry this out: ${why}` });
    return null;
  }
  return makeReference({ address: address.text, family: address.family, check });
}

function judgeAddresses(build: Build, agents: readonly AgentConfig[]): void {
  const taken = new Map<string, string>();
  for (const { addresses, name } of agents) {
    for (const address of addresses) {
      const other = taken.get(address);
      taken.set(address, name);
      if (other === undefined) continue;
      const sentence = `${address} is an address of the agent ${other} already: a machine has one agent`;
      problem(build, ["agents", name], { at: "key", found: address, expected: "an address of this machine", sentence });
    }
  }
}

/** A check that asks an agent needs one. */
function judgeAsked(build: Build, agents: readonly AgentConfig[], pools: readonly PoolConfig[]): void {
  for (const pool of pools) {
    for (const [index, member] of pool.members.entries()) {
      for (const probe of agentProbesIn(member.check.probe)) {
        if (agentFor(agents, probe, member.address) !== null) continue;
        const whose = probe.agent === null ? `on the machine of ${member.address}` : `called ${probe.agent}`;
        const sentence = `the check of ${member.address} in ${pool.name} asks an agent ${whose}, and agents names none`;
        const expected = `agents: {NAME: ${member.address}}`;
        problem(build, ["pools", pool.name, "members", index], { expected, sentence });
      }
    }
  }
}
