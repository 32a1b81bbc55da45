/**
 * Everything the controller knows, in one place, and how it is made: from a configuration and what was saved, and
 * again at each reload, when whatever is still configured keeps its health, its counters and its running probes.
 */
import type { Prng } from "../base/prng.ts";
import { later, type Mono, mono, type Now, never, type Wall } from "../base/time.ts";
import { TimerQueue } from "../base/timer-queue.ts";
import { zonesOf } from "../core/catalog.ts";
import type { AgentConfig, MountState } from "../core/agent.ts";
import { type Cycle, createCycle, scheduleFirst } from "../core/check-cycle.ts";
import { type Diagnosis, groupKey, type SavedGroup } from "../core/diagnosis.ts";
import { createFlap, type Flap } from "../core/flap.ts";
import { createHearing, type Hearing } from "../core/hearing.ts";
import { createJudgement, type Judgement, type Remembered, restoreJudgement } from "../core/health.ts";
import type {
  CheckConfig,
  Config,
  DataAge,
  MemberConfig,
  Override,
  PoolConfig,
  SavedPool,
  SavedTarget,
  Target,
  WatcherConfig,
} from "../core/model.ts";
import type { MaintenanceWindow } from "../core/maintenance.ts";
import type { Order } from "../core/order.ts";
import { createPace, type Pace } from "../core/pace.ts";
import { createPoolMemory, type Decision, type PoolMemory } from "../core/pool.ts";
import type { Tally } from "../core/quorum.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import { makeTarget } from "../core/target.ts";
import { isProbeForWatchers, type WatcherWord } from "../core/vantage.ts";
import type { ProbeView } from "../core/view.ts";
import type { RRset } from "../dns/types.ts";
import type { OwnLinkState } from "../ports/own-links.ts";
import type { SavedState } from "../ports/store.ts";
import { createMaintenance, type MaintenanceState } from "./hold.ts";
import { type AbsentZone, createZone, savedZones, type ZoneState } from "./zone-state.ts";

/** A target that several vantage points judge. */
export interface Panel {
  /** What the controller itself finds; the target's own judgement is what the votes decide. */
  readonly own: Judgement;
  /** The controller was cut off when its own opinion should have changed. */
  ownSick: boolean;
  /** The last word of each watcher, by name. */
  readonly words: Map<string, WatcherWord>;
  tally: Tally | null;
  /** Since when the vantage points disagree, or too few vote; and what was told of it. */
  oddSince: Mono;
  oddTold: string | null;
}

export interface WatcherState {
  config: WatcherConfig;
  heardAt: Mono;
  /** It was told that it is not heard. */
  lateTold: boolean;
  /** Why it cannot judge at present; null: it is well. */
  sick: string | null;
}

export interface AgentState {
  readonly config: AgentConfig;
  /** `unheard`: not yet, and not for long enough to be silent. */
  word: "unheard" | "fit" | "unfit" | "silent";
  since: Wall;
  heardAt: Wall | null;
  /** Mounts that were told to be hung or gone. */
  readonly oddMounts: Map<string, MountState>;
}

/** `checker`: no reference has answered since it began to fail. `brake`: too many left at once. */
export type HeldBack = "checker" | "brake";

/** Changes in place; who shows it makes a copy. */
export type LastProbe = { -readonly [K in keyof ProbeView]: ProbeView[K] };

