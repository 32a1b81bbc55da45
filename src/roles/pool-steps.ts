/**
 * From health to answers: decides the pools that a step touched, and turns what changed into sets that wait for
 * their zone's next transaction.
 */
import { listed } from "../base/listed.ts";
import { type Wall, wall } from "../base/time.ts";
import { isChangeNear } from "../core/health.ts";
import { byTarget } from "../core/member-record.ts";
import type { MemberConfig } from "../core/model.ts";
import { noReason } from "../core/order.ts";
import { decidePinned } from "../core/pin.ts";
import { type Decision, decidePool, failBackNow } from "../core/pool.ts";
import { poolSets } from "../core/zone-plan.ts";
import { textName } from "../dns/name.ts";
import { rrType } from "../dns/rr-types.ts";
import type { RRset } from "../dns/types.ts";
import type { ControllerState, MemberState, PoolState, TargetState } from "./controller-state.ts";
import { isHeld, pinOf } from "./hold.ts";
import type { Outbox } from "./outbox.ts";
import { isGathering, putSet, removeSet, type ZoneState } from "./zone-state.ts";

/**
 * A member's health is another now. While its zone gathers changes none would be published, so the pool is decided when it
 * no longer does: thousands of members that come up or fail together are not a decision each.
 */
export function touchPool(state: ControllerState, pool: PoolState, out: Outbox): void {
  const zone = zoneOf(state, pool);
  if (zone === undefined || pool.decision === null || !isGathering(zone, out.now.mono)) out.duePools.add(pool);
  else state.poolTimers.set(pool.slot, zone.gatherUntil);
}

/** Decides one pool again and notes what must be published; does nothing while the pool waits for its first round. */
export function settlePool(state: ControllerState, pool: PoolState, out: Outbox): void {
  if (isUndecided(state, pool, out)) {
    state.poolTimers.set(pool.slot, pool.undecidedUntil);
    return;
  }
  const priorityBefore = pool.memory.activePriority;
  const pin = pinOf(state, pool);
  const decision = pin === null ? decide(state, pool, out) : decidePinned(pool.config.members, pin);
  if (pool.memory.activePriority !== priorityBefore) out.changedPools.add(pool);
  state.poolTimers.set(pool.slot, decision.wakeAt);
  publishDecision(state, pool, { decision, out });
}

function decide(state: ControllerState, pool: PoolState, out: Outbox): Decision {
  const context = { memory: pool.memory, now: out.now.mono };
  const candidates = pool.members.map((member) => ({
    member: member.config,
    fit: isFit(member) && !isHeld(state, member),
    override: state.overrides.get(member.config.id)?.kind ?? (member.maintenance === null ? null : "drain"),
    data: member.target.data,
  }));
  if (candidates.some(({ fit }) => fit) || !pool.members.some(({ maintenance }) => maintenance !== null))
    return decidePool(pool.config, candidates, context);
  const { kind } = pool.config.lastResort;
  const standIns = pool.members.filter((member) => isFit(member) && !state.overrides.has(member.config.id));
  const served = kind === "none" || kind === "address" ? [] : standIns.map(({ config }) => config);
  const all = candidates.map((candidate) => ({ ...candidate, fit: served.includes(candidate.member) }));
  return markMaintenance(state, pool, { decision: decidePool(pool.config, all, context), served });
}

/** Nobody is fit for maintenance's sake: the last resort says who answers, and members that work go before those that do not. */
function markMaintenance(
  state: ControllerState,
  pool: PoolState,
  { decision, served }: { decision: Decision; served: readonly MemberConfig[] },
): Decision {
  if (served.length > 0) {
    const reason = `all that are fit are in maintenance, and somebody must answer: ${decision.reason}`;
    return { ...decision, lastResort: true, rule: "maintenance/last-resort", reason };
  }
  const isPlanned = pool.members.every((member) => isHeld(state, member));
  return isPlanned ? { ...decision, rule: "maintenance/last-resort" } : decision;
}

function isFit({ target }: MemberState): boolean {
  return target.judgement.health === "up" && target.flap.heldUntil === null;
}

function isUndecided(state: ControllerState, pool: PoolState, out: Outbox): boolean {
  if (pool.decision !== null || out.now.mono >= pool.undecidedUntil || pinOf(state, pool) !== null) return false;
  return pool.members.some((member) => member.target.judgement.health === "unproven" && !isHeld(state, member));
}

function publishDecision(state: ControllerState, pool: PoolState, step: { decision: Decision; out: Outbox }): void {
  const { decision, out } = step;
  const before = pool.decision;
  const ttlBefore = pool.ttlSeconds;
  pool.decision = decision;
  const zone = zoneOf(state, pool);
  if (zone === undefined) return;
  pool.ttlSeconds = ttlOf(state, pool, { decision, zone });
  if (pool.ttlSeconds !== ttlBefore || pool.setsOf === null || !isAnsweredAlike(pool.setsOf, decision)) {
    pool.setsOf = decision;
    putSets(zone, pool, [...poolSets(pool.config, decision, pool.ttlSeconds), ...hiddenAliases(zone, pool)]);
  }
  const isSame = before !== null && isBySame(before, decision);
  if (!isSame) {
    state.leaving.add(pool);
    markAnswering(pool, decision, { ttlSeconds: ttlBefore, at: out.now.wall });
  }
  if (before !== null && standingOf(before) === standingOf(decision) && (isSame || isAlike(before, decision))) return;
  pool.since = out.now.wall;
  tellAnswer(pool, { before, decision, out });
}

