/**
 * What the page's dialog may ask: for each act of an operator its verb, what it does in a sentence, which fields it needs,
 * and the request that carries it out.
 */
import type { MaintenanceView, MemberView, PoolView } from "../../src/core/view.ts";
import { type By, callAct } from "./api.ts";
import type { AskedFields } from "./parts/ask-fields.tsx";

export type Question =
  | { readonly kind: "drain" | "disable" | "enable" | "release"; readonly member: MemberView; readonly pool: PoolView }
  | { readonly kind: "failback" | "pin" | "unpin"; readonly pool: PoolView }
  /** `scope`: what stands in the form at first. */
  | { readonly kind: "plan"; readonly scope: string; readonly pools: readonly PoolView[] }
  | { readonly kind: "end" | "cancel"; readonly window: MaintenanceView }
  | { readonly kind: "brake" };

const verbs: Readonly<Record<Question["kind"], string>> = {
  drain: "Drain",
  disable: "Disable",
  enable: "Enable",
  release: "Release",
  failback: "Fail back",
  pin: "Pin",
  unpin: "Unpin",
  plan: "Plan maintenance",
  end: "End maintenance",
  cancel: "Cancel maintenance",
  brake: "Release the brake",
};

export function verbOf({ kind }: Question): string {
  return verbs[kind];
}

export function titleOf(asked: Question): string {
  const verb = verbOf(asked);
  if ("member" in asked) return `${verb} ${asked.member.label}?`;
  if ("pool" in asked) return `${verb} ${asked.pool.name}?`;
  if ("window" in asked) return `${verb} ${asked.window.name}?`;
  return asked.kind === "brake" ? `${verb}?` : verb;
}

export function effectOf(asked: Question): string {
  switch (asked.kind) {
    case "drain":
    case "disable":
      return leavingOf(asked);
    case "enable":
      return `Its health alone decides again whether ${asked.pool.name} answers with it.`;
    case "release":
      return "What was counted of it is forgotten, and it is answered again at once if it is healthy.";
    case "failback":
      return "The best priority that is fit answers at once, instead of waiting.";
    case "pin":
      return "It answers exactly this address, whatever its members do: failover is off.";
    case "unpin":
      return "Its members decide again what it answers, at once.";
    case "plan":
      return "Members leave the answers one TTL before it begins and come back when it is over; what happens meanwhile is no alarm.";
    case "end":
      return asked.window.series !== null
        ? "Its members are answered again if they are healthy. It comes again at its next time."
        : "Its members are answered again if they are healthy.";
    case "cancel":
      return "It comes no more. If it runs, its members are answered again if they are healthy.";
    case "brake":
      return "Those that fail are really down: they are probed at once, and leave the answers if they still fail.";
  }
}

function leavingOf({
  kind,
  member,
  pool,
}: Extract<Question, { kind: "drain" | "disable" | "enable" | "release" }>): string {
  const others = pool.members.filter((other) => other.id !== member.id && isFit(other)).length;
  const last = others === 0 ? " No other member is fit: the last resort would be served." : "";
  const out = `New answers for ${pool.name} leave it out; clients may use it for the TTL of ${pool.answer.ttlSeconds} s more.`;
  return kind === "drain" ? `${out}${last}` : `${out} Not even a last resort will use it.${last}`;
}

function isFit(member: MemberView): boolean {
  return member.health === "up" && member.override === null;
}

export interface Fields {
  /** A reason is needed; otherwise it may be given. */
  readonly mustExplain: boolean;
  /** Of a reason. */
  readonly example: string;
  /** How long: choices, or not asked. */
  readonly span: "open" | "limited" | null;
  /** Of a pin: what to choose from. */
  readonly addresses: readonly string[];
  /** Of a window: what to choose from, and what stands there at first. */
  readonly scope: { readonly first: string; readonly known: readonly string[] } | null;
}

export function fieldsOf(asked: Question): Fields {
  const none = { mustExplain: false, example: "done", span: null, addresses: [], scope: null } as const;
  switch (asked.kind) {
    case "drain":
    case "disable":
      return { ...none, mustExplain: true, example: "kernel update", span: "open" };
    case "pin": {
      const { answer, members, record } = asked.pool;
      const addresses = record === "address" ? members.map(({ address }) => address) : answer.addresses;
      return { ...none, mustExplain: true, example: "moving house", span: "open", addresses };
    }
    case "plan": {
      const known = asked.pools.flatMap(({ members, name }) => [name, ...members.map(({ label }) => label)]);
      return { ...none, mustExplain: true, example: "new disk", span: "limited", scope: { first: asked.scope, known } };
    }
    case "enable":
    case "release":
    case "failback":
    case "unpin":
    case "end":
    case "cancel":
    case "brake":
      return none;
  }
}

export function perform(asked: Question, fields: AskedFields): Promise<void> {
  const { forSeconds, owner, reason } = fields;
  const by: By = reason === "" ? { owner } : { owner, reason };
  const set = { ...by, ...(forSeconds === null ? {} : { forSeconds }) };
  switch (asked.kind) {
    case "drain":
    case "disable":
      return callAct("POST", ["overrides"], { body: { member: asked.member.id, kind: asked.kind, ...set } });
    case "enable":
      return callAct("DELETE", ["overrides", asked.member.id], { by });
    case "release":
      return callAct("DELETE", ["holds", asked.member.id], { by });
    case "pin":
      return callAct("POST", ["pins"], { body: { pool: asked.pool.name, address: fields.address, ...set } });
    case "unpin":
      return callAct("DELETE", ["pins", asked.pool.name], { by });
    case "failback":
      return callAct("POST", ["pools", asked.pool.name, "failback"], { by });
    case "plan":
      return callAct("POST", ["maintenance"], { body: { ...windowOf(asked.pools, fields), ...set } });
    case "end":
      return callAct("DELETE", ["maintenance", asked.window.name], { by });
    case "cancel":
      return callAct("DELETE", ["maintenance", asked.window.name, "series"], { by });
    case "brake":
      return callAct("DELETE", ["brake"], { by });
  }
}

/** What is no pool's name is a member's. */
function windowOf(pools: readonly PoolView[], { again, from, name, scope }: AskedFields): object {
  const isPool = (word: string): boolean => pools.some((pool) => pool.name === word);
  return {
    members: scope.filter((word) => !isPool(word)),
    pools: scope.filter(isPool),
    ...(name === "" ? {} : { name }),
    ...(again ?? (from === null ? {} : { from })),
  };
}
