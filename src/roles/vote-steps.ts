/**
 * Several vantage points, one health. Each keeps its own judgement of a target, the controller too; what the target is
 * taken for is decided by the votes (`core/quorum.ts`), and only then do the brake, flapping and the pools hear of it.
 * A target without a panel is judged by the controller alone, as if nothing of this existed.
 */
import { type Mono, never, wall } from "../base/time.ts";
import type { FaultCode } from "../core/fault.ts";
import type { Judgement, Ruling } from "../core/health.ts";
import { countVotes, type Opinion, type Tally, type Vote } from "../core/quorum.ts";
import { selfName, type WatcherWord } from "../core/vantage.ts";
import type { ControllerState, Panel, TargetState, WatcherState } from "./controller-state.ts";
import { isBraked } from "./guard-steps.ts";
import type { Outbox } from "./outbox.ts";

/** From one sign of life of a watcher to the next. */
export const heartbeatMs = 1000;
/** A watcher that was not heard for three intervals and this is late. */
const lateSlackMs = 500;
const lateIntervals = 3;

/** How long a watcher may be silent about a target that is looked at so often; 0: about anything. */
export function lateAfterMs(intervalMs: number): number {
  return Math.max(intervalMs, heartbeatMs) * lateIntervals + lateSlackMs;
}

/** What the controller itself finds. */
export function ownJudgement(target: TargetState): Judgement {
  return target.panel?.own ?? target.judgement;
}

/** Every vantage point's opinion, the controller's first. Empty: it decides alone. */
export function opinionsOf(state: ControllerState, target: TargetState, now: Mono): readonly Opinion[] {
  const { panel } = target;
  if (panel === null) return [];
  const { fault, health, reason, since } = panel.own;
  const own = { from: selfName, health, reason, fault, since, vote: ownVote(state, panel) };
  const others = [...state.watchers.values()].map((watcher) => opinionOf(watcher, target, now));
  return [own, ...others];
}

function ownVote(state: ControllerState, { own, ownSick }: Panel): Vote {
  if (state.config.watch?.selfVotes === false) return "listens";
  if (ownSick || state.guard.sickSince !== null) return "sick";
  return own.restored || own.health === "unproven" ? "unproven" : "votes";
}

function opinionOf(watcher: WatcherState, { panel, target }: TargetState, now: Mono): Opinion {
  const { name, votes } = watcher.config;
  const word = panel?.words.get(name);
  if (word === undefined) {
    const vote = votes ? "unproven" : "listens";
    return { from: name, health: "unproven", reason: "nothing heard yet", fault: null, since: wall(0), vote };
  }
  const { fault, health, reason, since } = word;
  const isLate = now - watcher.heardAt > lateAfterMs(target.check.intervalMs);
  return { from: name, health, reason, fault, since, vote: votes ? voteOf(watcher, word, isLate) : "listens" };
}

function voteOf({ sick }: WatcherState, { able, health }: WatcherWord, isLate: boolean): Vote {
  if (isLate) return "late";
  if (sick !== null || !able) return "sick";
  return health === "up" || health === "down" ? "votes" : "unproven";
}

/** Counts the votes and moves the target's judgement. Whoever the brake keeps is `held-back`. */
export function settleVotes(state: ControllerState, target: TargetState, out: Outbox): Ruling {
  const { judgement, panel } = target;
  if (panel === null) return { kind: "same" };
  const opinions = opinionsOf(state, target, out.now.mono);
  const tally = countVotes(opinions, target.target.check.quorum ?? "majority", judgement.health);
  tellTally(target, panel, { tally, out });
  const ruling = rule(state, target, { tally, out });
  const fault = judgement.health === "down" ? faultOf(opinions) : null;
  if (fault !== judgement.fault) out.toDiagnose.add(target);
  judgement.fault = fault;
  const suspected = isAnySuspecting(state, target);
  judgement.falls = judgement.health === "up" && suspected ? 1 : 0;
  judgement.rises = judgement.health === "down" ? Math.min(1, panel.own.rises) : 0;
  return ruling;
}

/** Of those who say down the first who knows. */
function faultOf(opinions: readonly Opinion[]): FaultCode | null {
  const known = opinions.find(({ fault, health, vote }) => vote === "votes" && health === "down" && fault !== null);
  return known?.fault ?? null;
}

function rule(state: ControllerState, target: TargetState, { tally, out }: { tally: Tally; out: Outbox }): Ruling {
  const { judgement } = target;
  const { sentence, verdict } = tally;
  if (verdict === "keep") {
    if (tally.rule === "quorum/frozen") judgement.reason = sentence;
    return { kind: "same" };
  }
  if (verdict === judgement.health) {
    judgement.restored = false;
    judgement.reason = sentence;
    return { kind: "same" };
  }
  if (verdict === "down" && judgement.health === "up" && isBraked(state, target, out)) return { kind: "held-back" };
  const from = judgement.health;
  Object.assign(judgement, { health: verdict, since: out.now.wall, reason: sentence, restored: false });
  return { kind: "changed", from, to: verdict, rule: tally.rule };
}

function isAnySuspecting(state: ControllerState, { panel }: TargetState): boolean {
  if (panel === null) return false;
  if (panel.own.health === "up" && panel.own.falls > 0) return true;
  return [...state.watchers.keys()].some((name) => panel.words.get(name)?.suspected === true);
}

/**
 * Disagreement and a frozen vote are states: told when they last, and when they are over. For a moment there is always
 * disagreement, since vantage points do not see a fault in the same millisecond.
 */
function tellTally(target: TargetState, panel: Panel, { tally, out }: { tally: Tally; out: Outbox }): void {
  panel.tally = tally;
  const { address, check, id } = target.target;
  if (tally.rule !== "quorum/disagree" && tally.rule !== "quorum/frozen") {
    const wasTold = panel.oddTold !== null;
    panel.oddSince = never;
    panel.oddTold = null;
    if (!wasTold) return;
    const sentence = `${address}: the vantage points agree again: ${tally.sentence}`;
    return out.tell({ kind: "cleared", subject: id, rule: "quorum/agree", sentence });
  }
  if (panel.oddSince === never) panel.oddSince = out.now.mono;
  const lastsMs = out.now.mono - panel.oddSince;
  // The reason may change with each probe; that is no news.
  if (lastsMs < check.intervalMs || panel.oddTold === tally.rule) return;
  panel.oddTold = tally.rule;
  out.tell({ kind: "trouble", subject: id, rule: tally.rule, sentence: `${address} is ${tally.sentence}` });
}

/** One vantage point has changed its mind: a line of the story, and no more. */
export function tellOpinion(
  target: TargetState,
  word: { readonly from: string; readonly health: string; readonly reason: string },
  out: Outbox,
): void {
  const { address, id } = target.target;
  const sentence = `${address} is ${word.health} seen from ${word.from}: ${word.reason}`;
  out.tell({ kind: word.health === "up" ? "cleared" : "suspicion", subject: id, rule: "quorum/opinion", sentence });
}
