import { type Now, mono, wall } from "../base/time.ts";
import type { Clock } from "../ports/clock.ts";

/** The machine's clocks: monotonic since the process started, and Unix time. */
export function createClock(): Clock {
  return { now: (): Now => ({ mono: mono(performance.now()), wall: wall(Date.now()) }) };
}
