/**
 * Why this name gives this answer now: the chain of evidence, from the answer over the rule and each member's health
 * back to the probes it rests on. Every sentence is made from the state that decides, so it cannot disagree with it.
 */
import type { Now, Wall } from "../base/time.ts";
import type { Quorum } from "../core/model.ts";
import { nameText } from "../dns/name.ts";
import { selfName } from "../core/vantage.ts";
import type { Explanation, ExplanationStep, ProbeView, StatusView } from "../core/view.ts";
import { explainAgents } from "./agent-view.ts";
import type { ControllerState, MemberState, Panel, PoolState, TargetState } from "./controller-state.ts";
import { diagnoseTarget } from "./diagnosis-facts.ts";
import { holdOf, pinOf } from "./hold.ts";
import { explainServed } from "./explain-served.ts";
import { opinionsOf } from "./vote-steps.ts";
import { addressesOf } from "./pool-steps.ts";
import { servedSerial, type ZoneState } from "./zone-state.ts";

/** What is known outside of the controller's state: the time, and who serves what. */
type Around = Pick<StatusView, "nameservers" | "outlets"> & { readonly now: Now };

export function explainName(state: ControllerState, name: string, around: Around): Explanation | null {
  const { now } = around;
  const own = state.pools.get(name);
  const zone = own === undefined ? closestZone(state, name) : (state.zones.get(own.config.zone) ?? null);
  const pool = own ?? (zone === null ? undefined : wildcardOf(state, zone, name));
  const rest = zone === null ? null : explainZone(state, zone, name);
  const first = pool === undefined ? rest : explainPool(state, { pool, name, now });
  if (first === null) return null;
  const served =
    zone === null || (pool !== undefined && pool.decision === null) ? null : explainZoneServed(zone, around);
  return { name, at: now.wall, steps: served === null ? [first] : [first, served] };
}

function explainZoneServed(zone: ZoneState, { nameservers, now, outlets }: Around): ExplanationStep | null {
  const serial = servedSerial(zone);
  return explainServed({ origin: zone.config.origin, serial, nameservers, outlets, now: now.wall, span: spanText });
}

function closestZone(state: ControllerState, name: string): ZoneState | null {
  const zones = [...state.zones.values()].filter(
    ({ config }) => name === config.origin || name.endsWith(`.${config.origin}`),
  );
  zones.sort((a, b) => b.config.origin.length - a.config.origin.length);
  return zones[0] ?? null;
}

/** All names are known here: the rest of the zone is muster's own. */
function isMadeHere({ config }: ZoneState): boolean {
  return config.file === null && config.primaries.length === 0;
}

/** The name, or one below it, has records. */
function exists(state: ControllerState, zone: ZoneState, name: string): boolean {
  const pools = state.poolBySlot.filter(({ config }) => config.zone === zone.config.origin);
  const owners = [...zone.updates.values()].map(({ owner }) => nameText(owner).toLowerCase().replace(/\.$/, ""));
  const names = [zone.config.origin, ...pools.map(({ config }) => config.name), ...owners];
  return names.some((known) => known === name || known.endsWith(`.${name}`));
}

/** The pool that answers for names that do not exist: it lies under the nearest one that does (RFC 4592, 3.3.1). */
function wildcardOf(state: ControllerState, zone: ZoneState, name: string): PoolState | undefined {
  if (!isMadeHere(zone) || exists(state, zone, name)) return undefined;
  let above = name;
  do above = above.slice(above.indexOf(".") + 1);
  while (!exists(state, zone, above));
  return state.pools.get(`*.${above}`);
}

function explainPool(
  state: ControllerState,
  { name, now, pool }: { name: string; now: Now; pool: PoolState },
): ExplanationStep {
  const answer = explainAnswer(state, pool, now);
  if (pool.config.name === name) return answer;
  const sentence = `${name} is answered as ${pool.config.name}`;
  return { rule: "zone/wildcard", subject: pool.config.name, sentence, because: [answer] };
}

