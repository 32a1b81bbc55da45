/**
 * What is said of a set of samples: median with the smallest and the largest. With the few runs a benchmark can
 * afford, a mean and a deviation would pretend to know the distribution; the spread as it was seen does not.
 */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
  readonly runs: number;
}

/** Of an even number of samples the median is the mean of the two in the middle. Throws when there are none. */
export function spreadOf(samples: readonly number[]): Spread {
  if (samples.length === 0) throw new Error("no samples: nothing can be said of them");
  const sorted = samples.toSorted((a, b) => a - b);
  return { median: medianOf(sorted), min: at(sorted, 0), max: at(sorted, sorted.length - 1), runs: sorted.length };
}

function medianOf(sorted: readonly number[]): number {
  const middle = Math.floor(sorted.length / 2);
  if (sorted.length % 2 === 1) return at(sorted, middle);
  return (at(sorted, middle - 1) + at(sorted, middle)) / 2;
}

/** The smallest sample that `share` (0 to 1) of all samples do not exceed (nearest rank). */
export function percentileOf(samples: readonly number[], share: number): number {
  if (samples.length === 0) throw new Error("no samples: there is no percentile");
  const sorted = samples.toSorted((a, b) => a - b);
  const rank = Math.min(sorted.length, Math.max(1, Math.ceil(share * sorted.length)));
  return at(sorted, rank - 1);
}

/** Three significant digits, or whole numbers from 100 on: more would be noise. */
export function formatNumber(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  if (size >= 100) return Math.round(value).toLocaleString("en-US");
  return Number(value.toPrecision(3)).toString();
}

function at(sorted: readonly number[], index: number): number {
  const value = sorted[index];
  if (value === undefined) throw new Error(`no sample at ${index}`);
  return value;
}
