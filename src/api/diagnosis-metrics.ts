/** Numbers about what is broken: how many members have each diagnosis, which, and what several have in common. */
import { Gauge, type Registry } from "@prometheus-io/client";
import { diagnosisRules } from "../core/diagnosis.ts";
import type { MemberView, StatusView } from "../core/view.ts";

const names = new Set(diagnosisRules.map(({ name }) => name));

/** Every name has a number, also when nobody has it, so that an alert can be written before the first fault. */
export function addDiagnoses(registry: Registry, { diagnoses = [], pools }: StatusView): void {
  const registers = [registry];
  const counts = new Map([...names].map((name) => [name, 0]));
  for (const { members } of pools) {
    for (const { diagnosis } of members)
      if (diagnosis !== undefined) counts.set(diagnosis.name, (counts.get(diagnosis.name) ?? 0) + 1);
  }
  const labelNames = ["diagnosis"];
  const help = "Members that are diagnosed so";
  const members = new Gauge({ name: "muster_members_diagnosed", help, labelNames, registers });
  for (const [diagnosis, many] of counts) members.set({ diagnosis }, many);
  const shared = new Gauge({
    name: "muster_diagnosis",
    help: "1: several members have this in common; the subject is their network, their pool, or muster",
    labelNames: ["diagnosis", "subject"],
    registers,
  });
  for (const { name, subject } of diagnoses) shared.set({ diagnosis: name, subject }, 1);
}

export function addMemberDiagnoses(
  registry: Registry,
  shown: readonly { readonly pool: string; readonly member: MemberView }[],
): void {
  const gauge = new Gauge({
    name: "muster_member_diagnosis",
    help: "1: the member is diagnosed so; a member that is well has no series",
    labelNames: ["pool", "member", "address", "diagnosis"],
    registers: [registry],
  });
  for (const { member, pool } of shown) {
    const { address, diagnosis, label } = member;
    if (diagnosis !== undefined) gauge.set({ pool, member: label, address, diagnosis: diagnosis.name }, 1);
  }
}
