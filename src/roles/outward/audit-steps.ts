/**
 * Audits at their interval, one zone after another, and what becomes of their findings: each is told once when it
 * appears and once when it is gone. Being late is judged after each change already (`watch-steps.ts`), so an audit
 * that finds a nameserver behind only makes that begin.
 */
import { later, never } from "../../base/time.ts";
import type { AuditFault } from "./events.ts";
import { newestOf, type Step, setTimer, type WatchState, type ZoneState } from "./state.ts";
import { endAlarm, noteCause, setState } from "./watch-steps.ts";

export function advanceAudit(step: Step, zone: ZoneState): void {
  if (zone.auditAt <= step.now.mono && !zone.auditing) {
    zone.auditAt = later(step.now.mono, step.state.audit.intervalMs);
    if (newestOf(zone) !== null) {
      zone.auditing = true;
      zone.auditAt = never;
      step.effects.push({ kind: "audit", origin: zone.origin });
    }
  }
  setTimer(step.state, zone);
}

/** One that was begun before the zone left and came back is none of this one. */
export function takeAudit(step: Step, zone: ZoneState, faults: readonly AuditFault[]): void {
  if (newestOf(zone) === null) return;
  zone.auditing = false;
  zone.wasAudited = true;
  zone.auditAt = later(step.now.mono, step.state.audit.intervalMs);
  setTimer(step.state, zone);
  for (const [key, watch] of zone.watches) {
    judgeWatch(
      step,
      watch,
      faults.filter((fault) => fault.endpoint === key),
    );
  }
  // One that left while it was asked concerns nobody.
  const current = faults.filter((fault) => isWatched(zone, fault));
  tellDifference(step, zone, current);
}

function isWatched({ watches }: ZoneState, { endpoint }: AuditFault): boolean {
  return endpoint === null || watches.has(endpoint);
}

/** What was found at a nameserver that is no longer watched is over at once: the next audit may be a day away. */
export function endFindings(step: Step, zone: ZoneState): void {
  const left = [...zone.faults].filter(([, fault]) => !isWatched(zone, fault));
  if (left.length === 0) return;
  for (const [, { sentence }] of left) tell(step, zone, { rule: "audit/gone", sentence: `no longer: ${sentence}` });
  zone.faults = new Map([...zone.faults].filter(([, fault]) => isWatched(zone, fault)));
}

function judgeWatch(step: Step, watch: WatchState, faults: readonly AuditFault[]): void {
  const fault = faults.find(({ state }) => state !== null);
  watch.different = fault?.state === "different" ? fault.sentence : null;
  if (fault?.state === "behind" || watch.behindSince !== null) return lookAgain(step, watch);
  if (fault !== undefined && fault.state !== null) {
    setState(step, watch, { state: fault.state, reason: fault.sentence });
    noteCause(step, watch);
    setTimer(step.state, watch);
    return;
  }
  if (watch.serial === null) return;
  setState(step, watch, { state: "in-step", reason: `serves serial ${watch.serial}` });
  endAlarm(step, watch, "serves what was decided");
}

/** It is asked for its serial now, and whatever that says counts. */
function lookAgain(step: Step, watch: WatchState): void {
  watch.behindSince ??= step.now.mono;
  if (!watch.asking) watch.askAt = step.now.mono;
  if (!watch.alarmed && watch.alarmAt === never) {
    watch.alarmAt = later(watch.behindSince, step.state.audit.lagMsMax);
  }
  setTimer(step.state, watch);
}

function tellDifference(step: Step, zone: ZoneState, faults: readonly AuditFault[]): void {
  const isTold = ({ endpoint, state }: AuditFault): boolean =>
    state === "behind" || (endpoint !== null && zone.watches.get(endpoint)?.alarmed === true && state !== null);
  const found = new Map<string, AuditFault>();
  for (const fault of faults) {
    // Of what was told the first sentence stays, since its end refers to it.
    const before = zone.faults.get(fault.key);
    if (before !== undefined) found.set(fault.key, before);
    else if (!isTold(fault)) {
      found.set(fault.key, fault);
      tell(step, zone, { rule: "audit/found", sentence: fault.sentence });
    }
  }
  for (const [key, { sentence }] of zone.faults) {
    if (!found.has(key)) tell(step, zone, { rule: "audit/gone", sentence: `no longer: ${sentence}` });
  }
  zone.faults = found;
}

function tell(step: Step, zone: ZoneState, line: { rule: string; sentence: string }): void {
  step.effects.push({ kind: "tell", subject: zone.origin, ...line });
}
