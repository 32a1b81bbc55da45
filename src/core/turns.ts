/**
 * The orders in which the members of one answer take turns. DNS has no weights: a proportion comes only from how
 * often an address is first, or named at all. The server goes through the turns one query after another, so the
 * proportion is exact over one round and nothing is computed for a query.
 */
import type { Turns } from "../dns/types.ts";

/** More turns than this are not compiled for one answer. */
const turnsMax = 256;
/** Nor more member places over all its turns: an answer of a thousand members has few turns. */
const placesMax = 8192;

/** Every member is first about equally often, exactly so up to 90 members; each turn names `count` of `size`. */
export function rotations(size: number, count: number): Turns {
  const named = Math.min(count, size);
  const turns = Math.max(1, Math.min(size, turnsMax, Math.floor(placesMax / named)));
  return { round: Array.from({ length: size }, (_, i) => i), count: turns, named };
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

/** Integers in the same proportions, small enough that one round fits into `turnsMax`; none becomes zero. */
function shrink(weights: readonly number[]): number[] {
  const divisor = weights.reduce(commonDivisor, 0);
  const small = weights.map((weight) => weight / divisor);
  const sum = small.reduce((a, b) => a + b, 0);
  if (sum <= turnsMax) return small;
  return small.map((weight) => Math.max(1, Math.round((weight * turnsMax) / sum)));
}

/**
 * Members by weight, spread evenly over the round and not in blocks: "smooth weighted round robin", as nginx does it.
 * All weights are positive.
 */
function weightedRound(weights: readonly number[]): number[] {
  const step = shrink(weights);
  const sum = step.reduce((a, b) => a + b, 0);
  const credit = step.map(() => 0);
  return Array.from({ length: sum }, () => {
    let best = 0;
    for (const [i, weight] of step.entries()) {
      credit[i] = (credit[i] ?? 0) + weight;
      if ((credit[i] ?? 0) > (credit[best] ?? 0)) best = i;
    }
    credit[best] = (credit[best] ?? 0) - sum;
    return best;
  });
}

/** Each member is first in proportion to its weight; the rest of a turn follows in the order of the round. */
export function weightedTurns(weights: readonly number[], count: number): Turns {
  const round = weightedRound(weights);
  return { round, count: round.length, named: Math.min(count, weights.length) };
}
