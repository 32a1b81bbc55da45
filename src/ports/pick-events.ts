/** What a question about the story means, for events that are held in memory. */
import type { HistoryEvent } from "../core/model.ts";
import type { HistoryQuery } from "./store.ts";

/** `events` in the order of their ids. */
export function pickEvents(events: readonly HistoryEvent[], query: HistoryQuery): readonly HistoryEvent[] {
  const found = events.filter(
    (event) =>
      event.id > (query.afterId ?? Number.NEGATIVE_INFINITY) &&
      event.at >= (query.sinceMs ?? Number.NEGATIVE_INFINITY) &&
      (query.subject === undefined || event.subject === query.subject) &&
      (query.kind === undefined || event.kind === query.kind) &&
      (query.operator === undefined || event.by !== undefined),
  );
  if (query.afterId !== undefined) return found.slice(0, query.limit);
  return query.limit === 0 ? [] : found.slice(-query.limit);
}
