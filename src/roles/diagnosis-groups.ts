/**
 * What several members have in common, told once when it begins and once when it is over. While a switch dies, or comes
 * back, its members are found one after the other, and with each it may look like something else; so only what lasts is
 * told: for an interval of the check that showed it first, without a break.
 *
 * | from    | to      | when                              | told          |
 * |---------|---------|-----------------------------------|---------------|
 * | none    | coming  | a member has it                   |               |
 * | coming  | none    | nobody has it any more            |               |
 * | coming  | present | it has lasted                     | that it began |
 * | present | going   | nobody has it any more            |               |
 * | going   | present | somebody has it again             |               |
 * | going   | none    | it has been gone for long enough  | that it is over |
 *
 * While the checker itself is cut off it learns nothing of others: nothing begins or ends then but the loss of its own network.
 */
import { later, type Mono, never } from "../base/time.ts";
import { type Diagnosis, groupKey, type SavedGroup } from "../core/diagnosis.ts";
import type { GroupDiagnosisView } from "../core/view.ts";
import type { ControllerState, GroupState, TargetState } from "./controller-state.ts";
import { diagnoseTarget, isFailing, isFrozen, neighbourhoodOf, renewDiagnosis } from "./diagnosis-facts.ts";
import type { Outbox } from "./outbox.ts";

/** However often a check looks: own interfaces are looked at once a second, and a cut one explains everything else. */
const settleMsMin = 1_500;

/** The target has what is never one member's alone. */
export function noteGroup(
  state: ControllerState,
  { diagnosis, out, target }: { diagnosis: Diagnosis; target: TargetState; out: Outbox },
): void {
  const { name, rule, sentence } = diagnosis;
  const subject = subjectOf(state, rule, target);
  const key = groupKey({ rule, subject });
  const known = state.groups.get(key);
  if (known !== undefined) {
    known.shownBy ??= target;
    return;
  }
  const settleMs = Math.max(target.target.check.intervalMs, settleMsMin);
  const seen = { rule, name, subject, sentence, since: out.now.wall, sinceMono: out.now.mono, settleMs };
  state.groups.set(key, { ...seen, told: false, shownBy: target, movedAt: out.now.mono });
  state.groupsAt = earliest(state.groupsAt, later(out.now.mono, settleMs));
}

export function settleGroups(state: ControllerState, out: Outbox): void {
  state.groupsAt = never;
  for (const [key, group] of state.groups) {
    settleGroup(state, group, out);
    if (!group.told && group.shownBy === null) state.groups.delete(key);
  }
}

function settleGroup(state: ControllerState, group: GroupState, out: Outbox): void {
  const now = out.now.mono;
  if (isFrozen(state, group.rule)) {
    group.movedAt = now;
    return;
  }
  if (group.shownBy !== null && !hasIt(state, group, { target: group.shownBy, out })) {
    group.shownBy = findOne(state, group, out);
    if (group.shownBy === null) group.movedAt = now;
  }
  if (group.told === (group.shownBy !== null)) return;
  const dueAt = later(group.movedAt, group.settleMs);
  if (now < dueAt) state.groupsAt = earliest(state.groupsAt, dueAt);
  else if (group.shownBy !== null) begin(state, group, { shownBy: group.shownBy, out });
  else end(state, group, out);
}

function earliest(a: Mono, b: Mono): Mono {
  return a < b ? a : b;
}

function hasIt(
  state: ControllerState,
  { rule }: GroupState,
  { out, target }: { target: TargetState; out: Outbox },
): boolean {
  const isConfigured = state.targetBySlot[target.slot] === target;
  return isConfigured && diagnoseTarget(state, target, out.now.mono)?.rule === rule;
}

function findOne(state: ControllerState, group: GroupState, out: Outbox): TargetState | null {
  return scopeOf(state, group).find((target) => hasIt(state, group, { target, out })) ?? null;
}

function begin(
  state: ControllerState,
  group: GroupState,
  { out, shownBy }: { shownBy: TargetState; out: Outbox },
): void {
  const { name, rule, subject } = group;
  group.told = true;
  out.groupsMoved = true;
  for (const each of scopeOf(state, group)) {
    renewDiagnosis(state, each, out.now.mono);
    if (each.diagnosis?.rule === rule) each.diagnosisTold = rule;
  }
  const { because = [], sentence = group.sentence } = shownBy.diagnosis ?? {};
  group.sentence = sentence;
  const told = [sentence, ...because.slice(1)].join("; ");
  out.tell({ kind: "diagnosis", subject, rule, sentence: told, to: name, diagnosis: group });
}

/** Who is still down has a diagnosis of its own again; or it is not over, and somebody has it again. */
function end(state: ControllerState, group: GroupState, out: Outbox): void {
  const { movedAt, name, rule, sinceMono, subject } = group;
  for (const target of scopeOf(state, group))
    if (renewDiagnosis(state, target, out.now.mono)?.rule === rule) group.shownBy ??= target;
  if (group.shownBy !== null) return;
  group.told = false;
  out.groupsMoved = true;
  const seconds = Math.round((movedAt - sinceMono) / 1000);
  const where = subject === "muster" ? "" : ` (${subject})`;
  const sentence = `no longer ${name}${where}, after ${seconds} s`;
  out.tell({ kind: "diagnosis", subject, rule, sentence, from: name, diagnosis: group });
}

/** What several have in common was told, and is not over. */
export function isToldOfGroup({ groups }: ControllerState, rule: string | null): boolean {
  if (rule !== null) for (const group of groups.values()) if (group.told && group.rule === rule) return true;
  return false;
}

export function groupsTold({ groups }: ControllerState): readonly SavedGroup[] {
  const told = [...groups.values()].filter((group) => group.told);
  return told.map(({ name, rule, sentence, settleMs, since, subject }) => {
    return { name, rule, sentence, settleMs, since, subject };
  });
}

/** Those that were told to have begun. */
export function viewGroups(state: ControllerState): readonly GroupDiagnosisView[] {
  const told = [...state.groups.values()].filter((group) => group.told);
  return told.map((group) => {
    const { name, rule, sentence, since, subject } = group;
    const members = scopeOf(state, group).filter(({ diagnosis }) => diagnosis?.rule === rule).length;
    return { rule, name, sentence, subject, since, members };
  });
}

function subjectOf(state: ControllerState, rule: string, { target }: TargetState): string {
  if (rule === "diagnosis/switch") return neighbourhoodOf(state).networkOf.get(target.address) ?? target.address;
  if (rule === "diagnosis/web-cluster") return state.config.diagnosis.webCluster ?? target.address;
  return "muster";
}

/** Those that may have it. */
function scopeOf(state: ControllerState, { rule, subject }: GroupState): readonly TargetState[] {
  const { byAddress, byNetwork, cluster } = neighbourhoodOf(state);
  if (rule === "diagnosis/switch")
    return (byNetwork.get(subject) ?? []).flatMap((address) => byAddress.get(address) ?? []).filter(isFailing);
  return (rule === "diagnosis/web-cluster" ? [...cluster] : state.targetBySlot).filter(isFailing);
}
