/** How much waits, how often is told, and how long muster rests after failures. */
import type { Prng } from "../../base/prng.ts";

/** Lines of one message; critical ones take the place of others. */
export const linesMax = 100;
/** Messages to one channel that wait; the least important go first, and among them the oldest. */
export const messagesMax = 200;
/** Messages to one channel within an hour; what comes then goes into the next. */
export const messagesPerHourMax = 60;
/** Things that were told too often, each waiting with its last state, of one channel. */
export const mutedMax = 200;
/** Incidents that are remembered; beyond it the oldest is forgotten. */
export const incidentsMax = 20_000;
export const hourMs = 3_600_000;
export const minuteMs = 60_000;
/** A channel that failed so often in a row is told of. */
export const failuresTold = 3;

/** Milliseconds; each rest is twice the one before. */
const rests = { failed: { first: 1000, max: 300_000 }, refused: { first: 60_000, max: 3_600_000 } } as const;

/** How long to rest after the n-th failure in a row (from 1): between half of it and all of it. */
export function restMs(kind: keyof typeof rests, failures: number, prng: Prng): number {
  const { first, max } = rests[kind];
  return Math.min(max, first * 2 ** Math.min(30, failures - 1)) * (0.5 + prng.next() / 2);
}
