/**
 * What keeps a member in the answers although it fails: a checker that is itself cut off, and the brake on removal.
 *
 * A member may go down only when some reference has answered since it began to fail. References are probed at once when
 * anything is suspected, so that this costs nothing as long as the checker is well; when none of them answers, judgement
 * is frozen, and nothing is removed.
 */
import { later, mono } from "../base/time.ts";
import { mayLeave, windowFrom } from "../core/brake.ts";
import type { Verdict } from "../core/model.ts";
import { noReason } from "../core/order.ts";
import type { ControllerState, HeldBack, PoolState, TargetState } from "./controller-state.ts";
import { maintenanceOf } from "./hold.ts";
import type { Outbox } from "./outbox.ts";
import { isProbing } from "../core/check-cycle.ts";

/** A reference that answered so shortly ago is not asked again for another suspicion. */
const referenceFreshMs = 20;

/** Why the target may not go down now, or null. */
export function whyHeldBack(state: ControllerState, target: TargetState, out: Outbox): HeldBack | null {
  if (state.references.includes(target)) return null;
  if (state.references.length > 0 && !state.references.some(({ goodAt }) => goodAt >= target.suspectedAt))
    return "checker";
  // One vantage point alone removes nobody: the brake is asked when the votes are counted.
  return target.panel === null && isBraked(state, target, out) ? "brake" : null;
}

export function isBraked(state: ControllerState, target: TargetState, out: Outbox): boolean {
  const { brake } = state.config;
  // What is in maintenance is out of the answers already.
  if (brake === null || maintenanceOf(target) !== null) return false;
  const window = { from: windowFrom(brake, out.now.mono, state.guard.releasedAt) };
  const all = { fellAt: state.guard.fellAt, members: state.targetBySlot.length - state.references.length };
  if (!mayLeave(all, brake.all, window)) return true;
  return target.pools.some((pool) => !mayLeave(scopeOf(pool), brake.pool, window));
}

function scopeOf({ members }: PoolState): { fellAt: TargetState["fellAt"][]; members: number } {
  return { fellAt: members.map(({ target }) => target.fellAt), members: members.length };
}

/** Notes that the target went down, for the brake. */
export function noteFall(state: ControllerState, target: TargetState, out: Outbox): void {
  target.heldBack = null;
  const { brake } = state.config;
  if (brake === null || state.references.includes(target) || maintenanceOf(target) !== null) return;
  target.fellAt = out.now.mono;
  const { from } = { from: out.now.mono - brake.withinMs };
  state.guard.fellAt = [...state.guard.fellAt.filter((at) => at >= from), out.now.mono];
}

/** Notes that a target that should be down is kept, and tells so once for each reason. */
export function noteHeldBack(state: ControllerState, target: TargetState, how: { why: HeldBack; out: Outbox }): void {
  const { out, why } = how;
  if (target.heldBack !== why) out.toDiagnose.add(target);
  target.heldBack = why;
  const { guard } = state;
  if (why === "checker" || guard.brakingSince !== null || state.config.brake === null) return;
  guard.brakingSince = out.now.wall;
  const { address } = target.target;
  const seconds = state.config.brake.withinMs / 1000;
  const sentence = `the brake holds: too many members failed within ${seconds} s; ${address} and further ones stay in the answers until that time has passed, or \`muster brake release\``;
  out.tell({ kind: "trouble", subject: "muster", rule: "guard/brake", sentence });
}

/** Something is suspected: asks the references at once, unless they have just answered. */
export function hurryReferences(state: ControllerState, out: Outbox): void {
  for (const reference of state.references) {
    if (isProbing(reference.cycle) || reference.goodAt >= later(out.now.mono, -referenceFreshMs)) continue;
    hurry(state, reference, out);
  }
}

function hurry(state: ControllerState, target: TargetState, out: Outbox): void {
  target.cycle.regularAt = out.now.mono;
  target.cycle.sinceFresh = target.target.check.freshEvery;
  state.timers.set(target.slot, out.now.mono);
}

/** What a verdict about a reference means for everybody else. */
export function takeReference(
  state: ControllerState,
  target: TargetState,
  step: { verdict: Verdict; out: Outbox },
): void {
  if (!state.references.includes(target)) return;
  const { out, verdict } = step;
  if (verdict.kind === "up") return recover(state, out);
  const allFail = state.references.every(({ judgement }) => judgement.health === "down");
  if (!allFail || state.guard.sickSince !== null) return;
  state.guard.sickSince = out.now.wall;
  out.diagnoseAll = true;
  const names = state.references.map((reference) => reference.target.address).join(", ");
  const sentence = `the checker itself is cut off: none of its references (${names}) answers; judgement is frozen, and nobody is removed`;
  out.tell({ kind: "trouble", subject: "muster", rule: "guard/sick", sentence });
}

/** A reference answers: whoever was held back for the checker's sake is looked at again at once. */
function recover(state: ControllerState, out: Outbox): void {
  for (const target of state.targetBySlot) {
    if (target.heldBack !== "checker") continue;
    // Held back means failing since: a good probe of its own would have ended that.
    target.heldBack = null;
    out.toDiagnose.add(target);
    hurry(state, target, out);
  }
  if (state.guard.sickSince === null) return;
  const seconds = Math.round((out.now.wall - state.guard.sickSince) / 1000);
  state.guard.sickSince = null;
  // What several members have in common is frozen no longer.
  state.groupsAt = out.now.mono;
  const sentence = `the checker is well again after ${seconds} s: judgement goes on`;
  out.tell({ kind: "trouble", subject: "muster", rule: "guard/well", sentence });
}

/** References that left the configuration keep nobody from judging: none of them will ever answer. */
export function dropReferences(state: ControllerState, out: Outbox): void {
  if (state.references.length === 0) recover(state, out);
}

/** An operator says that the departures are real. */
export function releaseBrake(
  state: ControllerState,
  { owner, reason = noReason }: { owner: string; reason?: string },
  out: Outbox,
): void {
  const { guard } = state;
  const from = guard.brakingSince === null ? "at rest" : "holding";
  guard.releasedAt = mono(out.now.mono + 1);
  guard.brakingSince = null;
  for (const target of state.targetBySlot) {
    if (target.heldBack !== "brake") continue;
    target.heldBack = null;
    out.toDiagnose.add(target);
    hurry(state, target, out);
  }
  const sentence = `${owner} released the brake: ${reason}`;
  const story = { kind: "override", subject: "muster", rule: "operator/brake", sentence } as const;
  out.tell({ ...story, from, to: "released", by: { owner, reason } });
}

/** The brake has nobody left to hold. */
export function easeBrake({ guard, targetBySlot }: ControllerState, out: Outbox): void {
  if (guard.brakingSince === null || targetBySlot.some(({ heldBack }) => heldBack === "brake")) return;
  const seconds = Math.round((out.now.wall - guard.brakingSince) / 1000);
  guard.brakingSince = null;
  const sentence = `the brake holds nobody any more, after ${seconds} s`;
  out.tell({ kind: "trouble", subject: "muster", rule: "guard/brake-over", sentence });
}
