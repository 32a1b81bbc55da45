/** Waiting for conditions, each with a limit and a reason. */
import { setTimeout as delay } from "node:timers/promises";

const pollMs = 20;
const untilMsMax = 60_000;

/** Resolves with the first value that is not null; fails naming what did not come, and what was seen last. */
export async function until<T>(
  what: string,
  look: () => Promise<T | null> | T | null,
  msMax: number = untilMsMax,
): Promise<T> {
  const endsAt = performance.now() + msMax;
  for (;;) {
    const value = await look();
    if (value !== null) return value;
    if (performance.now() > endsAt) throw new Error(`waited ${msMax} ms in vain until ${what}`);
    await delay(pollMs);
  }
}
