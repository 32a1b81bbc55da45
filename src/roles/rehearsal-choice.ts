/**
 * Whether a rehearsal may be held, and with whom. It must touch nothing but what was declared a canary, or what somebody
 * names by force; nothing that is not well already; and it must show something, so a failure is simulated first.
 */
import { findNearest } from "../base/nearest.ts";
import type { Now } from "../base/time.ts";
import type { RehearsalOutcome, RehearsalWish } from "../core/view.ts";
import type { ControllerState, MemberState, PoolState } from "./controller-state.ts";
import { isHeld, pinOf } from "./hold.ts";
import { selectableWords, selectMembers } from "./select.ts";
import { simulateFailure } from "./simulate.ts";
import { isServedHere } from "./zone-state.ts";

export interface Canary {
  readonly pool: string;
  readonly zone: string;
  readonly member: string;
  readonly targetId: string;
  readonly address: string;
  readonly family: 4 | 6;
  readonly ttlSeconds: number;
  readonly recoveryMs: number | null;
  /** muster's own DNS server answers for it. */
  readonly isServedHere: boolean;
}

type Choice = { readonly kind: "canary"; readonly canary: Canary } | Exclude<RehearsalOutcome, { kind: "rehearsed" }>;

function refuse(sentence: string): Choice {
  return { kind: "refused", sentence, details: [] };
}

export function chooseCanary(state: ControllerState, wish: RehearsalWish, now: Now): Choice {
  const pool = state.pools.get(wish.subject);
  if (pool !== undefined) return chooseOf(state, { pool, members: pool.members, wish, now });
  const selected = selectMembers(state, wish.subject);
  const [first, second] = selected;
  if (first === undefined) {
    const nearest = findNearest(wish.subject, [...state.pools.keys(), ...selectableWords(state)]);
    return { kind: "not-found", sentence: `no pool and no member is called "${wish.subject}"`, nearest };
  }
  if (second !== undefined) {
    const ids = selected.map(({ member }) => member.config.id).join(", ");
    return refuse(`"${wish.subject}" means several members: name one by its id (${ids})`);
  }
  return chooseOf(state, { pool: first.pool, members: [first.member], wish, now });
}

interface Asked {
  readonly pool: PoolState;
  readonly members: readonly MemberState[];
  readonly wish: RehearsalWish;
  readonly now: Now;
}

function chooseOf(state: ControllerState, { members, now, pool, wish }: Asked): Choice {
  const { name } = pool.config;
  if (!pool.config.canary && !wish.force)
    return refuse(`${name} is no canary: set \`canary: true\`, or use --force with a reason`);
  const trouble = whyNotWell(state, pool);
  if (trouble !== null) return refuse(`${name} is not well, and is left alone: ${trouble}`);
  if (pool.config.record.kind !== "address")
    return refuse(`${name} is no pool of addresses; only those can be rehearsed`);
  const answering = members.filter((member) => member.answering);
  if (answering.length === 0) return refuse("the member is not among the answers, so that nothing would be seen");
  const mine = answering.filter((member) => !isSharedWithOthers(member, wish));
  const [shared] = answering;
  if (mine.length === 0)
    return refuse(`the check of ${shared?.config.id ?? name} also decides for pools that are no canaries`);
  const seen = mine.find((member) => isSeen(state, { pool, member, now }));
  if (seen === undefined) return refuse(`the answer of ${name} would go on naming the member: it needs another one`);
  return { kind: "canary", canary: canaryOf(state, pool, seen) };
}

/** Why the pool is left alone; null: it is well. */
function whyNotWell(state: ControllerState, pool: PoolState): string | null {
  const { guard } = state;
  if (!state.ready || pool.decision === null) return "it is not decided yet";
  if (guard.sickSince !== null) return "the checker itself is cut off";
  if (guard.brakingSince !== null) return "the brake holds somebody back";
  if (pinOf(state, pool) !== null) return "it is pinned";
  if (pool.decision.lastResort) return "its last resort is served";
  for (const member of pool.members) {
    const { config, target } = member;
    const { flap, judgement, panel } = target;
    if (judgement.health !== "up") return `${config.id} is ${judgement.health}`;
    if (judgement.falls > 0) return `${config.id} is suspected`;
    if (flap.heldUntil !== null) return `${config.id} is held for flapping`;
    if (isHeld(state, member)) return `${config.id} is drained, disabled or in maintenance`;
    if (panel !== null) return "watchers judge it too, and would go on seeing it well";
  }
  return null;
}

function isSharedWithOthers({ target }: MemberState, { force }: RehearsalWish): boolean {
  return !force && target.pools.some(({ config }) => !config.canary);
}

function isSeen(
  state: ControllerState,
  { member, now, pool }: { readonly pool: PoolState; readonly member: MemberState; readonly now: Now },
): boolean {
  const fault = { targetIds: [member.target.target.id], how: "refused" } as const;
  const { answers } = simulateFailure(state, fault, now);
  const answer = answers.find(({ name }) => name === pool.config.name);
  return answer !== undefined && !answer.after.includes(member.config.address);
}

function canaryOf(state: ControllerState, pool: PoolState, { config, target }: MemberState): Canary {
  const zone = state.zones.get(pool.config.zone);
  return {
    pool: pool.config.name,
    zone: pool.config.zone,
    member: config.id,
    targetId: target.target.id,
    address: config.address,
    family: config.family,
    ttlSeconds: pool.ttlSeconds,
    recoveryMs: pool.config.recoveryMs,
    isServedHere: zone !== undefined && isServedHere(zone.config),
  };
}
