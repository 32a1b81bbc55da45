/**
 * Diagnoses in the story. What a member is taken to suffer from stands in the line that says that it is down; here is what
 * comes later: another diagnosis of a member that is down already, and what several members have in common, which is told
 * once, when it begins and when it is over.
 *
 * Nothing is looked at unless a health has changed, or something that many depend on: own interfaces, references.
 */
import { type Diagnosis, type GroupDiagnosis, groupRules } from "../core/diagnosis.ts";
import type { GroupDiagnosisView } from "../core/view.ts";
import type { OwnLinkState } from "../ports/own-links.ts";
import type { ControllerState, Neighbourhood, TargetState } from "./controller-state.ts";
import { diagnoseTarget, isFailing, neighbourhoodOf, refreshMachine } from "./diagnosis-facts.ts";
import type { Outbox } from "./outbox.ts";

/** `192.0.2.10 is down: ` and then this, before the reason. */
export function diagnosisPrefix(state: ControllerState, target: TargetState, out: Outbox): string {
  refreshMachine(neighbourhoodOf(state), target.target.address);
  const diagnosis = diagnoseTarget(state, target, out.now.mono);
  note(target, diagnosis, out);
  target.diagnosisTold = target.diagnosed;
  return diagnosis === null ? "" : `${diagnosis.name}: `;
}

export function takeLinks(state: ControllerState, links: readonly OwnLinkState[], out: Outbox): void {
  state.links = links;
  out.diagnoseAll = true;
}

export function settleDiagnoses(state: ControllerState, out: Outbox): void {
  const { changedTargets, diagnoseAll, toDiagnose } = out;
  if (!diagnoseAll && changedTargets.size === 0 && toDiagnose.size === 0) return;
  const changed = diagnoseAll ? state.targetBySlot.filter(isFailing) : [...changedTargets, ...toDiagnose];
  const around = neighbourhoodOf(state);
  for (const { target } of changed) refreshMachine(around, target.address);
  const seen = new Set<TargetState>();
  for (const target of changed) look(state, target, { seen, out });
  closeGroups(state, out);
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
    const diagnosis = diagnoseTarget(state, each, out.now.mono);
    note(each, diagnosis, out);
    if (diagnosis !== null && groupRules.has(diagnosis.rule))
      openGroup(state, { diagnosis, target: each, around, out });
  }
}

function note(target: TargetState, diagnosis: Diagnosis | null, out: Outbox): void {
  const rule = diagnosis?.rule ?? null;
  if (rule === target.diagnosed) return;
  target.diagnosed = rule;
  target.diagnosedAt = out.now.mono;
}

/**
 * One more bad probe of a target that is down. Another diagnosis than the one that was told is told when it has lasted for
 * an interval: while things break, or come back, there is always one that is on its way to the next.
 */
export function followDiagnosis(state: ControllerState, target: TargetState, out: Outbox): void {
  const diagnosis = diagnoseTarget(state, target, out.now.mono);
  note(target, diagnosis, out);
  if (diagnosis === null || diagnosis.rule === target.diagnosisTold || groupRules.has(diagnosis.rule)) return;
  const { address, check, id } = target.target;
  // From before the start.
  if (target.diagnosisTold === null) target.diagnosisTold = diagnosis.rule;
  if (target.diagnosisTold === diagnosis.rule || out.now.mono - target.diagnosedAt < check.intervalMs) return;
  target.diagnosisTold = diagnosis.rule;
  const sentence = `${address} is still down, and now it looks like ${diagnosis.sentence}`;
  out.tell({ kind: "diagnosis", subject: id, rule: diagnosis.rule, sentence });
}

function openGroup(
  state: ControllerState,
  found: { diagnosis: Diagnosis; target: TargetState; around: Neighbourhood; out: Outbox },
): void {
  const { around, diagnosis, out, target } = found;
  const { name, rule, sentence } = diagnosis;
  const subject = subjectOf(state, { rule, target, around });
  const key = `${rule} ${subject}`;
  const known = state.groups.get(key);
  if (known !== undefined) return;
  const group = { rule, name, subject, since: out.now.wall, sentence };
  state.groups.set(key, group);
  for (const each of scopeOf(state, group)) {
    note(each, diagnoseTarget(state, each, out.now.mono), out);
    if (each.diagnosed === rule) each.diagnosisTold = rule;
  }
  const because = diagnosis.because.slice(1).join("; ");
  const told = because === "" ? sentence : `${sentence}; ${because}`;
  out.tell({ kind: "diagnosis", subject, rule, sentence: told, to: name });
}

/** What several members have in common, as people see it. */
export function viewGroups(state: ControllerState): readonly GroupDiagnosisView[] {
  return [...state.groups.values()].map((group) => {
    const members = scopeOf(state, group).filter(({ diagnosed }) => diagnosed === group.rule).length;
    return { ...group, members };
  });
}

function subjectOf(
  { config }: ControllerState,
  { around, rule, target }: { rule: string; target: TargetState; around: Neighbourhood },
): string {
  if (rule === "diagnosis/switch") return around.networkOf.get(target.target.address) ?? target.target.address;
  if (rule === "diagnosis/web-cluster") return config.diagnosis.webCluster ?? target.target.address;
  return "muster";
}

/** Those that may have it. */
function scopeOf(state: ControllerState, { rule, subject }: GroupDiagnosis): readonly TargetState[] {
  const { byAddress, byNetwork, cluster } = neighbourhoodOf(state);
  if (rule === "diagnosis/switch")
    return (byNetwork.get(subject) ?? []).flatMap((address) => byAddress.get(address) ?? []).filter(isFailing);
  return (rule === "diagnosis/web-cluster" ? [...cluster] : state.targetBySlot).filter(isFailing);
}

/** Over when nobody has it any more; who is still down then has a diagnosis of its own again. */
function closeGroups(state: ControllerState, out: Outbox): void {
  for (const [key, group] of state.groups) {
    const scope = scopeOf(state, group);
    if (scope.some((target) => diagnoseTarget(state, target, out.now.mono)?.rule === group.rule)) continue;
    state.groups.delete(key);
    for (const target of scope) note(target, diagnoseTarget(state, target, out.now.mono), out);
    const seconds = Math.round((out.now.wall - group.since) / 1000);
    const { name, rule, subject } = group;
    const where = subject === "muster" ? "" : ` (${subject})`;
    const sentence = `no longer ${name}${where}, after ${seconds} s`;
    out.tell({ kind: "diagnosis", subject, rule, sentence, from: name });
  }
}