export interface TargetState {
  readonly target: Target;
  readonly judgement: Judgement;
  /** Null: the controller decides alone. */
  panel: Panel | null;
  readonly pace: Pace;
  readonly cycle: Cycle;
  readonly flap: Flap;
  /** Index in `timers`. */
  slot: number;
  /** Pools that have a member judged by this target. */
  pools: PoolState[];
  /** When the running suspicion began, when a probe last succeeded, and when it last went down. */
  suspectedAt: Mono;
  goodAt: Mono;
  /** When a probe last ended with a verdict on it, good or bad. */
  judgedAt: Mono;
  fellAt: Mono;
  /** Why it is not down although it fails; null: nothing holds it back. */
  heldBack: HeldBack | null;
  /** No trip before this hurries a probe: a server that hangs up after each answer must not cause a storm. */
  tripsIgnoredUntil: Mono;
  lastProbe: LastProbe | null;
  lastGood: LastProbe | null;
  lastBad: LastProbe | null;
  /** How old what it serves is, as far as is known. */
  data: DataAge | null;
  /** The diagnosis that was made last, since when it is this one, and the rule of the one that was told; null: nothing is wrong. */
  diagnosis: Diagnosis | null;
  diagnosedAt: Mono;
  diagnosisTold: string | null;
}

export interface MemberState {
  readonly config: MemberConfig;
  readonly target: TargetState;
  /** The window that it is in, or has left the answers for; null: none. */
  maintenance: MaintenanceWindow | null;
  answering: boolean;
  /** When the last TTL that named the member has run out. */
  safeToStopAt: Wall;
  /** It left the answers with a serial that not every watched nameserver serves yet; null: all do. */
  leftWith: { readonly serial: number; readonly ttlSeconds: number } | null;
}

export interface PoolState {
  readonly config: PoolConfig;
  readonly members: readonly MemberState[];
  readonly memory: PoolMemory;
  /** Null until first decided; nothing of the pool is published before. */
  decision: Decision | null;
  /** Without a decision the pool waits so long for all its members to be judged. */
  undecidedUntil: Mono;
  /** What is published. */
  sets: readonly RRset[];
  /** The decision that `sets` were made from; null: they must be made anew. */
  setsOf: Decision | null;
  ttlSeconds: number;
  since: Wall;
  /** Index in `poolTimers`. */
  slot: number;
}

/** Addresses of a network, as they stand. */
export interface NetworkTally {
  readonly silent: Set<string>;
  readonly answering: Set<string>;
  /** How many of the silent ones are not of the web cluster. */
  silentOutside: number;
}

/** Who shares an address, and who shares a network: made once for a configuration. */
export interface Neighbourhood {
  /** The first checks of each address, at most so many as are looked at together. */
  readonly byAddress: ReadonlyMap<string, readonly TargetState[]>;
  readonly networkOf: ReadonlyMap<string, string>;
  /** Addresses of each network. */
  readonly byNetwork: ReadonlyMap<string, readonly string[]>;
  /** How many machines of each network answer; kept up to date by `refreshMachine`. */
  readonly tallies: ReadonlyMap<string, NetworkTally>;
  /** Targets of the web cluster's members; empty: there is none. */
  readonly cluster: ReadonlySet<TargetState>;
}

/** What several members have in common (`diagnosis-groups.ts`). */
export interface GroupState extends Omit<SavedGroup, "sentence"> {
  sentence: string;
  readonly sinceMono: Mono;
  /** It was told that it has begun. */
  told: boolean;
  /** One of those that have it; null: nobody. And since when somebody has it, or nobody. */
  shownBy: TargetState | null;
  movedAt: Mono;
}

/** What keeps members from leaving that fail. */
export interface GuardState {
  /** Since when every reference has failed; null: one at least answers, or there is none. */
  sickSince: Wall | null;
  /** When members went down lately. */
  fellAt: Mono[];
  /** Departures before this do not count any more: an operator has released the brake. */
  releasedAt: Mono;
  /** The brake holds somebody back since; null: nobody. */
  brakingSince: Wall | null;
}

export const longAgo = mono(Number.NEGATIVE_INFINITY);

