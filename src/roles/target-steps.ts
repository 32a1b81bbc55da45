/**
 * The life of one target, step by step: waking up, a verdict, a trip. Health is judged in `core/health`, timing in
 * `core/check-cycle`; here the two are joined, and what follows is written into the outbox.
 */
import { later, never, type Wall } from "../base/time.ts";
import {
  beginProbe,
  confirmSoon,
  endConfirming,
  endProbe,
  isConfirming,
  isProbing,
  nextWake,
  takeConfirm,
  takeFreshness,
  takeRegular,
} from "../core/check-cycle.ts";
import { knownData } from "../core/data-age.ts";
import { endHold, noteFlip, release, spanText } from "../core/flap.ts";
import { isChangeNear, judge, type Ruling } from "../core/health.ts";
import type { Verdict } from "../core/model.ts";
import { noReason } from "../core/order.ts";
import { learnPace, suspectAfterMs, timeoutMs } from "../core/pace.ts";
import { selfName } from "../core/vantage.ts";
import type { ControllerState, HeldBack, LastProbe, Panel, TargetState } from "./controller-state.ts";
import { diagnosisPrefix, followDiagnosis } from "./diagnosis-steps.ts";
import type { ControllerEvent } from "./effects.ts";
import { easeBrake, hurryReferences, noteFall, noteHeldBack, takeReference, whyHeldBack } from "./guard-steps.ts";
import { maintenanceOf } from "./hold.ts";
import type { Outbox, Story } from "./outbox.ts";
import { noteNewData, touchPool } from "./pool-steps.ts";
import { ownJudgement, settleVotes, tellOpinion } from "./vote-steps.ts";

export function wakeTarget(state: ControllerState, target: TargetState, out: Outbox): void {
  const { cycle } = target;
  const { check } = target.target;
  const now = out.now.mono;
  if (endHold(target.flap, out.now.wall))
    tellRelease(target, { rule: "health/hold-over", who: "the hold is over for", out });
  if (cycle.slowAt <= now) {
    cycle.slowAt = never;
    // The probe that hangs is the first look.
    const inMs = Math.max(0, check.confirmMs - suspectAfterMs(check, target.pace));
    if (ownJudgement(target).health === "up") confirmSoon(cycle, check, { now, inMs });
  }
  if (takeConfirm(cycle, check, now)) startProbe(state, target, { role: "confirm", fresh: true, out });
  if (takeRegular(cycle, check, now)) {
    startProbe(state, target, { role: "regular", fresh: takeFreshness(cycle, check), out });
  }
  state.timers.set(target.slot, nextWake(cycle));
}

function startProbe(
  state: ControllerState,
  target: TargetState,
  how: { role: "regular" | "confirm"; fresh: boolean; out: Outbox },
): void {
  const { cycle, pace } = target;
  const judgement = ownJudgement(target);
  const { check } = target.target;
  const number = state.nextProbe++;
  const limitMs = timeoutMs(check, pace, judgement.health);
  beginProbe(cycle, number, how.role);
  if (how.role === "regular" && judgement.health === "up") {
    const slowMs = suspectAfterMs(check, pace);
    cycle.slowAt = slowMs < limitMs ? later(how.out.now.mono, slowMs) : never;
  }
  how.out.push({ kind: "probe", probe: number, target: target.target, timeoutMs: limitMs, fresh: how.fresh });
}

export function takeVerdict(
  state: ControllerState,
  target: TargetState,
  found: { probe: number; verdict: Verdict; out: Outbox },
): void {
  const { cycle } = target;
  const { verdict, out } = found;
  const { check } = target.target;
  if (!endProbe(cycle, found.probe, out.now.mono)) return;
  remember(target, verdict, out);
  const own = ownJudgement(target);
  const wasNear = isChangeNear(own);
  const faultBefore = own.fault;
  const wouldFall = verdict.kind === "down" && own.health === "up" && own.falls + 1 >= check.fall;
  if (verdict.kind === "down" && own.falls === 0 && own.health !== "down") target.suspectedAt = out.now.mono;
  const why = wouldFall ? whyHeldBack(state, target, out) : null;
  const isBlind = state.guard.sickSince !== null && !state.references.includes(target);
  const ruling = judge(own, verdict, { check, at: out.now.wall, mayFall: why === null, isBlind });
  if (own.health === "down" && own.fault !== faultBefore && target.panel === null) out.changedTargets.add(target);
  if (target.panel === null) tellRuling(state, target, { ruling, out });
  guardRuling(state, target, { ruling, why, verdict, out });
  if (verdict.kind === "down" && ruling.kind === "same" && target.judgement.health === "down")
    followDiagnosis(state, target, out);
  continueCycle(target, { ruling, verdict, out });
  if (target.panel === null) followRuling(state, target, { ruling, isNearer: wasNear !== isChangeNear(own), out });
  else takeOwn(state, target, { panel: target.panel, ruling, verdict, out });
  state.timers.set(target.slot, nextWake(cycle));
}

