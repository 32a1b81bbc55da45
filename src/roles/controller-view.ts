/**
 * The controller's state as people see it (`core/view`): made on demand, never kept, never shared with what decides.
 */
import type { Now } from "../base/time.ts";
import { never, type Wall, wall } from "../base/time.ts";
import { isConfirming } from "../core/check-cycle.ts";
import type { Flap } from "../core/flap.ts";
import { timeoutMs } from "../core/pace.ts";
import { describeCheck } from "../core/target.ts";
import type {
  AnswerView,
  GuardView,
  MaintenanceView,
  MemberView,
  NameserverView,
  OutletView,
  OverrideView,
  PinView,
  PoolView,
  StatusView,
  ZoneView,
  ProbeView,
} from "../core/view.ts";
import { serialGreater } from "../dns/serial.ts";
import { viewAgents } from "./agent-view.ts";
import type { ControllerState, LastProbe, MemberState, PoolState } from "./controller-state.ts";
import { diagnoseTarget } from "./diagnosis-facts.ts";
import { viewGroups } from "./diagnosis-groups.ts";
import { holdOf, pinOf } from "./hold.ts";
import { servedSerial, type ZoneState } from "./zone-state.ts";
import { nameserverText } from "./explain-served.ts";
import { opinionsOf } from "./vote-steps.ts";
import { viewWatchers } from "./watcher-view.ts";
import { addressesOf, safeToStopAt } from "./pool-steps.ts";

export interface ViewContext {
  readonly version: string;
  readonly now: Now;
  readonly outlets: readonly OutletView[];
  readonly nameservers: readonly NameserverView[];
}

export function viewStatus(state: ControllerState, context: ViewContext): StatusView {
  const diagnoses = viewGroups(state);
  return {
    version: context.version,
    startedAt: state.startedAt,
    at: context.now.wall,
    ready: state.ready,
    zones: [...state.zones.values()].map((zone) => viewZone(state, zone, context.now)),
    pools: [...state.pools.values()].map((pool) => viewPool(state, pool, context)),
    guard: viewGuard(state),
    watchers: viewWatchers(state, context.now),
    ...(diagnoses.length === 0 ? {} : { diagnoses }),
    agents: viewAgents(state),
    maintenance: viewMaintenance(state, context.now),
    outlets: context.outlets,
    nameservers: context.nameservers,
  };
}

function viewZone(state: ControllerState, zone: ZoneState, now: Now): ZoneView {
  const { file, origin } = zone.config;
  const pools = state.poolBySlot.filter((pool) => pool.config.zone === origin).length;
  const serial = servedSerial(zone);
  return { origin, serial, changedAt: timeOfSerial(serial, now.wall), file, pools, trouble: zone.trouble };
}

/** Serials run ahead of the time by as much when many changes come in one second. */
const serialAheadMsMax = 60_000;
/** Serials were no Unix times in a zone of muster before the year 2020. */
const serialTimeMin = 1_577_836_800;

function timeOfSerial(serial: number, now: Wall): Wall | null {
  const at = serial * 1000;
  return serial < serialTimeMin || at > now + serialAheadMsMax ? null : wall(Math.min(at, now));
}

type Around = Pick<ViewContext, "nameservers" | "now">;

