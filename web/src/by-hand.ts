/**
 * What people have set by hand, and what waits for a person: one list over overrides, pins, windows of maintenance, holds,
 * the brake and failbacks, each with who, why and until when. The page shows it with the way to end each.
 */
import type { MaintenanceView, MemberView, PoolView, StatusView } from "../../src/core/view.ts";
import { formatDateTime, listWords } from "./format.ts";

export type HandMark = "drain" | "disable" | "maintenance" | "pin" | "flapping" | "suspected" | "down";

/** What ends it. */
export type Ending =
  | { readonly kind: "enable" | "release"; readonly member: MemberView; readonly pool: PoolView }
  | { readonly kind: "unpin" | "failback"; readonly pool: PoolView }
  | { readonly kind: "end" | "cancel"; readonly window: MaintenanceView }
  | { readonly kind: "brake" };

export interface HandEntry {
  readonly key: string;
  readonly mark: HandMark;
  readonly word: string;
  /** Whom it is about. */
  readonly what: string;
  /** Null: muster itself. */
  readonly owner: string | null;
  readonly reason: string;
  /** Null: it has not begun (`until` is then its end). */
  readonly since: number | null;
  readonly from: number | null;
  /** Null: until somebody ends it. */
  readonly until: number | null;
  readonly ending: Ending;
  /** Of a series that somebody ordered: what ends all of it. */
  readonly endingAll?: Ending;
}

const words = { drain: "drained", disable: "disabled" } as const;

/** What waits for a person first, what comes by itself last. */
export function listByHand(view: StatusView): readonly HandEntry[] {
  return [
    ...brakeOf(view),
    ...view.pools.flatMap(failbackOf),
    ...view.pools.flatMap(pinOf),
    ...view.pools.flatMap((pool) => pool.members.flatMap((member) => overrideOf(pool, member))),
    ...holdsOf(view),
    ...view.maintenance.toSorted((a, b) => a.from - b.from).map(windowOf),
  ];
}

function brakeOf({ guard, pools }: StatusView): readonly HandEntry[] {
  if (guard.brakingSince === null) return [];
  const held = new Set(pools.flatMap((pool) => pool.members.filter(isBraked).map(({ label }) => label)));
  const what = listWords([...held], 6) || "nobody";
  const who = held.size === 1 ? "it fails, and stays" : "they fail, and stay";
  const reason = `the brake: ${who} in the answers until somebody says that it is real`;
  return [
    {
      ...{ key: "brake", mark: "down", word: "held back", what, owner: null, reason },
      ...{ since: guard.brakingSince, from: null, until: null, ending: { kind: "brake" } },
    },
  ];
}

function isBraked({ heldBack }: MemberView): boolean {
  return heldBack === "brake";
}

function failbackOf(pool: PoolView): readonly HandEntry[] {
  const at = pool.answer.failbackAt;
  if (at === undefined) return [];
  const reason = at === null ? "a better priority is fit again and waits for you" : "a better priority is fit again";
  return [
    {
      ...{ key: `failback ${pool.name}`, mark: "suspected", word: "waits to fail back", what: pool.name, owner: null },
      ...{ reason, since: null, from: null, until: at, ending: { kind: "failback", pool } },
    },
  ];
}

function pinOf(pool: PoolView): readonly HandEntry[] {
  if (pool.pin === null) return [];
  const { address, expiresAt, owner, reason, setAt } = pool.pin;
  const what = `${pool.name} to ${address}`;
  const told = { key: `pin ${pool.name}`, mark: "pin", word: "pinned", what, owner, reason } as const;
  return [{ ...told, since: setAt, from: null, until: expiresAt, ending: { kind: "unpin", pool } }];
}

function overrideOf(pool: PoolView, member: MemberView): readonly HandEntry[] {
  const { override } = member;
  // A window is one line for all its members.
  if (override === null || override.kind === "maintenance") return [];
  const { expiresAt, kind, owner, reason, setAt } = override;
  const told = { key: member.id, mark: kind, word: words[kind], what: nameIn(pool, member), owner, reason } as const;
  return [{ ...told, since: setAt, from: null, until: expiresAt, ending: { kind: "enable", member, pool } }];
}

/** Members of several pools that are judged by one target are held, and released, together. */
function holdsOf({ pools }: StatusView): readonly HandEntry[] {
  const seen = new Map<string, HandEntry>();
  for (const pool of pools) {
    for (const member of pool.members) {
      if (member.heldUntil === null || seen.has(member.targetId)) continue;
      const told = { key: `hold ${member.targetId}`, mark: "flapping", word: "held for flapping" } as const;
      const ending = { kind: "release", member, pool } as const;
      const about = { what: nameIn(pool, member), owner: null, reason: member.reason };
      seen.set(member.targetId, { ...told, ...about, since: null, from: null, until: member.heldUntil, ending });
    }
  }
  return [...seen.values()];
}

function windowOf(window: MaintenanceView): HandEntry {
  const { from, name, owner, reason, running, series, to } = window;
  const word = running ? "in maintenance" : series !== null ? "comes again" : "planned";
  const isOrdered = series === null || series.ordered;
  return {
    ...{ key: `maintenance ${name}`, mark: "maintenance", word, what: windowText(window), reason },
    ...{ owner: isOrdered ? owner : null, since: running ? from : null, from: running ? null : from, until: to },
    ...{ ending: { kind: "end", window } },
    ...(series?.ordered === true ? { endingAll: { kind: "cancel", window } } : {}),
  };
}

function windowText({ members, name, pools, series }: MaintenanceView): string {
  const scope = [...pools, ...members];
  const about =
    scope.length === 0 ? `${name}: everything` : scope.includes(name) ? name : `${name}: ${scope.join(", ")}`;
  if (series === null) return about;
  const until = series.until === null ? "" : `, until ${formatDateTime(series.until)}`;
  return `${about}, ${series.every} ${series.timeZone}${until}`;
}

function nameIn(pool: PoolView, { label }: MemberView): string {
  return `${label} of ${pool.name}`;
}
