/**
 * Whether muster can judge at all, for the heartbeat: an outside watcher that no longer hears from it alarms people. It
 * cannot when its first round is not over, when probes no longer come back, or when all of them fail on its own side.
 */
import type { Now } from "../base/time.ts";
import type { ControllerState } from "./controller-state.ts";

/** Beyond its interval a probe may take its timeout, and the machine a pause. */
const lateMsMax = 30_000;

/** Null: it can. Else why not. */
export function whyUndecided(state: ControllerState, { wall }: Now): string | null {
  if (!state.ready) return "the first round of probes is not over";
  if (state.guard.sickSince !== null) return "every reference target fails: muster itself, or its network, is sick";
  let sick = 0;
  let count = 0;
  for (const { lastProbe, target } of state.targets.values()) {
    count += 1;
    const { intervalMs, timeout } = target.check;
    const lateMs = intervalMs + (timeout.kind === "fixed" ? timeout.ms : timeout.maxMs) + lateMsMax;
    if (lastProbe === null || wall - lastProbe.at > lateMs) sick += 1;
    else if (lastProbe.verdict === "unknown") sick += 1;
  }
  return count > 0 && sick === count ? "no probe says anything: muster itself, or its network, is sick" : null;
}
