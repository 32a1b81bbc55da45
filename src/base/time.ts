/**
 * Two kinds of time that must never be mixed. `Mono` counts milliseconds since an arbitrary start and never
 * steps: every wait and every comparison uses it. `Wall` is Unix time in milliseconds, for people, for files
 * and for SOA serials: it may jump either way. Code below `io` gets both as arguments and reads neither.
 */
declare const monoBrand: unique symbol;
declare const wallBrand: unique symbol;

/** Milliseconds on the monotonic clock; fractions are allowed. */
export type Mono = number & { readonly [monoBrand]: true };
/** Unix time in milliseconds. */
export type Wall = number & { readonly [wallBrand]: true };

/** One reading of both clocks, taken at the same moment. */
export interface Now {
  readonly mono: Mono;
  readonly wall: Wall;
}

export function mono(ms: number): Mono {
  return ms as Mono;
}

export function wall(ms: number): Wall {
  return ms as Wall;
}

export function later(at: Mono, ms: number): Mono {
  return (at + ms) as Mono;
}

/** The monotonic instant that lies furthest away; no wait ends there. */
export const never: Mono = Number.POSITIVE_INFINITY as Mono;