function sayExistence(
  state: ControllerState,
  zone: ZoneState,
  { name, where }: { name: string; where: string },
): string {
  if (zone.phase !== "open") return `it is not answered, as is nothing of ${where}`;
  const isKnown = isMadeHere(zone);
  if (name === zone.config.origin || (isKnown && exists(state, zone, name))) return `it is answered from ${where}`;
  return isKnown ? `it does not exist in ${where}` : `${where} says what it answers, or that it does not exist`;
}

/** Of what a file or a primary holds just the serial is known here. */
function explainZone(state: ControllerState, zone: ZoneState, name: string): ExplanationStep {
  const { file, origin, primaries } = zone.config;
  const served = zone.phase === "open" ? `serial ${servedSerial(zone)}` : "not loaded";
  const source = primaries.length > 0 ? "taken from a primary" : file === null ? "made by muster" : `read from ${file}`;
  const trouble = zone.trouble === null ? "" : `; ${zone.trouble}`;
  const what = sayExistence(state, zone, { name, where: `zone ${origin}, ${source} (${served})` });
  const sentence = `${name} is no pool: ${what}${trouble}`;
  return { rule: "zone/served", subject: origin, sentence, because: [] };
}

function explainAnswer(state: ControllerState, pool: PoolState, now: Now): ExplanationStep {
  const { config, decision, ttlSeconds } = pool;
  const subject = config.name;
  const because = pool.members.map((member) => explainMember(state, { pool, member, now }));
  if (decision === null) {
    const sentence = `${subject} is not answered yet: its members are judged for the first time`;
    return { rule: "pool/first-round", subject, sentence, because };
  }
  const addresses = addressesOf(decision);
  const kind = config.record.kind === "address" ? "" : `${config.record.kind.toUpperCase()} `;
  const answers = addresses.length === 0 ? "nothing" : kind + addresses.join(", ");
  const sentence = `${subject} answers ${answers} with a TTL of ${ttlSeconds} s: ${decision.reason}`;
  return { rule: decision.rule, subject, sentence, because };
}

function explainMember(
  state: ControllerState,
  { pool, member, now }: { pool: PoolState; member: MemberState; now: Now },
): ExplanationStep {
  const subject = member.config.id;
  const health = [explainHealth(state, member, now), ...explainAgents(state, member, now)];
  const steps = [...explainDiagnosis(state, member.target, now), ...health];
  const override = holdOf(state, member);
  if (override !== null) {
    const until =
      override.expiresAt === null ? "until it is enabled" : `for another ${ago(now.wall, override.expiresAt)}`;
    const sentence = `${override.owner} set ${override.kind} ${until}: ${override.reason}`;
    const rule = override.kind === "maintenance" ? "maintenance/window" : `operator/${override.kind}`;
    steps.unshift({ rule, subject, sentence, because: [] });
  }
  const place = member.answering ? "is answered" : "is not answered";
  const sentence = `${member.config.label} ${place}: ${placeReason(pool, member, { held: override !== null, pinned: pinOf(state, pool) !== null })}`;
  return { rule: pool.decision?.rule ?? "pool/first-round", subject, sentence, because: steps };
}

/** What is broken, what that rests on, and what it is not. */
function explainDiagnosis(state: ControllerState, target: TargetState, now: Now): ExplanationStep[] {
  const found = diagnoseTarget(state, target, now.mono);
  if (found === null) return [];
  const subject = target.target.id;
  const not = found.not.map(({ name, rule, why }) => ({ rule, subject, sentence: `not ${name}: ${why}`, because: [] }));
  const sentence = `${found.name}, because: ${found.because.join("; ")}`;
  return [{ rule: found.rule, subject, sentence, because: not }];
}

function placeReason(pool: PoolState, member: MemberState, by: { held: boolean; pinned: boolean }): string {
  const { health } = member.target.judgement;
  if (by.pinned) return `the name is pinned, whatever its health (${health}) says`;
  if (by.held && member.answering) return "it serves as last resort, although it should be out of the answers";
  if (by.held) return `${maintained(member)} keeps it out of normal answers`;
  if (health !== "up") return member.answering ? `it is ${health}, and serves as last resort` : `it is ${health}`;
  if (member.answering) return "it is up";
  return `it is up and stands by (priority ${member.config.priority}, weight ${member.config.weight}, ${pool.config.policy})`;
}

