/** Who did what: acts of operators, the newest first, from the record and from what happens while the page is open. */
import type { HistoryEvent } from "../../src/core/model.ts";
import { mergeEvents } from "./tell.ts";

/** What an operator did carries who and why. */
export function listActs(
  record: readonly HistoryEvent[],
  live: readonly HistoryEvent[],
  most: number,
): readonly HistoryEvent[] {
  const told = live.filter(({ by }) => by !== undefined);
  return mergeEvents(record, told, Number.POSITIVE_INFINITY).toReversed().slice(0, most);
}

/** `drain → none`; null: the act has no before and after. */
export function changeOf({ from, to }: HistoryEvent): { readonly before: string; readonly after: string } | null {
  return from === null && to === null ? null : { before: from ?? "none", after: to ?? "none" };
}
