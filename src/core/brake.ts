/**
 * The brake on removal: when many members leave at once, it is more often the checker, the network or a deployment that is
 * wrong than all of them. So no more than a share of all members, and of each pool, may leave within a window; the rest
 * stays in the answers, shown as held back, until the window has passed or an operator says that it is real.
 */
import type { Mono } from "../base/time.ts";
import type { BrakeConfig } from "./model.ts";

/** Who has left lately, and how many there are, in one scope. */
export interface Scope {
  /** When members of the scope went down, in any order. */
  readonly fellAt: Iterable<Mono>;
  readonly members: number;
}

/** Whether one more member of the scope may leave now. One always may. */
export function mayLeave(scope: Scope, share: number, window: { from: Mono }): boolean {
  let left = 0;
  for (const at of scope.fellAt) if (at >= window.from) left += 1;
  return left < Math.max(1, Math.floor(scope.members * share));
}

/** From when on departures count: the window's beginning, or the moment when an operator released the brake. */
export function windowFrom(config: BrakeConfig, now: Mono, releasedAt: Mono): Mono {
  return Math.max(now - config.withinMs, releasedAt) as Mono;
}
