/**
 * Verdicts in, health out. One bad probe proves little: a target must fail `fall` times in a row to be down and
 * succeed `rise` times in a row to be up. A verdict `unknown` is the checker's own trouble and moves nothing.
 *
 * | health   | up verdict                         | down verdict                           |
 * |----------|------------------------------------|----------------------------------------|
 * | unproven | rises+1; `rise` reached: up        | falls+1; `fall` reached: down          |
 * | up       | falls = 0 (a suspicion is cleared) | falls+1 (suspected); `fall`: down      |
 * | down     | rises+1; `rise` reached: up        | rises = 0                              |
 *
 * An `up` target that may not fall (a brake holds, or the checker itself is sick) stays suspected: `held-back`.
 *
 * What failed is kept beside it, as one word. Of a target that is down it changes only after `fall` probes in a row that
 * found the same other thing, so that what is made of it (`core/diagnosis.ts`) is as calm as health is.
 *
 * A health read from disk is `restored` until the first verdict that agrees with it, or that changes it.
 */
import type { Wall } from "../base/time.ts";
import type { FaultCode } from "./fault.ts";
import type { CheckConfig, Health, SavedTarget, Verdict } from "./model.ts";

export interface Judgement {
  health: Health;
  since: Wall;
  reason: string;
  rises: number;
  falls: number;
  restored: boolean;
  /** What the last bad probes found; null: the last one was good, or it is not known. */
  fault: FaultCode | null;
  /** What so many bad probes in a row have found instead. */
  otherFault: FaultCode | null;
  otherFaults: number;
}

/** What a verdict did: nothing worth telling, a first failure, a failure forgiven, or a new health. */
export type Ruling =
  | { readonly kind: "same" }
  | { readonly kind: "suspected"; readonly reason: string }
  | { readonly kind: "cleared" }
  /** It has failed often enough to be down, and may not be ruled so now. */
  | { readonly kind: "held-back" }
  | { readonly kind: "changed"; readonly from: Health; readonly to: Health; readonly rule: string };

const same: Ruling = { kind: "same" };
const cleared: Ruling = { kind: "cleared" };
const noFault = { fault: null, otherFault: null, otherFaults: 0 } as const;

export function createJudgement(at: Wall): Judgement {
  return { health: "unproven", since: at, reason: "not probed yet", rises: 0, falls: 0, restored: false, ...noFault };
}

export type Remembered = Pick<SavedTarget, "health" | "since" | "reason" | "rises" | "falls" | "fault">;

/** Last known good after a restart: kept, but marked until it is proved again. */
export function restoreJudgement(saved: Remembered, check: CheckConfig): Judgement {
  return {
    health: saved.health,
    since: saved.since,
    reason: saved.reason,
    rises: Math.min(saved.rises, check.rise - 1),
    falls: Math.min(saved.falls, check.fall - 1),
    restored: saved.health !== "unproven",
    ...{ fault: saved.fault, otherFault: null, otherFaults: 0 },
  };
}

/** What a verdict is judged by. */
interface Terms {
  readonly check: CheckConfig;
  readonly at: Wall;
  /** False: it stays suspected, however often it fails. */
  readonly mayFall?: boolean;
  /** The checker is cut off: a bad probe says nothing new of a target that is down. */
  readonly isBlind?: boolean;
}

export function judge(judgement: Judgement, verdict: Verdict, terms: Terms): Ruling {
  switch (verdict.kind) {
    case "unknown":
      // There is nothing yet that a fault of the checker itself could hide.
      if (judgement.health === "unproven") judgement.reason = verdict.reason;
      return same;
    case "up":
      return judgeGood(judgement, verdict.detail, terms);
    case "down":
      return judgeBad(judgement, verdict, terms);
  }
}

function judgeGood(judgement: Judgement, detail: string, { at, check }: Terms): Ruling {
  const suspected = judgement.falls > 0;
  judgement.falls = 0;
  if (judgement.health === "up") {
    judgement.restored = false;
    if (suspected) judgement.fault = null;
    return suspected ? cleared : same;
  }
  judgement.rises += 1;
  if (judgement.rises < check.rise) {
    if (judgement.health === "unproven")
      judgement.reason = `${judgement.rises} of ${check.rise} good probes: ${detail}`;
    return same;
  }
  const reason = check.rise === 1 ? detail : `${check.rise} good probes in a row, last: ${detail}`;
  return change(judgement, { to: "up", reason, rule: "health/rise", at });
}

function judgeBad(
  judgement: Judgement,
  verdict: Extract<Verdict, { readonly kind: "down" }>,
  { at, check, isBlind = false, mayFall = true }: Terms,
): Ruling {
  const { fault = null, reason: found } = verdict;
  judgement.rises = 0;
  if (judgement.health === "down") {
    if (isBlind) return same;
    judgement.restored = false;
    judgement.reason = found;
    settleFault(judgement, fault, check.fall);
    return same;
  }
  judgement.fault = fault;
  if (judgement.health === "up" && !mayFall && judgement.falls + 1 >= check.fall) {
    judgement.falls = Math.max(1, check.fall - 1);
    return { kind: "held-back" };
  }
  judgement.falls += 1;
  if (judgement.falls >= check.fall) {
    return change(judgement, { to: "down", reason: found, rule: "health/fall", at });
  }
  if (judgement.health === "unproven") judgement.reason = `${judgement.falls} of ${check.fall} bad probes: ${found}`;
  return judgement.falls === 1 ? { kind: "suspected", reason: found } : same;
}

/** Of a target that is down. */
function settleFault(judgement: Judgement, fault: FaultCode | null, fall: number): void {
  const isOther = fault !== judgement.fault;
  judgement.otherFaults = !isOther ? 0 : fault === judgement.otherFault ? judgement.otherFaults + 1 : 1;
  judgement.otherFault = isOther ? fault : null;
  if (judgement.otherFaults < fall) return;
  judgement.fault = fault;
  judgement.otherFault = null;
  judgement.otherFaults = 0;
}

function change(judgement: Judgement, next: { to: Health; reason: string; rule: string; at: Wall }): Ruling {
  const from = judgement.health;
  judgement.health = next.to;
  judgement.since = next.at;
  judgement.reason = next.reason;
  judgement.rises = 0;
  judgement.falls = 0;
  judgement.restored = false;
  judgement.otherFault = null;
  judgement.otherFaults = 0;
  if (next.to !== "down") judgement.fault = null;
  return { kind: "changed", from, to: next.to, rule: next.rule };
}

/** True while the next verdicts may soon change what is answered: TTLs shrink meanwhile. */
export function isChangeNear(judgement: Judgement): boolean {
  return judgement.health === "up" ? judgement.falls > 0 : judgement.rises > 0;
}
