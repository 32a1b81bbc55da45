/**
 * What the page knows, as signals. Only `live.ts` and the forms write here; the parts read. Times are the
 * controller's: its clock and the reader's may differ, and `now` is corrected by what its last status said.
 */
import { computed, signal } from "@preact/signals";
import type { HistoryEvent } from "../../src/core/model.ts";
import type { MemberView, StatusView } from "../../src/core/view.ts";
import { writeHeadline } from "./headline.ts";
import { mergeEvents } from "./tell.ts";

export type Link =
  | { readonly kind: "connecting" }
  | { readonly kind: "live" }
  | { readonly kind: "lost"; readonly since: number; readonly why: string }
  /** The API wants a token; `refused`: it did not like the one it got. */
  | { readonly kind: "locked"; readonly refused: boolean };

/** What is kept of the story in memory; an hour of a thousand members that all fall fits. */
export const eventsMax = 5_000;
export const stripMs = 60 * 60 * 1000;
const samplesMax = 60;
/** Two clocks that differ by less are taken as the same. */
const clockSlackMs = 1_500;

export const link = signal<Link>({ kind: "connecting" });
export const status = signal<StatusView | null>(null);
export const events = signal<readonly HistoryEvent[]>([]);
/** The controller's time, once a second. */
export const now = signal(Date.now());
/** The same, in steps: strips move by less than a pixel in between. */
export const slowNow = computed(() => Math.floor(now.value / 10_000) * 10_000);
export const headline = computed(() => (status.value === null ? null : writeHeadline(status.value)));

let offsetMs = 0;
const samples = new Map<string, number[]>();

export function tick(): void {
  now.value = Date.now() + offsetMs;
}

export function takeStatus(view: StatusView): void {
  const offset = view.at - Date.now();
  if (Math.abs(offset - offsetMs) > clockSlackMs) offsetMs = offset;
  takeSamples(view.pools.flatMap((pool) => pool.members));
  tick();
  status.value = view;
}

export function takeEvents(added: readonly HistoryEvent[]): void {
  if (added.length > 0) events.value = mergeEvents(events.value, added, eventsMax);
}

function takeSamples(members: readonly MemberView[]): void {
  for (const member of members) {
    if (member.responseMs === null) continue;
    const kept = samples.get(member.id) ?? [];
    kept.push(member.responseMs);
    if (kept.length > samplesMax) kept.shift();
    samples.set(member.id, kept);
  }
}

/** Answering times of a member since the page was opened, oldest first. */
export function samplesOf(member: string): readonly number[] {
  return samples.get(member) ?? [];
}

/** Events by subject, those of the last hour and muster's own starts and stops among them. */
const eventsBySubject = computed(() => {
  const map = new Map<string, HistoryEvent[]>();
  for (const event of events.value) {
    const list = map.get(event.subject);
    if (list === undefined) map.set(event.subject, [event]);
    else list.push(event);
  }
  return map;
});

const ownEvents = computed(() => events.value.filter((event) => event.kind === "start" || event.kind === "stop"));

/** What the strip of a member is made from, rising by id. */
export function stripEventsOf(member: MemberView): readonly HistoryEvent[] {
  const found = eventsBySubject.value.get(member.targetId) ?? [];
  const own = member.id === member.targetId ? [] : (eventsBySubject.value.get(member.id) ?? []);
  return [...found, ...own, ...ownEvents.value].sort((a, b) => a.id - b.id);
}