export interface ControllerState {
  config: Config;
  readonly startedAt: Wall;
  /** The wall clock less the monotonic one, when that was last looked at. */
  clockAheadMs: number;
  readonly targets: Map<string, TargetState>;
  readonly pools: Map<string, PoolState>;
  readonly zones: Map<string, ZoneState>;
  /** Zones that are not configured, or not any more. */
  readonly absent: Map<string, AbsentZone>;
  readonly overrides: Map<string, Override>;
  /** By id. */
  readonly orders: Map<string, Order>;
  readonly maintenance: MaintenanceState;
  /** The last of each pool. */
  readonly rehearsals: Map<string, RehearsalView>;
  timers: TimerQueue;
  poolTimers: TimerQueue;
  targetBySlot: TargetState[];
  poolBySlot: PoolState[];
  /** When the next zone has gathered decisions for long enough. */
  publishAt: Mono;
  /** Not later than the first `republishAt` of any zone. */
  republishAt: Mono;
  /** Targets that tell whether the checker itself is well; no pool has them. */
  references: readonly TargetState[];
  readonly guard: GuardState;
  /** This machine's interfaces; empty: not known. */
  links: readonly OwnLinkState[];
  /** What several members have in common, by rule and subject. */
  readonly groups: Map<string, GroupState>;
  /** When one of them is next to be told. */
  groupsAt: Mono;
  /** Null: not needed since the configuration has changed. */
  neighbourhood: Neighbourhood | null;
  /** By name. */
  readonly watchers: Map<string, WatcherState>;
  /** By name. */
  readonly agents: Map<string, AgentState>;
  readonly hearing: Hearing;
  /** Pools of which a member left the answers in this step. */
  readonly leaving: Set<PoolState>;
  ready: boolean;
  nextEventId: number;
  /** What was told before this start has a smaller id. */
  readonly firstEventId: number;
  nextProbe: number;
}

/** A pool that was never decided waits at most so long for the first verdicts about all its members. */
export const firstRoundMsMax = 3000;

export function createState(config: Config, saved: SavedState, now: Now): ControllerState {
  const absent = savedZones(saved);
  return {
    config,
    startedAt: now.wall,
    clockAheadMs: now.wall - now.mono,
    targets: new Map(),
    pools: new Map(),
    zones: new Map(zonesOf(config).map((zone) => [zone.origin, createZone(zone, absent)])),
    absent,
    overrides: new Map(saved.overrides.map((override) => [override.member, override])),
    maintenance: createMaintenance(saved.windowsBegun),
    rehearsals: new Map(saved.rehearsals.map((rehearsal) => [rehearsal.pool, rehearsal])),
    orders: new Map(saved.orders.map((order) => [order.id, order])),
    timers: new TimerQueue(),
    poolTimers: new TimerQueue(),
    targetBySlot: [],
    poolBySlot: [],
    publishAt: never,
    republishAt: never,
    references: [],
    guard: { sickSince: null, fellAt: [], releasedAt: longAgo, brakingSince: null },
    links: [],
    groups: new Map(saved.groupsTold.map((group) => [groupKey(group), restoreGroup(group, now)])),
    groupsAt: now.mono,
    neighbourhood: null,
    watchers: new Map(),
    agents: new Map(),
    hearing: createHearing(now.mono, (config.watch?.listen ?? null) !== null),
    leaving: new Set(),
    ready: false,
    nextEventId: saved.lastEventId + 1,
    firstEventId: saved.lastEventId + 1,
    nextProbe: 1,
  };
}

/** Told before the restart; whether it is over shows in the next steps. */
function restoreGroup(saved: SavedGroup, now: Now): GroupState {
  const sinceMono = mono(now.mono - Math.max(0, now.wall - saved.since));
  return { ...saved, sinceMono, told: true, shownBy: null, movedAt: now.mono };
}

/** Where a target's first health may come from. */
export interface Past {
  readonly savedById: ReadonlyMap<string, SavedTarget>;
  readonly savedByAddress: ReadonlyMap<string, readonly SavedTarget[]>;
  readonly savedPools: ReadonlyMap<string, SavedPool>;
  /** Targets before the reload, by member id: a member whose check changed keeps its health until it is proved again. */
  readonly byMember: ReadonlyMap<string, TargetState>;
  readonly prng: Prng;
}

