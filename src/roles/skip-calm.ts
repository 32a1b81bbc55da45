/**
 * Calm time, for replays: while every target goes on being what it was ruled, its probes change nothing, and the clock may
 * jump. Each target keeps its phase, so that a fault after the jump falls on the same moment of its interval as it would
 * have without it.
 */
import { mono, type Mono, never, type Now } from "../base/time.ts";
import { isConfirming, nextWake } from "../core/check-cycle.ts";
import type { ControllerState, TargetState } from "./controller-state.ts";
import { ownJudgement } from "./vote-steps.ts";
import { nextMaintenanceMs } from "./maintenance-steps.ts";

/** Until when nothing but probes is due, or null when something is under way. `isGood`: what a probe would find. */
export function calmUntil(state: ControllerState, now: Now, isGood: (target: TargetState) => boolean): Mono | null {
  if (!state.ready) return null;
  for (const target of state.targetBySlot) if (!isSteady(target, isGood(target))) return null;
  const holds = state.targetBySlot.flatMap(({ flap }) => (flap.heldUntil === null ? [] : [flap.heldUntil - now.wall]));
  const inMs = Math.min(nextMaintenanceMs(state, now.wall), ...holds);
  return mono(Math.min(now.mono + inMs, state.poolTimers.nextAt, state.publishAt, state.republishAt, state.groupsAt));
}

/** By what its own probes find: what others say of it comes as an event. */
function isSteady(target: TargetState, good: boolean): boolean {
  const judgement = ownJudgement(target);
  if (isConfirming(target.cycle) || target.heldBack !== null) return false;
  if (judgement.health === "up") return good && judgement.falls === 0;
  return judgement.health === "down" && !good && judgement.rises === 0;
}

/** Moves each target's next regular probe by whole intervals, to the first that is not before `at`. No probe may run. */
export function skipCalm(state: ControllerState, at: Mono): void {
  for (const { cycle, slot, target } of state.targetBySlot) {
    const { intervalMs } = target.check;
    const missed = Math.ceil((at - cycle.regularAt) / intervalMs);
    if (missed > 0) cycle.regularAt = mono(cycle.regularAt + missed * intervalMs);
    cycle.slowAt = never;
    state.timers.set(slot, nextWake(cycle));
  }
}
