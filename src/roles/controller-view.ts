/**
 * The controller's state as people see it (`core/view`): made on demand, never kept, never shared with what decides.
 */
import type { Now } from "../base/time.ts";
import { never, wall } from "../base/time.ts";
import { isConfirming } from "../core/check-cycle.ts";
import { timeoutMs } from "../core/pace.ts";
import { describeCheck } from "../core/target.ts";
import type {
  AnswerView,
  MemberView,
  NameserverView,
  OutletView,
  OverrideView,
  PoolView,
  StatusView,
  ZoneView,
} from "../core/view.ts";
import type { ControllerState, MemberState, PoolState } from "./controller-state.ts";
import type { ZoneState } from "./zone-state.ts";
import { addressesOf, safeToStopAt } from "./pool-steps.ts";

export interface ViewContext {
  readonly version: string;
  readonly now: Now;
  readonly outlets: readonly OutletView[];
  readonly nameservers: readonly NameserverView[];
}

export function viewStatus(state: ControllerState, context: ViewContext): StatusView {
  return {
    version: context.version,
    startedAt: state.startedAt,
    at: context.now.wall,
    ready: state.ready,
    zones: [...state.zones.values()].map((zone) => viewZone(state, zone)),
    pools: [...state.pools.values()].map((pool) => viewPool(state, pool, context.now)),
    outlets: context.outlets,
    nameservers: context.nameservers,
  };
}

function viewZone(state: ControllerState, zone: ZoneState): ZoneView {
  const { file, origin } = zone.config;
  const pools = state.poolBySlot.filter((pool) => pool.config.zone === origin).length;
  return { origin, serial: Math.max(zone.serial, zone.fileSerial), file, pools, trouble: zone.trouble };
}

export function viewPool(state: ControllerState, pool: PoolState, now: Now): PoolView {
  const { name, policy, record, zone } = pool.config;
  const members = pool.members.map((member) => viewMember(state, { pool, member, now }));
  return { name, zone, policy, record: record.kind, answer: viewAnswer(pool, now), members };
}

function viewAnswer(pool: PoolState, now: Now): AnswerView {
  const { decision, memory, since, ttlSeconds } = pool;
  const base = { ttlSeconds, since, activePriority: memory.activePriority };
  if (decision === null) {
    const reason = "its members are judged for the first time";
    return { ...base, addresses: [], lastResort: false, rule: "pool/first-round", reason };
  }
  const { lastResort, reason, rule } = decision;
  const answer = { ...base, addresses: addressesOf(decision), lastResort, rule, reason };
  if (decision.waitsForOperator) return { ...answer, failbackAt: null };
  if (decision.wakeAt === never) return answer;
  return { ...answer, failbackAt: wall(now.wall + decision.wakeAt - now.mono) };
}

export function viewMember(
  state: ControllerState,
  { pool, member, now }: { pool: PoolState; member: MemberState; now: Now },
): MemberView {
  const { address, check, family, id, label, priority, weight } = member.config;
  const { cycle, judgement, lastBad, lastGood, lastProbe, pace, target } = member.target;
  const { falls, health, reason, restored, rises, since } = judgement;
  return {
    ...{ id, label, address, family, weight, priority },
    check: describeCheck(check),
    targetId: target.id,
    ...{ health, since, reason, restored },
    suspected: health === "up" && (falls > 0 || isConfirming(cycle)),
    ...{ rises, falls },
    timeoutMs: timeoutMs(check, pace, health),
    responseMs: pace.meanMs === null ? null : Math.round(pace.meanMs * 100) / 100,
    ...{ lastProbe, lastGood, lastBad },
    override: viewOverride(state, { pool, member, now }),
    answering: member.answering,
  };
}

function viewOverride(
  state: ControllerState,
  { pool, member, now }: { pool: PoolState; member: MemberState; now: Now },
): OverrideView | null {
  const override = state.overrides.get(member.config.id);
  if (override === undefined) return null;
  const { expiresAt, kind, owner, reason, setAt } = override;
  return { kind, owner, reason, setAt, expiresAt, safeToStopAt: safeToStopAt(member, pool, now.wall) };
}
