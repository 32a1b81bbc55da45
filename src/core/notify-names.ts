/**
 * What people call the subjects of events: a target's id is an address and a check, and its members have names and
 * pools. The same words are what routes match.
 */
import type { Config } from "./model.ts";
import { makeTarget } from "./target.ts";

export interface SubjectName {
  /** `web1 (www.example.org)`. */
  readonly text: string;
  /** Everything that it may be called. */
  readonly words: readonly string[];
}

export type SubjectNames = ReadonlyMap<string, SubjectName>;

/** Members by their labels and pools, references by their addresses. */
export function nameSubjects({ pools, references }: Pick<Config, "pools" | "references">): SubjectNames {
  const uses = new Map<string, { label: string; pool: string; address: string; id: string }[]>();
  for (const pool of pools) {
    for (const member of pool.members) {
      const use = { label: member.label, pool: pool.name, address: member.address, id: member.id };
      const target = makeTarget(member).id;
      uses.set(target, [...(uses.get(target) ?? []), use]);
      uses.set(member.id, [use]);
    }
  }
  const names = new Map<string, SubjectName>();
  for (const [subject, list] of uses) {
    const [first, ...others] = list;
    if (first === undefined) continue;
    const more = others.length === 0 ? "" : ` and ${others.length} more`;
    const words = new Set(list.flatMap(({ address, id, label, pool }) => [label, address, id, pool]));
    names.set(subject, { text: `${first.label} (${first.pool}${more})`, words: [...words] });
  }
  for (const { address, id } of references) names.set(id, { text: `reference ${address}`, words: [address, id] });
  return names;
}
