/**
 * The top line: the one sentence that somebody woken at night reads first. The worst thing comes first, the others
 * follow as details; its tone colours the head of the page, the tab's icon and nothing else.
 */
import type { MemberView, PoolView, StatusView } from "../../src/core/view.ts";
import { count, listWords } from "./format.ts";
import { tellLate } from "./publishing.ts";

export type Tone = "calm" | "notice" | "bad" | "alarm";

/** What is drawn before the sentence. */
export type HeadMark = "up" | "down" | "suspected" | "unproven" | "drain" | "disable" | "maintenance" | "pin";

export interface Headline {
  readonly tone: Tone;
  readonly mark: HeadMark;
  readonly sentence: string;
  /** Further sentences in falling order of weight. */
  readonly details: readonly string[];
}

interface Finding {
  readonly tone: Tone;
  readonly mark: HeadMark;
  readonly sentence: string;
}

const order: readonly Tone[] = ["alarm", "bad", "notice", "calm"];

export function writeHeadline(status: StatusView): Headline {
  const findings = [
    ...guards(status),
    ...lastResorts(status),
    ...fallen(status),
    ...troubles(status),
    ...late(status),
    ...splits(status),
    ...watchers(status),
    ...pins(status),
    ...notices(status),
  ];
  const sorted = order.flatMap((tone) => findings.filter((finding) => finding.tone === tone));
  const [first, ...rest] = sorted.length === 0 ? [allWell(status)] : sorted;
  if (first === undefined) return { tone: "calm", mark: "up", sentence: "", details: [] };
  const details = rest.map((finding) => finding.sentence);
  if (first.tone === "notice") details.push("No member is down");
  return { ...first, details };
}

/** Out by somebody's hand: its health is not news. */
export function isFallen(member: MemberView): boolean {
  return (member.health === "down" || member.health === "flapping") && member.override === null;
}

/** Anything about a pool that a person should see without opening it. */
export function needsAttention(pool: PoolView): boolean {
  if (pool.pin !== null || pool.answer.lastResort || pool.answer.failbackAt !== undefined) return true;
  return pool.members.some(isNotable);
}

/** A person should see it without asking. */
export function isNotable({ health, heldBack, opinions = [], override, suspected }: MemberView): boolean {
  return health !== "up" || suspected || override !== null || heldBack !== null || isSplit(opinions);
}

/** What keeps members in the answers although they fail: nobody may overlook that judgement is not what it was. */
function guards({ guard, pools, unsaved }: StatusView): Finding[] {
  const found: Finding[] = [];
  if (unsaved !== undefined)
    found.push({ tone: "alarm", mark: "down", sentence: `Decisions cannot be saved: ${unsaved}` });
  if (guard.sickSince !== null)
    found.push({ tone: "alarm", mark: "down", sentence: "No reference answers: the checker itself is cut off" });
  const held = pools.flatMap(({ members }) => members.filter(({ heldBack }) => heldBack === "brake"));
  if (guard.brakingSince === null) return found;
  const names = listWords([...new Set(held.map(nameOf))]);
  const verb = held.length === 1 ? "fails and stays" : "fail and stay";
  found.push({ tone: "alarm", mark: "down", sentence: `The brake holds: ${names} ${verb} until you release it` });
  return found;
}

/** Vantage points that vote find different things. */
export function isSplit(opinions: NonNullable<MemberView["opinions"]>): boolean {
  const voters = opinions.filter(({ vote }) => vote === "votes");
  return voters.some(({ health }) => health === "up") && voters.some(({ health }) => health === "down");
}

/** Up, and yet down from somewhere. */
function splits({ pools }: StatusView): Finding[] {
  const members = pools.flatMap((pool) => pool.members);
  const split = members.filter(({ health, opinions = [] }) => health === "up" && isSplit(opinions));
  const places = (member: MemberView, health: string): string =>
    listWords(
      (member.opinions ?? []).flatMap((one) => (one.vote === "votes" && one.health === health ? [one.from] : [])),
    );
  const [first] = split;
  if (first === undefined) return [];
  const [up, down] = [places(first, "up"), places(first, "down")];
  const more = split.length > 1 ? `, and ${count(split.length - 1, "more member")} likewise` : "";
  const sentence = `${first.label} is up from ${up}, down from ${down}: route, not server${more}`;
  return [{ tone: "notice", mark: "suspected", sentence }];
}

function watchers({ watchers: all }: StatusView): Finding[] {
  const out = all
    .filter(({ state, votes }) => votes && state !== "well")
    .map(({ name, state }) => `${name} (${state})`);
  if (out.length === 0) return [];
  const verb = out.length === 1 ? "does" : "do";
  return [{ tone: "notice", mark: "suspected", sentence: `${listWords(out)} ${verb} not vote` }];
}