/** What a ruling means for the brake and the references. */
function guardRuling(
  state: ControllerState,
  target: TargetState,
  step: { ruling: Ruling; why: HeldBack | null; verdict: Verdict; out: Outbox },
): void {
  const { out, ruling, verdict, why } = step;
  if (ruling.kind === "suspected" && ownJudgement(target).health === "up") hurryReferences(state, out);
  if (ruling.kind === "held-back" && why !== null) noteHeldBack(state, target, { why, out });
  if (ruling.kind === "changed" && ruling.to === "down" && target.panel === null) noteFall(state, target, out);
  if (verdict.kind === "up" && target.heldBack !== null && (target.panel === null || target.heldBack === "checker")) {
    target.heldBack = null;
    out.toDiagnose.add(target);
  }
  takeReference(state, target, { verdict, out });
  easeBrake(state, out);
}

/** The health that counts has changed, or may change soon. */
function followRuling(
  state: ControllerState,
  target: TargetState,
  step: { ruling: Ruling; isNearer: boolean; out: Outbox },
): void {
  const { isNearer, out, ruling } = step;
  if (ruling.kind === "changed") {
    out.changedTargets.add(target);
    if (ruling.from !== "unproven" && maintenanceOf(target) === null) countFlip(target, out);
  }
  if (ruling.kind === "changed" || isNearer) for (const pool of target.pools) touchPool(state, pool, out);
}

/** The controller's own opinion of a target that others judge as well. */
function takeOwn(
  state: ControllerState,
  target: TargetState,
  step: { panel: Panel; ruling: Ruling; verdict: Verdict; out: Outbox },
): void {
  const { out, panel, ruling, verdict } = step;
  if (verdict.kind !== "unknown") panel.ownSick = ruling.kind === "held-back";
  if (ruling.kind === "changed") {
    if (ruling.from !== "unproven") tellOpinion(target, { ...panel.own, from: selfName }, out);
  } else tellRuling(state, target, { ruling, out });
  if (ruling.kind === "suspected" && panel.own.health === "up")
    out.push({ kind: "confirm-afar", targetId: target.target.id, except: null });
  applyVotes(state, target, out);
}

/** Counts the votes anew, after any of them may have changed. */
export function applyVotes(state: ControllerState, target: TargetState, out: Outbox): void {
  const { judgement } = target;
  const wasNear = isChangeNear(judgement);
  const ruling = settleVotes(state, target, out);
  if (ruling.kind === "held-back") noteHeldBack(state, target, { why: "brake", out });
  else if (target.heldBack === "brake") {
    target.heldBack = null;
    out.toDiagnose.add(target);
  }
  if (ruling.kind === "changed") {
    const { from, rule, to } = ruling;
    const { address, id } = target.target;
    const sentence = `${address} is ${to}: ${diagnosisPrefix(state, target, out)}${judgement.reason}`;
    tellHealth(target, { kind: "health", subject: id, rule, sentence, from, to }, out);
    if (to === "down") noteFall(state, target, out);
  }
  easeBrake(state, out);
  followRuling(state, target, { ruling, isNearer: wasNear !== isChangeNear(judgement), out });
}

function countFlip(target: TargetState, out: Outbox): void {
  const { flap } = target;
  const { address, check, id } = target.target;
  if (!noteFlip(flap, check.flapping, out.now.wall)) return;
  const heldMs = (flap.heldUntil ?? out.now.wall) - out.now.wall;
  const sentence = `${address} is flapping: ${flap.holdReason}; it is held out for ${spanText(Math.round(heldMs / 1000) * 1000)}`;
  out.tell({ kind: "health", subject: id, rule: "health/flap", sentence, to: "flapping" });
}

/** An operator lets targets back that are held out for flapping. */
export function releaseTargets(
  state: ControllerState,
  { owner, reason = noReason, targetIds }: Extract<ControllerEvent, { kind: "released" }>,
  out: Outbox,
): void {
  const by = { owner, reason };
  for (const id of targetIds) {
    const target = state.targets.get(id);
    if (target === undefined || target.flap.heldUntil === null) continue;
    release(target.flap);
    tellRelease(target, { rule: "operator/release", who: `${owner} (${reason}) ended the hold of`, by, out });
  }
}

interface Release {
  readonly rule: string;
  readonly who: string;
  readonly by?: { readonly owner: string; readonly reason: string };
  readonly out: Outbox;
}

function tellRelease(target: TargetState, { by, out, rule, who }: Release): void {
  const { address, id } = target.target;
  const { health } = target.judgement;
  out.changedTargets.add(target);
  for (const pool of target.pools) out.duePools.add(pool);
  const sentence = `${who} ${address}: it is ${health}`;
  const story = { kind: "health", subject: id, rule, sentence, from: "flapping", to: health } as const;
  out.tell(by === undefined ? story : { ...story, by });
}

