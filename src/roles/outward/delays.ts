/**
 * How long a nameserver takes to serve a change: counts in named buckets since the start, for graphs, and the last
 * delays themselves, for medians that are not rounded to a bucket.
 */
import type { DelaysView } from "../../core/view.ts";

/** Upper ends in ms; one more bucket holds what took longer. */
const bucketsMs = [5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000] as const;
/** Delays from which median and 99th percentile are taken. */
const recentMax = 200;

export interface Delays {
  readonly counts: number[];
  sumMs: number;
  recent: number[];
}

export function createDelays(): Delays {
  return { counts: Array.from({ length: bucketsMs.length + 1 }, () => 0), sumMs: 0, recent: [] };
}

export function addDelay(delays: Delays, ms: number): void {
  const found = bucketsMs.findIndex((end) => ms <= end);
  const bucket = found < 0 ? bucketsMs.length : found;
  delays.counts[bucket] = (delays.counts[bucket] ?? 0) + 1;
  delays.sumMs += ms;
  delays.recent.push(ms);
  if (delays.recent.length > recentMax) delays.recent = delays.recent.slice(-recentMax);
}

export function viewDelays({ counts, recent, sumMs }: Delays): DelaysView {
  const sorted = recent.toSorted((a, b) => a - b);
  return {
    count: counts.reduce((sum, count) => sum + count, 0),
    sumMs: Math.round(sumMs * 10) / 10,
    lastMs: quantile(recent.slice(-1), 1),
    p50Ms: quantile(sorted, 0.5),
    p99Ms: quantile(sorted, 0.99),
    buckets: counts.map((count, i) => ({ ms: bucketsMs[i] ?? null, count })),
  };
}

/** The smallest delay that so large a share of all does not exceed, in tenths of a millisecond. */
function quantile(sorted: readonly number[], share: number): number | null {
  const found = sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)];
  return found === undefined ? null : Math.round(found * 10) / 10;
}
