/**
 * The normal state (P7): no override, every member taken for up, every pool at its best members, in one step and so in
 * one transaction a zone. Members are probed at once, and what is really down leaves again by its own failed probes.
 */
import { release } from "../core/flap.ts";
import { restoreJudgement } from "../core/health.ts";
import { createPoolMemory } from "../core/pool.ts";
import type { ControllerState } from "./controller-state.ts";
import { clearOrders } from "./order-steps.ts";
import type { Outbox } from "./outbox.ts";

export function resetToNormal(
  state: ControllerState,
  request: { readonly owner: string; readonly reason: string },
  out: Outbox,
): void {
  const reason = `reset to normal by ${request.owner}`;
  for (const target of state.targets.values()) {
    release(target.flap);
    if (target.judgement.health === "up" && target.judgement.falls === 0) continue;
    const saved = { health: "up", since: out.now.wall, reason, fault: null, rises: 0, falls: 0 } as const;
    Object.assign(target.judgement, restoreJudgement(saved, target.target.check));
    if (target.panel !== null) Object.assign(target.panel.own, restoreJudgement(saved, target.target.check));
    out.changedTargets.add(target);
    state.timers.set(target.slot, out.now.mono);
  }
  const before = `${state.overrides.size} overrides, ${state.orders.size} orders`;
  clearOrders(state, out);
  out.overridesCleared.push(...state.overrides.keys());
  state.overrides.clear();
  for (const pool of state.poolBySlot) {
    Object.assign(pool.memory, createPoolMemory(null));
    out.changedPools.add(pool);
    out.duePools.add(pool);
  }
  const { owner, reason: why } = request;
  const sentence = `${owner} put everything back to normal: ${why}`;
  const story = { kind: "override", subject: "muster", rule: "operator/reset", sentence } as const;
  out.tell({ ...story, from: before, to: "normal", by: { owner, reason: why } });
}
