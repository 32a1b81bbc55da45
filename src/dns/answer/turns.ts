/** The order of one turn. Made when the turn is first answered, so that a set with many records stays small until then. */
import type { Turns } from "../types.ts";

/** Indexes of the records that the turn names, in order. */
export function turnOrder({ count, named, round }: Turns, turn: number): readonly number[] {
  const start = Math.floor(((turn % count) * round.length) / count);
  const order = new Set<number>();
  for (let i = 0; i < round.length && order.size < named; i++) {
    order.add(round[(start + i) % round.length] as number);
  }
  return [...order];
}
