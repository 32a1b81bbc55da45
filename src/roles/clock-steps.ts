/**
 * A wall clock that is set, forward or back, by a little or by years. What was ordered for a length of time (`--for 2h`, a
 * hold for flapping, a TTL that runs out) keeps the time that was left of it; what is an appointment (a window of
 * maintenance that comes again, or was ordered for later) follows the clock. Both are looked at again in the step in which
 * the clock is first seen to have been set. See ADR 9.
 *
 * While muster does not run only the wall clock is known: a length that seems to begin after now, because the clock was
 * set back, begins anew now, so that nothing lasts longer than it was ordered for.
 */
import { type Wall, wall } from "../base/time.ts";
import { lengthText } from "../core/local-time.ts";
import { isLength, shiftOrder } from "../core/order.ts";
import type { ControllerState, TargetState } from "./controller-state.ts";
import { atOnce } from "./hold.ts";
import type { Outbox } from "./outbox.ts";

/** What is set by less is corrected, as time servers do all day, and harms nothing. */
const setMsMin = 500;

/** Called at the beginning of each step. */
export function noteClock(state: ControllerState, out: Outbox): void {
  const { mono, wall: now } = out.now;
  const aheadMs = now - mono;
  const byMs = aheadMs - state.clockAheadMs;
  state.clockAheadMs = aheadMs;
  if (Math.abs(byMs) < setMsMin) return;
  shiftOverrides(state, { out, byMs: () => byMs });
  for (const target of state.targetBySlot) shiftFlap(target, byMs, out);
  for (const pool of state.poolBySlot) {
    for (const member of pool.members) member.safeToStopAt = wall(member.safeToStopAt + byMs);
  }
  if (state.guard.sickSince !== null) state.guard.sickSince = wall(state.guard.sickSince + byMs);
  state.maintenance.nextAt = atOnce;
  const how = `${byMs > 0 ? "forward" : "back"} by ${lengthText(Math.round(Math.abs(byMs) / 1000) * 1000)}`;
  const sentence = `the clock was set ${how}: what was ordered for a time keeps what is left of it, windows of maintenance follow the clock`;
  out.tell({ kind: "trouble", subject: "muster", rule: "clock/set", sentence });
}

/** Called once at the start: lengths that begin after now begin now. */
export function fitToClock(state: ControllerState, out: Outbox): void {
  const now = out.now.wall;
  shiftOverrides(state, { out, byMs: (setAt) => Math.min(0, now - setAt) });
  for (const target of state.targetBySlot) {
    const last = target.flap.flips.at(-1) ?? now;
    shiftFlap(target, Math.min(0, now - last), out);
  }
}

function shiftOverrides(state: ControllerState, how: { out: Outbox; byMs: (setAt: Wall) => number }): void {
  const { byMs, out } = how;
  for (const [member, override] of state.overrides) {
    const ms = byMs(override.setAt);
    if (override.expiresAt === null || ms === 0) continue;
    const moved = { setAt: wall(override.setAt + ms), expiresAt: wall(override.expiresAt + ms) };
    state.overrides.set(member, { ...override, ...moved });
    out.overridesSet.push(member);
  }
  for (const [id, order] of state.orders) {
    const ms = byMs(order.setAt);
    if (!isLength(order) || ms === 0) continue;
    state.orders.set(id, shiftOrder(order, ms));
    out.ordersSet.push(id);
  }
}

function shiftFlap(target: TargetState, byMs: number, out: Outbox): void {
  const { flap } = target;
  if (byMs === 0 || flap.flips.length === 0) return;
  flap.flips = flap.flips.map((at) => wall(at + byMs));
  if (flap.heldUntil !== null) flap.heldUntil = wall(flap.heldUntil + byMs);
  out.changedTargets.add(target);
}