function pins(status: StatusView): Finding[] {
  const pools = status.pools.filter(({ pin }) => pin !== null);
  if (pools.length === 0) return [];
  const names = listWords(pools.map((pool) => pool.name));
  return [{ tone: "notice", mark: "pin", sentence: `${names}: pinned, failover is off` }];
}

function lastResorts(status: StatusView): Finding[] {
  const pools = status.pools.filter((pool) => pool.answer.lastResort);
  if (pools.length === 0) return [];
  const names = listWords(pools.map((pool) => pool.name));
  const nobody = pools.every((pool) => pool.answer.addresses.length === 0);
  const served = nobody ? "the answer is empty" : "the last resort is served";
  return [{ tone: "alarm", mark: "down", sentence: `${names}: no member is fit, ${served}` }];
}

function fallen(status: StatusView): Finding[] {
  const pools = status.pools.filter((pool) => !pool.answer.lastResort && pool.members.some(isFallen));
  if (pools.length <= 2) return pools.map((pool) => ({ tone: "bad", mark: "down", sentence: fallenOf(pool) }));
  const members = pools.reduce((sum, pool) => sum + pool.members.filter(isFallen).length, 0);
  const names = listWords(pools.map((pool) => pool.name));
  const sentence = `${count(members, "member is", "members are")} down in ${pools.length} pools: ${names}`;
  return [{ tone: "bad", mark: "down", sentence }];
}

function fallenOf(pool: PoolView): string {
  const out = pool.members.filter(isFallen);
  const word = out.every((member) => member.health === "flapping") ? "flapping" : "down";
  const verb = out.length === 1 ? "is" : "are";
  return `${pool.name}: ${out.length} of ${count(pool.members.length, "member")} ${verb} ${word}`;
}

function troubles(status: StatusView): Finding[] {
  return status.zones.flatMap((zone) =>
    zone.trouble === null
      ? []
      : [{ tone: "bad" as const, mark: "down" as const, sentence: `Zone ${zone.origin}: ${zone.trouble}` }],
  );
}

function late(status: StatusView): Finding[] {
  return tellLate(status).map((sentence) => ({ tone: "bad", mark: "down", sentence }));
}

/** Nothing is down, but a person would like to know. */
const noticed: readonly {
  readonly mark: HeadMark;
  readonly words: string;
  readonly of: (member: MemberView) => boolean;
}[] = [
  {
    mark: "suspected",
    words: "suspected, confirming probes are running",
    of: (member) => member.suspected && member.health === "up" && member.override === null,
  },
  {
    mark: "unproven",
    words: "not proved yet",
    of: (member) => member.health === "unproven" && member.override === null,
  },
  { mark: "maintenance", words: "in maintenance", of: (member) => member.override?.kind === "maintenance" },
  { mark: "disable", words: "disabled", of: (member) => member.override?.kind === "disable" },
  { mark: "drain", words: "drained", of: (member) => member.override?.kind === "drain" },
];

function notices(status: StatusView): Finding[] {
  const members = status.pools.flatMap((pool) => pool.members);
  const found: Finding[] = [];
  for (const { mark, words, of } of noticed) {
    // One machine may be a member of several pools.
    const matching = [...new Set(members.filter(of).map(nameOf))];
    const verb = matching.length === 1 ? "is" : "are";
    if (matching.length > 0) found.push({ tone: "notice", mark, sentence: `${listWords(matching)} ${verb} ${words}` });
  }
  for (const pool of status.pools) {
    const waits = pool.answer.failbackAt !== undefined;
    if (waits) found.push({ tone: "notice", mark: "suspected", sentence: `${pool.name} waits to fail back` });
  }
  return found;
}

function nameOf(member: MemberView): string {
  return member.label;
}

function allWell(status: StatusView): Finding {
  const members = status.pools.reduce((sum, pool) => sum + pool.members.length, 0);
  if (status.pools.length === 0) return { tone: "calm", mark: "up", sentence: emptySentence(status) };
  if (members === 1)
    return { tone: "calm", mark: "up", sentence: `The only member of ${status.pools[0]?.name ?? "the pool"} is up` };
  const pools =
    status.pools.length === 1 ? (status.pools[0]?.name ?? "") : `${status.pools.length.toLocaleString("en")} pools`;
  return { tone: "calm", mark: "up", sentence: `All ${members.toLocaleString("en")} members of ${pools} are up` };
}

function emptySentence(status: StatusView): string {
  if (status.zones.length === 0) return "Nothing is configured yet";
  return `${count(status.zones.length, "zone")} served, no pools yet`;
}
