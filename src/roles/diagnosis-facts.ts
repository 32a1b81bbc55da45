/**
 * What is known about a target that fails, gathered for `core/diagnosis.ts`: its other checks, its neighbours in the
 * network, references, own interfaces, vantage points. Everything is read from the state at the moment it is asked for.
 */
import { type Mono, never } from "../base/time.ts";
import {
  type AgentFacts,
  type ClusterFacts,
  diagnose,
  type Diagnosis,
  type Facts,
  hasAnswered,
  listedMax,
  type NetworkFacts,
  ownNetworkRule,
  type Seen,
} from "../core/diagnosis.ts";
import { isSilence } from "../core/fault.ts";
import { freshReport } from "../core/hearing.ts";
import { findNetwork, liesIn, type Network, parseNetwork } from "../core/network.ts";
import { selfName } from "../core/vantage.ts";
import { parseAddress } from "../dns/address.ts";
import type { ControllerState, Neighbourhood, NetworkTally, TargetState } from "./controller-state.ts";
import { opinionsOf } from "./vote-steps.ts";

/**
 * So many checks of one address tell how its machine is; further ones are diagnosed beside these. A web server may stand
 * behind a thousand pools with a check each, which all fail together: looking at every one for every other would take
 * minutes.
 */
const checksPerMachineMax = 64;

export function neighbourhoodOf(state: ControllerState): Neighbourhood {
  state.neighbourhood ??= makeNeighbourhood(state);
  return state.neighbourhood;
}

function makeNeighbourhood({ config, pools, targetBySlot }: ControllerState): Neighbourhood {
  const byAddress = Map.groupBy(targetBySlot, ({ target }) => target.address);
  for (const targets of byAddress.values()) targets.splice(checksPerMachineMax);
  const networkOf = new Map<string, string>();
  for (const address of byAddress.keys()) {
    const network = findNetwork(address, config.diagnosis);
    if (network !== null) networkOf.set(address, network);
  }
  const byNetwork = Map.groupBy(networkOf.keys(), (address) => networkOf.get(address) ?? "");
  const { webCluster } = config.diagnosis;
  const members = webCluster === null ? [] : (pools.get(webCluster)?.members ?? []);
  const tallies = new Map([...byNetwork.keys()].map((name) => [name, createTally()]));
  const around = { byAddress, networkOf, byNetwork, tallies, cluster: new Set(members.map(({ target }) => target)) };
  for (const address of byAddress.keys()) refreshMachine(around, address);
  return around;
}

function createTally(): NetworkTally {
  return { silent: new Set(), answering: new Set(), silentOutside: 0 };
}

/** It is down, or kept in the answers although it fails. */
export function isFailing({ heldBack, judgement }: TargetState): boolean {
  return judgement.health === "down" || heldBack !== null;
}

/** Somebody finds it up and somebody down, for long enough that it is told. */
function isDisputed({ panel }: TargetState): boolean {
  return panel?.oddTold === "quorum/disagree";
}

/** Null: nothing is wrong with it. While the checker is cut off a diagnosis stays what it was before. */
export function diagnoseTarget(state: ControllerState, target: TargetState, now: Mono): Diagnosis | null {
  if (!isFailing(target) && !isDisputed(target)) return null;
  const found = diagnose(factsOf(state, target, now));
  return isFrozen(state, found.rule) ? (target.diagnosis ?? found) : found;
}

/** No reference answers: what is found of others says nothing, except of the own network. */
export function isFrozen({ guard }: ControllerState, rule: string): boolean {
  return guard.sickSince !== null && rule !== ownNetworkRule;
}

/** Makes the diagnosis anew, and notes since when it is this one. */
export function renewDiagnosis(state: ControllerState, target: TargetState, now: Mono): Diagnosis | null {
  const before = target.diagnosis?.rule;
  target.diagnosis = diagnoseTarget(state, target, now);
  if (target.diagnosis?.rule !== before) target.diagnosedAt = now;
  return target.diagnosis;
}

export function factsOf(state: ControllerState, target: TargetState, now: Mono): Facts {
  const { address } = target.target;
  const around = neighbourhoodOf(state);
  const beside = (around.byAddress.get(address) ?? []).filter((other) => other !== target);
  return {
    address,
    subject: seenOf(target),
    beside: beside.map((other) => seenBeside(other, target)),
    network: networkFacts(around, address),
    links: linksTo(state, address),
    references: referenceFacts(state, target),
    opinions: settledOpinions(state, target, now),
    cluster: clusterFacts(state, around, target),
    agent: agentFacts(state, address, now),
    reachedBy: reachedBy(state, address, now),
  };
}

function seenOf(target: TargetState): Seen {
  const { fault, health, reason } = target.judgement;
  const { probe } = target.target.check;
  const check = probe.kind;
  const byKernel = check === "ping" || (check === "tcp" && probe.expect === null);
  if (target.heldBack === null) return { check, health, fault, reason, byKernel };
  const own = target.panel?.own ?? target.judgement;
  return { check, health: "down", fault: own.fault, reason: target.lastBad?.detail ?? own.reason, byKernel };
}

/**
 * Another check shows that the machine is there only when it has succeeded since this one began to fail; what it found
 * before says nothing.
 */
function seenBeside(other: TargetState, { suspectedAt }: TargetState): Seen {
  const seen = seenOf(other);
  const isOld = seen.health === "up" && suspectedAt !== never && other.goodAt < suspectedAt;
  return isOld ? { ...seen, health: "unproven" } : seen;
}

