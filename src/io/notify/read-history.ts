/** Long stretches of the history, page by page, so that no single question holds up the store. */
import type { HistoryEvent } from "../../core/model.ts";
import type { HistoryQuery, Store } from "../../ports/store.ts";

const pageMax = 1000;
/** Pages of one reading: what is older than that is left out. */
export const historyPagesMax = 500;

/** From the oldest that fits; at most `historyPagesMax` pages. */
export async function readHistory(
  store: Pick<Store, "history">,
  { afterId = 0, sinceMs }: Pick<HistoryQuery, "afterId" | "sinceMs">,
): Promise<readonly HistoryEvent[]> {
  const events: HistoryEvent[] = [];
  let last = afterId;
  for (let page = 0; page < historyPagesMax; page++) {
    const since = sinceMs === undefined ? {} : { sinceMs };
    const found = await store.history({ afterId: last, ...since, limit: pageMax });
    events.push(...found);
    last = found.at(-1)?.id ?? last;
    if (found.length < pageMax) break;
  }
  return events;
}
