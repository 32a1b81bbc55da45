/**
 * Overrides: what an operator wants, kept beside what is observed and never written over it. Each has an owner and a
 * reason, and may end by itself.
 */
import type { Wall } from "../base/time.ts";
import type { Override } from "../core/model.ts";
import { noReason } from "../core/order.ts";
import type { ControllerState, PoolState } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";

function poolOf(state: ControllerState, memberId: string): PoolState | undefined {
  return state.pools.get(memberId.slice(0, memberId.lastIndexOf("/")));
}

export function setOverrides(state: ControllerState, overrides: readonly Override[], out: Outbox): void {
  for (const override of overrides) {
    const from = state.overrides.get(override.member)?.kind ?? "none";
    state.overrides.set(override.member, override);
    out.overridesSet.push(override.member);
    touch(state, override.member, out);
    const verb = override.kind === "drain" ? "drains" : "disables";
    const until =
      override.expiresAt === null ? "until enabled" : `for ${(override.expiresAt - override.setAt) / 1000} s`;
    out.tell({
      kind: "override",
      subject: override.member,
      rule: `operator/${override.kind}`,
      sentence: `${override.owner} ${verb} ${override.member} ${until}: ${override.reason}`,
      from,
      to: override.kind,
      by: { owner: override.owner, reason: override.reason },
    });
  }
}

export function clearOverrides(
  state: ControllerState,
  request: { members: readonly string[]; owner: string; reason?: string },
  out: Outbox,
): void {
  for (const member of request.members) {
    const { owner, reason = noReason } = request;
    endOverride(state, member, {
      rule: "operator/enable",
      sentence: `${owner} enables ${member}: ${reason}`,
      by: { owner, reason },
      out,
    });
  }
}

export function expireOverrides(state: ControllerState, out: Outbox): void {
  for (const { member, kind, expiresAt } of state.overrides.values()) {
    if (expiresAt === null || expiresAt > out.now.wall) continue;
    endOverride(state, member, { rule: "override/expired", sentence: `the ${kind} of ${member} has expired`, out });
  }
}

function endOverride(
  state: ControllerState,
  member: string,
  how: { rule: string; sentence: string; by?: { owner: string; reason: string }; out: Outbox },
): void {
  const override = state.overrides.get(member);
  if (override === undefined) return;
  state.overrides.delete(member);
  how.out.overridesCleared.push(member);
  touch(state, member, how.out);
  const { by, rule, sentence } = how;
  const story = { kind: "override", subject: member, rule, sentence, from: override.kind, to: "none" } as const;
  how.out.tell(by === undefined ? story : { ...story, by });
}

function touch(state: ControllerState, member: string, out: Outbox): void {
  const pool = poolOf(state, member);
  if (pool !== undefined) out.duePools.add(pool);
}

/** Milliseconds until the first override ends; infinite when none does. */
export function nextExpiryMs(state: ControllerState, at: Wall): number {
  let soonest = Number.POSITIVE_INFINITY;
  for (const { expiresAt } of state.overrides.values()) {
    if (expiresAt !== null) soonest = Math.min(soonest, Math.max(0, expiresAt - at));
  }
  return soonest;
}
