/**
 * Long work in slices: a generator that yields nothing where others may have their turn, and returns the result. Whoever must
 * not hold anybody up takes a slice at a time; who has a thread to itself takes them all.
 */
export type Slices<T> = Generator<void, T>;

/** Does all of the work at once. */
export function allSlices<T>(work: Slices<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}