function maintained({ maintenance }: MemberState): string {
  return maintenance === null ? "an operator's override" : `maintenance ${maintenance.name}`;
}

function explainHealth(state: ControllerState, { target }: MemberState, now: Now): ExplanationStep {
  if (target.panel !== null) return explainVotes(state, target, { panel: target.panel, now });
  const { health, reason, restored, since, falls, rises } = target.judgement;
  const { check, id } = target.target;
  const remembered = restored ? ", remembered from before the start and not proved again yet" : "";
  const near = health === "up" ? counted(falls, check.fall, "bad") : counted(rises, check.rise, "good");
  const sentence = `${health} for ${ago(since, now.wall)}${remembered}: ${reason}${near}`;
  const rule = health === "up" ? "health/rise" : health === "down" ? "health/fall" : "health/unproven";
  return { rule, subject: id, sentence, because: explainProbes(target, now) };
}

/** What the votes made of it, and below that each vantage point; the controller's own probes are known in detail. */
function explainVotes(
  state: ControllerState,
  target: TargetState,
  { now, panel }: { panel: Panel; now: Now },
): ExplanationStep {
  const { health, reason, since } = target.judgement;
  const subject = target.target.id;
  const because = opinionsOf(state, target, now.mono).map((opinion): ExplanationStep => {
    const { from, vote } = opinion;
    const told = opinion.health === "unproven" ? "" : ` for ${ago(opinion.since, now.wall)}`;
    const sentence = `${from} finds it ${opinion.health}${told}: ${opinion.reason}; ${voteWords[vote]}`;
    return { rule: "quorum/opinion", subject, sentence, because: from === selfName ? explainProbes(target, now) : [] };
  });
  const sentence = `${health} for ${ago(since, now.wall)} by ${quorumText(target.target.check.quorum)}: ${reason}`;
  return { rule: panel.tally?.rule ?? "quorum/waiting", subject, sentence, because };
}

function quorumText(quorum: Quorum = "majority"): string {
  if (quorum === "any") return "the word of any vantage point";
  return quorum === "majority" ? "a majority of the vantage points" : `${quorum} vantage points`;
}

const voteWords = {
  votes: "it votes",
  late: "it is late, and does not vote",
  sick: "it cannot judge at present, and does not vote",
  unproven: "it has not judged yet, and does not vote",
  listens: "it does not vote",
} as const;

function counted(count: number, needed: number, quality: string): string {
  return count === 0 ? "" : `; ${count} of the ${needed} ${quality} probes that would change it`;
}

function explainProbes(target: MemberState["target"], now: Now): ExplanationStep[] {
  const steps: ExplanationStep[] = [];
  const add = (which: string, probe: ProbeView | null): void => {
    if (probe === null) return;
    const sentence = `${which} ${ago(probe.at, now.wall)} ago: ${probe.detail} (${probe.tookMs.toFixed(1)} ms)`;
    steps.push({ rule: "probe/verdict", subject: target.target.id, sentence, because: [] });
  };
  add("last good probe", target.lastGood);
  add("last bad probe", target.lastBad);
  if (target.lastProbe?.verdict === "unknown") add("last probe, without a verdict,", target.lastProbe);
  return steps;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A span between two times in words, in its largest fitting unit. */
function ago(from: Wall, to: Wall): string {
  return spanText(Math.max(0, to - from));
}

function spanText(ms: number): string {
  if (ms < minuteMs) return `${Math.round(ms / 100) / 10} s`;
  if (ms < hourMs) return `${Math.floor(ms / minuteMs)} min`;
  if (ms < dayMs) return `${Math.floor(ms / hourMs)} h`;
  return `${Math.floor(ms / dayMs)} d`;
}
