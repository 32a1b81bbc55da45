/** A plan as lines: what goes with a minus, what comes with a plus, and the sum. */
import type { PlanReply } from "../api/contract.ts";
import { clean } from "./text.ts";

export function planText(plan: PlanReply): string {
  const lines = plan.zones.flatMap(({ added, origin, removed }) => [
    `zone ${clean(origin)}`,
    ...removed.map((line) => `  - ${clean(line)}`),
    ...added.map((line) => `  + ${clean(line)}`),
  ]);
  if (plan.zones.length === 0) lines.push("no record changes");
  lines.push(...plan.sentences.map(clean), ...plan.mistakes.map(clean));
  lines.push(`${plan.removed} of ${plan.published} records would be removed`);
  if (plan.refusal !== null) lines.push(`refused: ${clean(plan.refusal)}`);
  return lines.map((line) => `${line}\n`).join("");
}
