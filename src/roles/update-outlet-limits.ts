/** How often one server outside is asked, how much a request carries, and how long muster rests after failures. */
import type { Prng } from "../base/prng.ts";

export interface UpdateOutletLimits {
  /** From one comparison of everything to the next. */
  readonly compareMs: number;
  /** What was just written is looked at again after so long, then after twice as long, until `compareMs`. */
  readonly recheckMs: number;
  /** Sets asked for together; so many questions are signed without a pause. */
  readonly askSetsMax: number;
  /** Records and prerequisites of one request, in octets before compression; a message has at most 65,535. */
  readonly writeOctetsMax: number;
}

export const updateOutletLimits: UpdateOutletLimits = {
  compareMs: 60_000,
  recheckMs: 2000,
  askSetsMax: 50,
  writeOctetsMax: 32_000,
};

/**
 * Why a request came to nothing. `stale`: a prerequisite did not hold. `lost`: nobody knows whether it was carried out.
 * `unreachable`: it was not. `refused`: the server does not want it, which only people can change. `declined`: it does not
 * want something in it; what else is in it, it may want.
 */
export type FailureCause = "stale" | "lost" | "unreachable" | "refused" | "declined";

/** Requests in a row that a server may decline while it is found out what it does not want; then it wants nothing. */
export const declinedMax = 16;

/** Milliseconds; each rest is twice the one before. */
const rests: Readonly<Record<FailureCause, { readonly first: number; readonly max: number }>> = {
  stale: { first: 50, max: 10_000 },
  lost: { first: 50, max: 10_000 },
  unreachable: { first: 250, max: 10_000 },
  refused: { first: 2000, max: 60_000 },
  declined: { first: 2000, max: 60_000 },
};

/** Failures in a row that are no reason to rest. */
const free: Readonly<Record<FailureCause, number>> = {
  stale: 1,
  lost: 1,
  unreachable: 0,
  refused: 0,
  declined: declinedMax,
};

/**
 * How long to rest after the n-th failure in a row (from 1). Another writer, or one lost answer, is no reason to rest;
 * the second is. Between half of it and all of it, so that outlets do not come back together.
 */
export function restMs(cause: FailureCause, failures: number, prng: Prng): number {
  const { first, max } = rests[cause];
  const over = failures - free[cause];
  return over <= 0 ? 0 : Math.min(max, first * 2 ** Math.min(30, over - 1)) * (0.5 + prng.next() / 2);
}