/** A zone of somebody else's making may have a CNAME at the pool's name, which would win over every other record. */
function hiddenAliases(zone: ZoneState, pool: PoolState): readonly RRset[] {
  if (zone.config.primaries.length === 0 && zone.config.file === null) return [];
  return [{ owner: textName(pool.config.name), type: rrType.CNAME, ttlSeconds: 0, rdata: [] }];
}

/** A pool whose kind of record changed leaves no set of the old kind behind. */
function putSets(zone: ZoneState, pool: PoolState, sets: readonly RRset[]): void {
  for (const old of pool.sets) if (!sets.some(({ type }) => type === old.type)) removeSet(zone, old, "pools");
  for (const set of sets) {
    putSet(zone, set, { layer: "pools", published: pool.sets.find(({ type }) => type === set.type) });
  }
  pool.sets = sets;
}

/** The same members answer, or the same address instead of them. */
function isBySame(one: Decision, other: Decision): boolean {
  if (one.address !== other.address || one.members.length !== other.members.length) return false;
  return one.members.every(({ id }, i) => id === other.members[i]?.id);
}

/** Both make the same sets of one pool, whatever their TTL. */
function isAnsweredAlike(one: Decision, other: Decision): boolean {
  if (one.rule !== other.rule || (other.lastResort && one.reason !== other.reason)) return false;
  return isBySame(one, other);
}

/** An answer that nobody fit gives is another one, also when it names the same addresses; so is one for another reason. */
function standingOf({ lastResort, rule }: Decision): string {
  return lastResort ? rule : "";
}

function isAlike(before: Decision, decision: Decision): boolean {
  return addressesOf(before).join() === addressesOf(decision).join();
}

export function zoneOf(state: ControllerState, pool: PoolState): ZoneState | undefined {
  return state.zones.get(pool.config.zone);
}

/** While the answer may soon change it is handed out for a short time only. */
function ttlOf(state: ControllerState, pool: PoolState, step: { decision: Decision; zone: ZoneState }): number {
  const { ttlSeconds, ttlMinSeconds } = step.zone.config;
  const near = pool.members.some((member) => !isHeld(state, member) && isChangeNear(member.target.judgement));
  if (pinOf(state, pool) !== null) return ttlSeconds;
  return step.decision.lastResort || near ? ttlMinSeconds : ttlSeconds;
}

/** What the answer holds: addresses, or the targets of other kinds of records, each once. */
export function addressesOf(decision: Decision): readonly string[] {
  if (decision.address !== null) return [decision.address];
  return byTarget(decision.members).map(({ target }) => target);
}

function markAnswering(pool: PoolState, decision: Decision, before: { ttlSeconds: number; at: Wall }): void {
  const answering = new Set(decision.members.map((member) => member.id));
  for (const member of pool.members) {
    const now = answering.has(member.config.id);
    if (member.answering && !now) {
      member.safeToStopAt = wall(before.at + before.ttlSeconds * 1000);
      // The serial is known when the step ends.
      member.leftWith = { serial: 0, ttlSeconds: before.ttlSeconds };
    }
    if (now) member.leftWith = null;
    member.answering = now;
  }
}

/** Addresses that a line of the story names, and those that are kept with it for replays. */
const namesMax = 8;
const namesKeptMax = 64;

function tellAnswer(pool: PoolState, step: { before: Decision | null; decision: Decision; out: Outbox }): void {
  const { before, decision, out } = step;
  const from = before === null ? null : listed(addressesOf(before), namesKeptMax);
  const to = listed(addressesOf(decision), namesKeptMax);
  const answers = to === "" ? "nothing" : listed(addressesOf(decision), namesMax);
  const sentence = `${pool.config.name} answers ${answers}: ${decision.reason}`;
  const story = { kind: "answer", subject: pool.config.name, rule: decision.rule, sentence, to } as const;
  out.tell(from === null ? story : { ...story, from });
}

/**
 * When the last answer that may name a member runs out, as far as is known now: while some nameserver still hands its
 * address out, that moment moves on.
 */
export function safeToStopAt(member: MemberState, pool: PoolState, at: Wall): Wall {
  if (member.answering) return wall(at + pool.ttlSeconds * 1000);
  return member.leftWith === null ? member.safeToStopAt : wall(at + member.leftWith.ttlSeconds * 1000);
}

/** Pools that answer by how old members' data is, and may answer with another one now. */
export function noteNewData(target: TargetState, out: Outbox): void {
  for (const pool of target.pools) {
    if (pool.config.lastResort.kind === "least-stale" && pool.decision?.lastResort === true) out.duePools.add(pool);
  }
}

/** No pool waits for its first decision any more. */
export function allDecided(state: ControllerState): boolean {
  return state.poolBySlot.every((pool) => pool.decision !== null);
}

/** A pool's wait or failback timer that is over. */
export function takeDuePool(state: ControllerState, out: Outbox): PoolState | null {
  const slot = state.poolTimers.takeDue(out.now.mono);
  return slot === null ? null : (state.poolBySlot[slot] ?? null);
}

/** An operator lets a pool return to its best fit members at once. */
export function failBackPool(
  state: ControllerState,
  { owner, pool: name, reason = noReason }: { pool: string; owner: string; reason?: string },
  out: Outbox,
): void {
  const pool = state.pools.get(name);
  if (pool === undefined) return;
  const from = priorityText(pool);
  failBackNow(pool.memory);
  settlePool(state, pool, out);
  const sentence = `${owner} let ${name} fail back to its best members: ${reason}`;
  const story = { kind: "override", subject: name, rule: "operator/failback", sentence } as const;
  out.tell({ ...story, from, to: priorityText(pool), by: { owner, reason } });
}

function priorityText({ memory }: PoolState): string {
  return memory.activePriority === null ? "undecided" : `priority ${memory.activePriority}`;
}