/** Of those that vote; whoever finds it up, and doubts that just now, has not made up its mind. */
function settledOpinions(state: ControllerState, target: TargetState, now: Mono): Facts["opinions"] {
  const { panel } = target;
  if (panel === null) return [];
  const doubts = (from: string): boolean =>
    from === selfName ? panel.own.falls > 0 : panel.words.get(from)?.suspected === true;
  return opinionsOf(state, target, now)
    .filter(({ from, health, vote }) => vote === "votes" && !(health === "up" && doubts(from)))
    .map(({ from, health }) => ({ from, health }));
}

function answers(target: TargetState): boolean {
  return target.heldBack === null ? hasAnswered(target.judgement) : hasAnswered(seenOf(target));
}

/** A reference shows that its network is there when it answers; it is no member, so its silence counts for nothing. */
function isSilentMember(target: TargetState): boolean {
  return target.pools.length > 0 && isSilence(target.heldBack === null ? target.judgement.fault : seenOf(target).fault);
}

function networkFacts(around: Neighbourhood, address: string): NetworkFacts | null {
  const name = around.networkOf.get(address);
  const tally = name === undefined ? undefined : around.tallies.get(name);
  if (name === undefined || tally === undefined) return null;
  const { answering, silent, silentOutside } = tally;
  return { name, silent: silent.size, answering: answering.size, named: firstOf(silent, listedMax), silentOutside };
}

function firstOf(names: Iterable<string>, count: number): readonly string[] {
  const first: string[] = [];
  for (const name of names) {
    if (first.length === count) break;
    first.push(name);
  }
  return first;
}

/** One of the address's targets may stand otherwise than before. Thousands may at once, so nothing is counted anew. */
export function refreshMachine(around: Neighbourhood, address: string): void {
  const tally = around.tallies.get(around.networkOf.get(address) ?? "");
  if (tally === undefined) return;
  const targets = around.byAddress.get(address) ?? [];
  const isAnswering = targets.some(answers);
  const isSilent = !isAnswering && targets.some(isSilentMember);
  if (isAnswering) tally.answering.add(address);
  else tally.answering.delete(address);
  const outside = targets.some((target) => around.cluster.has(target)) ? 0 : 1;
  if (isSilent && !tally.silent.has(address)) tally.silentOutside += outside;
  if (!isSilent && tally.silent.has(address)) tally.silentOutside -= outside;
  if (isSilent) tally.silent.add(address);
  else tally.silent.delete(address);
}

/** Whoever is held back for the checker's sake has had no reference answer since it began to fail. One in doubt is neither. */
function referenceFacts({ references }: ControllerState, { heldBack }: TargetState): Facts["references"] {
  const addresses = (targets: readonly TargetState[]): string[] => targets.map(({ target }) => target.address);
  if (heldBack === "checker") return { answering: [], silent: addresses(references) };
  const answering = references.filter(({ judgement: { falls, health } }) => health === "up" && falls === 0);
  const silent = references.filter(({ judgement: { health } }) => health === "down");
  return { answering: addresses(answering), silent: addresses(silent) };
}

function clusterFacts(state: ControllerState, { cluster }: Neighbourhood, target: TargetState): ClusterFacts | null {
  const { webCluster } = state.config.diagnosis;
  if (webCluster === null || cluster.size === 0) return null;
  let answering = 0;
  for (const member of cluster) if (!isFailing(member)) answering += 1;
  return { name: webCluster, members: cluster.size, answering, isMember: cluster.has(target) };
}

/** What the agent of the machine with this address has said lately; null: nothing. */
function agentFacts({ agents, hearing }: ControllerState, address: string, now: Mono): AgentFacts | null {
  for (const { config } of agents.values()) {
    if (!config.addresses.includes(address)) continue;
    const report = freshReport(hearing, config, now);
    if (report === null) return null;
    const { fit, links, mounts, reaches, reason } = report;
    const cut = links.filter((link) => !link.up && link.addresses.includes(address)).map(({ name }) => name);
    const unreached = reaches.filter(({ role, verdict }) => role === "witness" && verdict === "down");
    const { name } = config;
    return { name, fit, reason, cut, mounts: mounts.filter(({ state }) => state !== "ok"), unreached };
  }
  return null;
}

/** Agents of other machines that reach the address. */
function reachedBy({ agents, hearing }: ControllerState, address: string, now: Mono): readonly string[] {
  const found: string[] = [];
  for (const { config } of agents.values()) {
    if (config.addresses.includes(address)) continue;
    const reaches = freshReport(hearing, config, now)?.reaches ?? [];
    if (reaches.some((one) => one.address === address && one.verdict === "up")) found.push(config.name);
  }
  return found;
}

/** The interface whose network the address is in, or else those that lead everywhere. */
function linksTo({ links }: ControllerState, address: string): Facts["links"] {
  const octets = parseAddress(address);
  if (octets === null || links.length === 0) return [];
  const near = links.filter(({ networks }) => networks.some((text) => isWithin(parseNetwork(text), octets)));
  if (near.length > 0) return near;
  return links.filter(({ leads4, leads6 }) => (octets.length === 4 ? leads4 : leads6));
}

function isWithin(network: Network | null, octets: Uint8Array): boolean {
  return network !== null && liesIn(network, octets);
}