function remember(target: TargetState, verdict: Verdict, out: Outbox): void {
  const detail = verdict.kind === "up" ? verdict.detail : verdict.reason;
  const data = knownData(target.data, verdict);
  if (data?.at !== target.data?.at) noteNewData(target, out);
  target.data = data;
  const probe = noteProbe(target, verdict, { at: out.now.wall, detail });
  if (verdict.kind !== "unknown") target.judgedAt = out.now.mono;
  if (verdict.kind === "up") {
    target.lastGood = probe;
    target.goodAt = out.now.mono;
    learnPace(target.pace, verdict.tookMs);
  }
  if (verdict.kind === "down") target.lastBad = probe;
}

/**
 * Of a target that is well the last probe is written over: thousands of them a second would otherwise each live for a second,
 * which is just too long to be cheap.
 */
function noteProbe(target: TargetState, { kind, tookMs }: Verdict, found: { at: Wall; detail: string }): LastProbe {
  const last = target.lastProbe;
  if (kind === "up" && last !== null && last === target.lastGood) {
    last.at = found.at;
    last.tookMs = tookMs;
    last.detail = found.detail;
    return last;
  }
  target.lastProbe = { at: found.at, verdict: kind, tookMs, detail: found.detail };
  return target.lastProbe;
}

/** Confirms on while the case is open; closes it, and gives up the probes that still run, once it is decided. */
function continueCycle(target: TargetState, step: { ruling: Ruling; verdict: Verdict; out: Outbox }): void {
  const { cycle } = target;
  const judgement = ownJudgement(target);
  const { check } = target.target;
  const { out, ruling, verdict } = step;
  const decided = ruling.kind === "changed" || (verdict.kind === "up" && judgement.health === "up");
  if (decided) {
    if (!isConfirming(cycle) && !isProbing(cycle)) return;
    for (const number of endConfirming(cycle, check, out.now.mono)) out.push({ kind: "cancel", probe: number });
    return;
  }
  // Whoever is held back is probed at its interval, and at once when nothing holds it any more.
  if (ruling.kind === "held-back") return;
  const open = judgement.health === "unproven" || (judgement.health === "up" && judgement.falls > 0);
  if (!open || verdict.kind === "unknown") return;
  // Whoever is not proved yet is out of the answers: nobody waits before acting, and nobody shall wait for it.
  const inMs = judgement.health === "up" ? check.confirmMs : Math.min(check.confirmMs, check.intervalMs);
  confirmSoon(cycle, check, { now: out.now.mono, inMs });
}

/** What happens in maintenance is told under rules of its own, so that it wakes nobody. */
function tellHealth(target: TargetState, told: Story, out: Outbox): void {
  const maintenance = maintenanceOf(target);
  const story = told.kind === "health" && told.to === "down" ? { ...told, diagnosis: target.diagnosis } : told;
  if (maintenance === null) return out.tell(story);
  const rule = story.rule.replace(/^(health|quorum)\//, "maintenance/");
  out.tell({ ...story, rule, sentence: `${story.sentence}; it is in maintenance ${maintenance.name}` });
}

function tellRuling(
  state: ControllerState,
  target: TargetState,
  { out, ruling }: { ruling: Ruling; out: Outbox },
): void {
  const tell = (story: Story): void => tellHealth(target, story, out);
  const subject = target.target.id;
  const { address, check } = target.target;
  switch (ruling.kind) {
    case "same":
    case "held-back":
      return;
    case "suspected": {
      if (ownJudgement(target).health !== "up") return;
      const sentence = `${address} is suspected: ${ruling.reason}; confirming every ${check.confirmMs} ms`;
      tell({ kind: "suspicion", subject, rule: "health/suspect", sentence });
      return;
    }
    case "cleared":
      tell({
        kind: "cleared",
        subject,
        rule: "health/clear",
        sentence: `${address} answered: the suspicion is cleared`,
      });
      return;
    case "changed": {
      const { from, to, rule } = ruling;
      const { reason } = target.judgement;
      const why =
        to === "down" ? `${diagnosisPrefix(state, target, out)}${reason} (${check.fall} bad probes in a row)` : reason;
      tell({ kind: "health", subject, rule, sentence: `${address} is ${to}: ${why}`, from, to });
    }
  }
}

/**
 * An idle connection closed. That is no failure, but the next probe is due at once, on a new connection; a server
 * that closes after every answer is hurried at most once an interval.
 */
export function takeTrip(state: ControllerState, target: TargetState, out: Outbox): void {
  const { cycle } = target;
  const { check } = target.target;
  const now = out.now.mono;
  if (ownJudgement(target).health !== "up" || now < target.tripsIgnoredUntil || isProbing(cycle)) return;
  target.tripsIgnoredUntil = later(now, check.intervalMs);
  cycle.regularAt = now;
  cycle.sinceFresh = check.freshEvery;
  wakeTarget(state, target, out);
}