/** The past of a start: what was on disk. */
export function savedPast(saved: SavedState, prng: Prng): Past {
  return {
    savedById: new Map(saved.targets.map((target) => [target.id, target])),
    savedByAddress: Map.groupBy(saved.targets, (target) => target.id.slice(0, target.id.indexOf(" "))),
    savedPools: new Map(saved.pools.map((pool) => [pool.name, pool])),
    byMember: new Map(),
    prng,
  };
}

/** The past of a reload: what is in memory. */
export function livePast(state: ControllerState, prng: Prng): Past {
  const byMember = new Map<string, TargetState>();
  for (const pool of state.pools.values()) {
    for (const member of pool.members) byMember.set(member.config.id, member.target);
  }
  return { savedById: new Map(), savedByAddress: new Map(), savedPools: new Map(), byMember, prng };
}

/** Makes the state's targets and pools those of `config`. Returns the targets that are gone. */
export function applyConfig(state: ControllerState, config: Config, context: { past: Past; now: Now }): TargetState[] {
  const before = new Map(state.targets);
  const poolsBefore = new Map(state.pools);
  state.config = config;
  state.targets.clear();
  state.pools.clear();
  state.neighbourhood = null;
  for (const pool of config.pools) {
    const members = pool.members.map((member) => enterMember(state, member, { ...context, before }));
    state.pools.set(pool.name, enterPool(pool, members, { ...context, previous: poolsBefore.get(pool.name) }));
  }
  state.references = config.references.map((reference) => enterReference(state, reference, { ...context, before }));
  seatPanels(state);
  linkSlots(state);
  spreadFirstProbes(state, before, context);
  return [...before.values()].filter((target) => !state.targets.has(target.target.id));
}

function enterMember(
  state: ControllerState,
  config: MemberConfig,
  context: { past: Past; now: Now; before: ReadonlyMap<string, TargetState> },
): MemberState {
  const wanted = makeTarget(config);
  const target =
    state.targets.get(wanted.id) ?? context.before.get(wanted.id) ?? createTarget(wanted, config.id, context);
  state.targets.set(wanted.id, target);
  return { config, target, answering: false, safeToStopAt: context.now.wall, maintenance: null, leftWith: null };
}

function enterReference(
  state: ControllerState,
  wanted: Target,
  context: { past: Past; now: Now; before: ReadonlyMap<string, TargetState> },
): TargetState {
  const known = state.targets.get(wanted.id) ?? context.before.get(wanted.id);
  const target = known ?? createTarget(wanted, wanted.id, context);
  state.targets.set(wanted.id, target);
  return target;
}

/** Who judges what: targets that watchers may probe have a panel, as long as there are watchers. */
function seatPanels(state: ControllerState): void {
  const watchers = state.config.watch?.watchers ?? [];
  for (const name of state.watchers.keys()) {
    if (!watchers.some((watcher) => watcher.name === name)) state.watchers.delete(name);
  }
  for (const config of watchers) {
    const known = state.watchers.get(config.name);
    if (known === undefined) state.watchers.set(config.name, { config, heardAt: longAgo, lateTold: false, sick: null });
    else known.config = config;
  }
  for (const target of state.targets.values()) {
    const isShared =
      watchers.length > 0 && isProbeForWatchers(target.target.check.probe) && !state.references.includes(target);
    if (!isShared) target.panel = null;
    else
      target.panel ??= {
        own: { ...target.judgement },
        ownSick: false,
        words: new Map(),
        tally: null,
        oddSince: never,
        oddTold: null,
      };
  }
}

function createTarget(target: Target, memberId: string, context: { past: Past; now: Now }): TargetState {
  const { past, now } = context;
  return {
    target,
    judgement: pastJudgement(target, past, memberId) ?? createJudgement(now.wall),
    panel: null,
    pace: createPace(),
    cycle: createCycle(now.mono),
    flap: pastFlap(target, past, memberId),
    slot: -1,
    pools: [],
    suspectedAt: now.mono,
    goodAt: longAgo,
    judgedAt: longAgo,
    fellAt: longAgo,
    heldBack: null,
    tripsIgnoredUntil: now.mono,
    lastProbe: null,
    lastGood: null,
    lastBad: null,
    data: null,
    ...{ diagnosis: null, diagnosedAt: longAgo, diagnosisTold: null },
  };
}

