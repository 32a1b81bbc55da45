/**
 * Who answers for a name. Members that are fit go in; out comes the list that is answered, with the rule that chose
 * it and a sentence. The rules are tried in order, and the last resort makes sure that an answer is never empty
 * unless the operator asked for that.
 */
import { later, type Mono, never } from "../base/time.ts";
import { describeLag } from "./data-age.ts";
import type { DataAge, LastResort, MemberConfig, OverrideKind, PoolConfig } from "./model.ts";

/** A member as a pool sees it. */
export interface Candidate {
  readonly member: MemberConfig;
  /** Up, and no override keeps it out. */
  readonly fit: boolean;
  readonly override: OverrideKind | null;
  /** How old its data is known to be; null: not known. */
  readonly data: DataAge | null;
}

/** What a pool remembers between decisions. */
export interface PoolMemory {
  /** The priority that answers; null before the first decision and under other policies. */
  activePriority: number | null;
  /** Since when a better priority has been fit without a break; null: none is. */
  betterSince: Mono | null;
}

export interface Decision {
  /** Members that are answered; empty with an address as last resort, or with `none`. */
  readonly members: readonly MemberConfig[];
  /** Answered instead of members; null otherwise. */
  readonly address: string | null;
  readonly lastResort: boolean;
  readonly rule: string;
  readonly reason: string;
  /** When this must be decided again though nothing happened; `never` otherwise. */
  readonly wakeAt: Mono;
  /** A better priority waits for an operator. */
  readonly waitsForOperator: boolean;
}

export function createPoolMemory(activePriority: number | null): PoolMemory {
  return { activePriority, betterSince: null };
}

export function decidePool(
  pool: PoolConfig,
  candidates: readonly Candidate[],
  context: { memory: PoolMemory; now: Mono },
): Decision {
  const fit = candidates.filter((candidate) => candidate.fit).map((candidate) => candidate.member);
  if (fit.length === 0) return decideLastResort(pool.lastResort, candidates);
  const counted = `${fit.length} of ${candidates.length} members are fit`;
  switch (pool.policy) {
    case "round-robin":
      return chosen(fit, "pool/round-robin", counted);
    case "weighted":
      return decideWeighted(fit, counted);
    case "priority":
      return decidePriority(pool, fit, context);
  }
}

function chosen(members: readonly MemberConfig[], rule: string, reason: string): Decision {
  return { members, address: null, lastResort: false, rule, reason, wakeAt: never, waitsForOperator: false };
}

function decideWeighted(fit: readonly MemberConfig[], counted: string): Decision {
  const weighted = fit.filter((member) => member.weight > 0);
  if (weighted.length > 0) return chosen(weighted, "pool/weighted", counted);
  return chosen(fit, "pool/weight-zero", `${counted}, all of weight 0: they stand in`);
}

/**
 * The best fit priority answers. Going to a worse one happens at once, since the members that answered are not fit
 * any more. Coming back is the operator's choice: at once, after a stable time, or by hand.
 */
function decidePriority(
  pool: PoolConfig,
  fit: readonly MemberConfig[],
  context: { memory: PoolMemory; now: Mono },
): Decision {
  const { memory, now } = context;
  const best = Math.min(...fit.map((member) => member.priority));
  const active = memory.activePriority;
  const stays = active !== null && best < active && fit.some((member) => member.priority === active);
  if (!stays) return settle(memory, best, fit);
  memory.betterSince ??= now;
  if (pool.failback.kind === "at-once") return settle(memory, best, fit);
  const kept = fit.filter((member) => member.priority === active);
  if (pool.failback.kind === "manual") {
    const reason = `priority ${best} is fit again and waits for an operator; priority ${active} answers`;
    return { ...chosen(kept, "pool/failback-manual", reason), waitsForOperator: true };
  }
  const wakeAt = later(memory.betterSince, pool.failback.stableMs);
  if (wakeAt <= now) return settle(memory, best, fit);
  const reason = `priority ${best} is fit again and must stay so for ${pool.failback.stableMs / 1000} s; priority ${active} answers`;
  return { ...chosen(kept, "pool/failback-after", reason), wakeAt };
}

function settle(memory: PoolMemory, best: number, fit: readonly MemberConfig[]): Decision {
  memory.activePriority = best;
  memory.betterSince = null;
  const members = fit.filter((member) => member.priority === best);
  return chosen(members, "pool/priority", `priority ${best} is the best with a fit member`);
}

/** Forgets the wait before failback, as an operator asked: the next decision takes the best priority. */
export function failBackNow(memory: PoolMemory): void {
  memory.activePriority = null;
  memory.betterSince = null;
}

function decideLastResort(lastResort: LastResort, candidates: readonly Candidate[]): Decision {
  const nobody = "no member is fit";
  const base = { members: [], address: null, lastResort: true, wakeAt: never, waitsForOperator: false };
  switch (lastResort.kind) {
    case "none":
      return { ...base, rule: "pool/last-resort-none", reason: `${nobody}; the configuration asks for no answer` };
    case "address":
      return {
        ...base,
        address: lastResort.address,
        rule: "pool/last-resort-address",
        reason: `${nobody}; the last resort ${lastResort.address} answers`,
      };
    case "least-stale":
      return { ...base, ...decideLeastStale(leastBad(candidates), nobody), rule: "pool/last-resort-least-stale" };
    case "all": {
      const members = leastBad(candidates).map((candidate) => candidate.member);
      return {
        ...base,
        members,
        rule: "pool/last-resort-all",
        reason: `${nobody}; ${members.length} answer all the same`,
      };
    }
  }
}

/**
 * By when the data is from, not by how far it is behind: the origin's own time moves on between two probes, and members
 * with the same data answer together.
 */
function decideLeastStale(candidates: readonly Candidate[], nobody: string): Pick<Decision, "members" | "reason"> {
  const known = candidates.filter(({ data }) => data !== null);
  const newest = Math.max(...known.map(({ data }) => data?.at ?? 0));
  const best = known.filter(({ data }) => data?.at === newest);
  const [first] = best;
  if (first === undefined || first.data === null) {
    const members = candidates.map(({ member }) => member);
    return {
      members,
      reason: `${nobody}, and how old their data is is not known; ${members.length} answer all the same`,
    };
  }
  const who = best.length === 1 ? `${first.member.label} is` : `${best.length} of them are`;
  const reason = `${nobody}; ${who} the least stale, ${describeLag(first.data.staleMs)}`;
  return { members: best.map(({ member }) => member), reason };
}

/** Members without an override before drained ones, and those before disabled ones. */
function leastBad(candidates: readonly Candidate[]): readonly Candidate[] {
  for (const override of [null, "drain", "disable"] as const) {
    const group = candidates.filter((candidate) => candidate.override === override);
    if (group.length > 0) return group;
  }
  return candidates;
}
