/**
 * The story as it is told: which events are shown under a filter, newest first, under the day they belong to. Events
 * about a target concern every pool that has a member judged by it.
 */
import type { HistoryEvent, HistoryKind } from "../../src/core/model.ts";
import type { PoolView } from "../../src/core/view.ts";
import { dayNumber } from "./format.ts";

export interface StoryDay {
  readonly day: number;
  readonly events: readonly HistoryEvent[];
}

/** Every subject that concerns the pool or member that is asked for; null: no filter. */
export function subjectsOf(pools: readonly PoolView[], wanted: string | null): ReadonlySet<string> | null {
  if (wanted === null) return null;
  const subjects = new Set([wanted]);
  for (const pool of pools) {
    if (pool.name === wanted) subjects.add(pool.zone);
    for (const member of pool.members) {
      if (pool.name !== wanted && member.id !== wanted) continue;
      subjects.add(member.id);
      subjects.add(member.targetId);
    }
  }
  return subjects;
}

export function tellStory(
  events: readonly HistoryEvent[],
  subjects: ReadonlySet<string> | null,
  kinds: ReadonlySet<HistoryKind>,
): HistoryEvent[] {
  return events
    .filter(
      (event) => (subjects === null || subjects.has(event.subject)) && (kinds.size === 0 || kinds.has(event.kind)),
    )
    .toReversed();
}

/** Groups events that are newest first by local day. */
export function splitDays(events: readonly HistoryEvent[]): StoryDay[] {
  const days: { day: number; events: HistoryEvent[] }[] = [];
  for (const event of events) {
    const day = dayNumber(new Date(event.at));
    const last = days.at(-1);
    if (last?.day === day) last.events.push(event);
    else days.push({ day, events: [event] });
  }
  return days;
}

/** Adds events to those that are kept: rising by id, each once, at most `most`, the oldest forgotten first. */
export function mergeEvents(
  kept: readonly HistoryEvent[],
  added: readonly HistoryEvent[],
  most: number,
): readonly HistoryEvent[] {
  const last = kept.at(-1)?.id ?? -1;
  const fresh = added.filter((event) => event.id > last);
  if (fresh.length === added.length && isRising(fresh)) return [...kept, ...fresh].slice(-most);
  const byId = new Map([...kept, ...added].map((event) => [event.id, event]));
  return [...byId.values()].sort((a, b) => a.id - b.id).slice(-most);
}

function isRising(events: readonly HistoryEvent[]): boolean {
  return events.every((event, index) => index === 0 || event.id > (events[index - 1]?.id ?? 0));
}