function pastFlap(target: Target, past: Past, memberId: string): Flap {
  return createFlap(past.savedById.get(target.id) ?? past.byMember.get(memberId)?.flap ?? {});
}

/**
 * What was known of the same target; else, after an edited check, what was known of the same member; else, when all
 * that is known of the address agrees, that. So neither a reload nor a restart with another file throws out a
 * healthy member or lets in a failed one.
 */
function pastJudgement(target: Target, past: Past, memberId: string): Judgement | null {
  const restore = (saved: Remembered): Judgement => restoreJudgement(saved, target.check);
  const exact = past.savedById.get(target.id);
  if (exact !== undefined) return restore(exact);
  const previous = past.byMember.get(memberId);
  if (previous !== undefined) return restore(previous.judgement);
  const kin = past.savedByAddress.get(target.address) ?? [];
  const first = kin[0];
  if (first === undefined || kin.some((saved) => saved.health !== first.health)) return null;
  return restore(first);
}

function enterPool(
  config: PoolConfig,
  members: readonly MemberState[],
  context: { past: Past; now: Now; previous: PoolState | undefined },
): PoolState {
  const { past, now, previous } = context;
  const saved = past.savedPools.get(config.name);
  for (const member of members) {
    const before = previous?.members.find(({ config: { id } }) => id === member.config.id);
    if (before !== undefined) Object.assign(member, pickLeaving(before));
  }
  const memory =
    config.policy === "priority" ? (previous?.memory ?? createPoolMemory(saved?.activePriority ?? null)) : null;
  return {
    config,
    members,
    memory: memory ?? createPoolMemory(null),
    decision: previous?.decision ?? null,
    undecidedUntil: previous?.undecidedUntil ?? later(now.mono, firstRoundMsMax),
    sets: previous?.sets ?? [],
    setsOf: null,
    ttlSeconds: previous?.ttlSeconds ?? 0,
    since: previous?.since ?? now.wall,
    slot: -1,
  };
}

function pickLeaving(member: MemberState): Omit<MemberState, "config" | "target"> {
  const { answering, leftWith, maintenance, safeToStopAt } = member;
  return { answering, leftWith, maintenance, safeToStopAt };
}

function linkSlots(state: ControllerState): void {
  state.targetBySlot = [...state.targets.values()];
  state.poolBySlot = [...state.pools.values()];
  state.timers = new TimerQueue();
  state.poolTimers = new TimerQueue();
  for (const [slot, target] of state.targetBySlot.entries()) Object.assign(target, { slot, pools: [] });
  for (const [slot, pool] of state.poolBySlot.entries()) {
    pool.slot = slot;
    for (const { target } of pool.members) if (!target.pools.includes(pool)) target.pools.push(pool);
  }
}

/** First probes are spread over an interval with a seeded jitter, so that they never come in bursts. */
function spreadFirstProbes(
  state: ControllerState,
  before: ReadonlyMap<string, TargetState>,
  context: { past: Past; now: Now },
): void {
  const fresh = state.targetBySlot.filter((target) => !before.has(target.target.id));
  for (const [i, { cycle, target }] of fresh.entries()) {
    const share = (i + context.past.prng.next()) / fresh.length;
    scheduleFirst(cycle, later(context.now.mono, share * spreadMs(target.check)));
  }
}

/** A slow check does not delay the first decision: its first probe comes early all the same. */
function spreadMs(check: CheckConfig): number {
  return Math.min(check.intervalMs, firstRoundMsMax / 3);
}

/** The next time anything is due by itself. */
export function nextWakeOf(state: ControllerState): Mono {
  return Math.min(
    state.timers.nextAt,
    state.poolTimers.nextAt,
    state.publishAt,
    state.republishAt,
    state.groupsAt,
  ) as Mono;
}
