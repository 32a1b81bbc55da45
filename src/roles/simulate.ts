/**
 * What would happen if members failed: the same state machine is played on a copy of itself, over simulated time, with
 * probes of the named members failing and all others succeeding. What it would say, decide and publish is the result.
 */
import type { Now } from "../base/time.ts";
import { mono, never, wall } from "../base/time.ts";
import type { HistoryEvent, Verdict } from "../core/model.ts";
import type { SimulatedVerdict, SimulationView } from "../core/view.ts";
import type { Controller } from "./controller.ts";
import type { ControllerState } from "./controller-state.ts";
import type { Effect } from "./effects.ts";
import { copyController, planChange } from "./plan.ts";
import { simulateMessages } from "./simulate-messages.ts";
import { addressesOf } from "./pool-steps.ts";

/** How the members fail: their machine refuses connections, or is silent until the timeout. */
export type Failing = "refused" | "silent";

/** Simulated time after which nothing more is expected of a fault. */
const playMsMax = 60_000;
/** And after the last change, for what follows from it. */
const settleMs = 3_000;
/** Events that are played at most: thousands of members are cut short rather than holding up the real ones. */
const eventsMax = 100_000;

interface Play {
  readonly controller: Controller;
  readonly failing: ReadonlySet<string>;
  readonly how: Failing;
  readonly startedAt: Now;
  readonly verdicts: {
    readonly at: number;
    readonly targetId: string;
    readonly probe: number;
    readonly verdict: Verdict;
  }[];
  readonly story: { readonly atMs: number; readonly event: HistoryEvent }[];
  readonly found: SimulatedVerdict[];
  readonly ttls: { readonly atMs: number; readonly name: string; readonly ttlSeconds: number }[];
  /** The last TTL of each pool that has a failing member. */
  readonly ttlBefore: Map<string, number>;
  ms: number;
}

export function simulateFailure(
  state: ControllerState,
  fault: { readonly targetIds: readonly string[]; readonly how: Failing },
  now: Now,
): SimulationView {
  const { controller, now: startedAt } = copyController(state, now);
  const failing = new Set(fault.targetIds);
  const play: Play = {
    controller,
    failing,
    how: fault.how,
    startedAt,
    verdicts: [],
    story: [],
    found: [],
    ttls: [],
    ttlBefore: new Map(),
    ms: 0,
  };
  noteTtls(play, false);
  let quietSince = 0;
  for (let events = 0; events < eventsMax && play.ms - quietSince < quietMs(play) && play.ms < playMsMax; events++) {
    const told = play.story.length;
    playNext(play);
    if (play.story.length > told) quietSince = play.ms;
  }
  return viewOf(state, play);
}

/** Until every failing member has been ruled on, and what they have in common was told, silence means nothing. */
function quietMs({ controller, failing }: Play): number {
  const open = [...failing].some((id) => {
    const target = controller.state.targets.get(id);
    return target?.judgement.health === "up" && target.heldBack === null;
  });
  return open || controller.state.groupsAt !== never ? playMsMax : settleMs;
}

function playNext(play: Play): void {
  const { controller, startedAt, verdicts } = play;
  const at = (): Now => ({ mono: mono(startedAt.mono + play.ms), wall: wall(startedAt.wall + play.ms) });
  const tickMs = Math.max(play.ms, controller.nextWakeAt(at()) - startedAt.mono);
  const next = verdicts.reduce<Play["verdicts"][number] | null>(
    (best, one) => (best === null || one.at < best.at ? one : best),
    null,
  );
  if (next !== null && next.at <= tickMs) {
    verdicts.splice(verdicts.indexOf(next), 1);
    play.ms = Math.max(play.ms, next.at);
    noteVerdict(play, next);
    return take(play, controller.step({ kind: "verdict", ...next }, at()));
  }
  play.ms = tickMs;
  take(play, controller.step({ kind: "tick" }, at()));
}

function take(play: Play, effects: readonly Effect[]): void {
  noteTtls(play, true);
  for (const effect of effects) {
    if (effect.kind === "tell") play.story.push({ atMs: Math.round(play.ms), event: effect.event });
    if (effect.kind !== "probe") continue;
    const { probe, target, timeoutMs } = effect;
    const verdict = verdictOn(play, target.id, timeoutMs);
    play.verdicts.push({ at: play.ms + verdict.tookMs, targetId: target.id, probe, verdict });
  }
}

/** Verdicts that are shown; a fault is decided after a few. */
const verdictsMax = 200;

function noteVerdict({ controller, failing, found, ms }: Play, { targetId, verdict }: Play["verdicts"][number]): void {
  const target = controller.state.targets.get(targetId);
  if (target === undefined || !failing.has(targetId) || found.length >= verdictsMax) return;
  const detail = verdict.kind === "up" ? verdict.detail : verdict.reason;
  found.push({ atMs: Math.round(ms), address: target.target.address, verdict: verdict.kind, detail });
}

function noteTtls({ controller, failing, ms, ttlBefore, ttls }: Play, isNews: boolean): void {
  for (const id of failing) {
    for (const { config, ttlSeconds } of controller.state.targets.get(id)?.pools ?? []) {
      if (ttlBefore.get(config.name) === ttlSeconds) continue;
      ttlBefore.set(config.name, ttlSeconds);
      if (isNews) ttls.push({ atMs: Math.round(ms), name: config.name, ttlSeconds });
    }
  }
}

function verdictOn({ failing, how }: Play, targetId: string, timeoutMs: number): Verdict {
  if (!failing.has(targetId)) return { kind: "up", tookMs: 1, detail: "answers" };
  if (how === "refused") return { kind: "down", tookMs: 1, reason: "connection refused (simulated)", fault: "refused" };
  const reason = `no answer within ${timeoutMs} ms (simulated)`;
  return { kind: "down", tookMs: timeoutMs, reason, fault: "timed-out" };
}

function viewOf(state: ControllerState, play: Play): SimulationView {
  const after = play.controller.state;
  const pools = [...after.pools.values()].filter(({ members }) =>
    members.some(({ target }) => play.failing.has(target.target.id)),
  );
  return {
    story: play.story.map(({ atMs, event: { rule, sentence } }) => ({ atMs, rule, sentence })),
    verdicts: play.found,
    ttls: play.ttls,
    messages: simulateMessages(state.config, play.story, play.startedAt),
    answers: pools.map((pool) => ({
      name: pool.config.name,
      before: answersOf(state, pool.config.name),
      after: answersOf(after, pool.config.name),
      ttlSeconds: pool.ttlSeconds,
      lastResort: pool.decision?.lastResort ?? false,
      reason: pool.decision?.reason ?? "not decided",
      // Who asked just before the change keeps the old answer for its TTL.
      cachedSeconds: state.pools.get(pool.config.name)?.ttlSeconds ?? 0,
    })),
    zones: planChange(state, after).zones,
  };
}

function answersOf(state: ControllerState, name: string): readonly string[] {
  const decision = state.pools.get(name)?.decision ?? null;
  return decision === null ? [] : addressesOf(decision);
}
