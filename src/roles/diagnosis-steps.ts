/**
 * Diagnoses in the story. What a member is taken to suffer from stands in the line that says that it is down; here is what
 * comes later: another diagnosis of a member that is down already, and what several have in common
 * (`diagnosis-groups.ts`).
 *
 * Nothing is looked at unless a health has changed, something that many depend on (own interfaces, references), or what
 * several have in common has lasted long enough to be told.
 */
import { groupRules } from "../core/diagnosis.ts";
import type { OwnLinkState } from "../ports/own-links.ts";
import type { ControllerState, TargetState } from "./controller-state.ts";
import { isFailing, neighbourhoodOf, refreshMachine, renewDiagnosis } from "./diagnosis-facts.ts";
import { isToldOfGroup, noteGroup, settleGroups } from "./diagnosis-groups.ts";
import type { Outbox } from "./outbox.ts";

/** `192.0.2.10 is down: ` and then this, before the reason. */
export function diagnosisPrefix(state: ControllerState, target: TargetState, out: Outbox): string {
  refreshMachine(neighbourhoodOf(state), target.target.address);
  const diagnosis = renewDiagnosis(state, target, out.now.mono);
  target.diagnosisTold = diagnosis?.rule ?? null;
  return diagnosis === null ? "" : `${diagnosis.name}: `;
}

export function takeLinks(state: ControllerState, links: readonly OwnLinkState[], out: Outbox): void {
  state.links = links;
  out.diagnoseAll = true;
}

export function settleDiagnoses(state: ControllerState, out: Outbox): void {
  const { changedTargets, diagnoseAll, toDiagnose } = out;
  const isAsked = diagnoseAll || changedTargets.size > 0 || toDiagnose.size > 0;
  if (!isAsked && out.now.mono < state.groupsAt) return;
  const changed = diagnoseAll ? state.targetBySlot.filter(isFailing) : [...changedTargets, ...toDiagnose];
  const around = neighbourhoodOf(state);
  for (const { target } of changed) refreshMachine(around, target.address);
  const seen = new Set<TargetState>();
  for (const target of changed) look(state, target, { seen, out });
  settleGroups(state, out);
}

interface Round {
  /** Looked at already in this round. */
  readonly seen: Set<TargetState>;
  readonly out: Outbox;
}

/** The target, and the other checks that tell how its machine is. */
function look(state: ControllerState, target: TargetState, { out, seen }: Round): void {
  const around = neighbourhoodOf(state);
  for (const each of [target, ...(around.byAddress.get(target.target.address) ?? [])]) {
    if (seen.has(each)) continue;
    seen.add(each);
    const diagnosis = renewDiagnosis(state, each, out.now.mono);
    if (diagnosis !== null && groupRules.has(diagnosis.rule)) noteGroup(state, { diagnosis, target: each, out });
  }
}

/**
 * One more bad probe of a target that is down. Another diagnosis than the one that was told is told when it has lasted for
 * an interval: while things break, or come back, there is always one that is on its way to the next.
 */
export function followDiagnosis(state: ControllerState, target: TargetState, out: Outbox): void {
  const diagnosis = renewDiagnosis(state, target, out.now.mono);
  if (diagnosis === null) return;
  if (groupRules.has(diagnosis.rule)) return noteGroup(state, { diagnosis, target, out });
  if (diagnosis.rule === target.diagnosisTold) return;
  if (isToldOfGroup(state, target.diagnosisTold)) return;
  const { address, check, id } = target.target;
  // From before the start.
  if (target.diagnosisTold === null) target.diagnosisTold = diagnosis.rule;
  if (target.diagnosisTold === diagnosis.rule || out.now.mono - target.diagnosedAt < check.intervalMs) return;
  target.diagnosisTold = diagnosis.rule;
  const sentence = `${address} is still down, and now it looks like ${diagnosis.sentence}`;
  out.tell({ kind: "diagnosis", subject: id, rule: diagnosis.rule, sentence, diagnosis });
}