function viewPool(state: ControllerState, pool: PoolState, { nameservers, now }: Around): PoolView {
  const { name, policy, record, zone } = pool.config;
  const members = pool.members.map((member) => viewMember(state, { pool, member, nameservers, now }));
  const rehearsal = state.rehearsals.get(name);
  const own = { name, zone, policy, record: record.kind };
  const view = { ...own, answer: viewAnswer(pool, now), pin: viewPin(state, pool), members };
  return rehearsal === undefined ? view : { ...view, rehearsal };
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
  { pool, member, ...around }: Around & { pool: PoolState; member: MemberState },
): MemberView {
  const { address, check, family, id, label, priority, weight } = member.config;
  const { cycle, flap, judgement, lastBad, lastGood, lastProbe, pace, target, data } = member.target;
  const { falls, health, reason, restored, rises, since } = judgement;
  return {
    ...{ id, label, address, family, weight, priority },
    check: describeCheck(check),
    targetId: target.id,
    ...(flap.heldUntil === null
      ? { health, reason }
      : { health: "flapping" as const, reason: heldReason(flap, reason) }),
    ...{ since, restored },
    heldUntil: flap.heldUntil,
    heldBack: member.target.heldBack,
    suspected: health === "up" && (falls > 0 || isConfirming(cycle)),
    ...{ rises, falls },
    timeoutMs: timeoutMs(check, pace, health),
    responseMs: pace.meanMs === null ? null : Math.round(pace.meanMs * 100) / 100,
    ...{ lastProbe: copyProbe(lastProbe), lastGood: copyProbe(lastGood), lastBad: copyProbe(lastBad), data },
    ...(member.target.panel === null ? {} : { opinions: opinionsOf(state, member.target, around.now.mono) }),
    ...viewDiagnosis(state, member, around.now),
    override: viewOverride(state, { pool, member, ...around }),
    answering: member.answering,
  };
}

function viewPin(state: ControllerState, pool: PoolState): PinView | null {
  const pin = pinOf(state, pool);
  if (pin === null) return null;
  const { address, expiresAt, owner, reason, setAt } = pin;
  return { address, owner, reason, setAt, expiresAt };
}

function viewMaintenance({ maintenance }: ControllerState, now: Now): readonly MaintenanceView[] {
  return maintenance.windows.map((window) => ({ ...window, running: window.from <= now.wall && now.wall < window.to }));
}

function viewGuard({ guard, references }: ControllerState): GuardView {
  const { brakingSince, sickSince } = guard;
  return {
    sickSince,
    brakingSince,
    references: references.map(({ judgement, target }) => {
      const { health, reason, since } = judgement;
      const { address, check, id } = target;
      return { address, check: describeCheck(check), targetId: id, health, since, reason };
    }),
  };
}

function viewDiagnosis(state: ControllerState, { target }: MemberState, now: Now): Pick<MemberView, "diagnosis"> {
  const found = diagnoseTarget(state, target, now.mono);
  if (found === null) return {};
  const { name, rule, sentence } = found;
  return { diagnosis: { rule, name, sentence } };
}

/** Behind the hold, what would count without it. */
function heldReason({ holdReason }: Flap, reason: string): string {
  return `held out, because ${holdReason}; otherwise: ${reason}`;
}

function viewOverride(
  state: ControllerState,
  { pool, member, nameservers, now }: Around & { pool: PoolState; member: MemberState },
): OverrideView | null {
  const override = holdOf(state, member);
  if (override === null) return null;
  const { expiresAt, kind, owner, reason, setAt } = override;
  const moment = { setAt, expiresAt, safeToStopAt: safeToStopAt(member, pool, now.wall) };
  const own = nameservers.filter(({ zone }) => zone === pool.config.zone);
  const answeredBecause = member.answering ? (pool.decision?.reason ?? null) : null;
  return { kind, owner, reason, ...moment, waitsFor: waitsFor(member, own), answeredBecause };
}

/** One that answers nobody is named only when no other may be the cause; and one without address only after that. */
function waitsFor({ answering, leftWith }: MemberState, nameservers: readonly NameserverView[]): readonly string[] {
  if (answering || leftWith === null || leftWith.serial === 0) return [];
  // muster's own server had it before anything else; that it is asked, too, is only a proof.
  const older = nameservers.filter(
    ({ endpoint, name, serial }) =>
      endpoint !== "" && name !== "embedded" && (serial === null || serialGreater(leftWith.serial, serial)),
  );
  const answer = older.filter(({ state }) => state !== "refused" && state !== "lame");
  const [cause = []] = [answer, older, nameservers.filter(({ pending }) => pending)].filter(({ length }) => length > 0);
  return cause.map(nameserverText);
}

function copyProbe(probe: LastProbe | null): ProbeView | null {
  return probe === null ? null : { ...probe };
}
