/**
 * Flapping: a target whose health changes too often serves nobody well, even while it is up. Each change is remembered
 * for a while; when there are too many, the target is held out of answers, and comes back by itself when the hold is
 * over, if it is healthy then.
 *
 * `count`: more than so many changes within a window begin a hold of a fixed length. `penalty`: each change adds 1000,
 * half of which is forgotten every half-life; above `suppress` the target is held until the sum falls below `reuse`
 * (route flap damping, RFC 2439, 4.2).
 */
import { type Wall, wall } from "../base/time.ts";
import type { FlapConfig } from "./model.ts";

export interface Flap {
  /** When its health changed, oldest first. */
  flips: readonly Wall[];
  /** Null: not held. */
  heldUntil: Wall | null;
  /** Why it is held; empty while it is not. */
  holdReason: string;
}

/** Changes that are remembered of one target. */
export const flipsMax = 200;
const penaltyOfFlip = 1000;

export function createFlap(saved: Partial<Flap> = {}): Flap {
  return { flips: saved.flips ?? [], heldUntil: saved.heldUntil ?? null, holdReason: saved.holdReason ?? "" };
}

/** Remembers a change. True: a hold begins with it. */
export function noteFlip(flap: Flap, config: FlapConfig, at: Wall): boolean {
  const reason = holdReason(flap, config, at);
  if (reason === null) return false;
  flap.holdReason = reason;
  return true;
}

function holdReason(flap: Flap, config: FlapConfig, at: Wall): string | null {
  if (config.kind === "off") return null;
  flap.flips = [...flap.flips.filter((flip) => at - flip < memoryMs(config)), at].slice(-flipsMax);
  if (flap.heldUntil !== null) return null;
  if (config.kind === "count") {
    const count = flap.flips.length;
    if (count <= config.changes) return null;
    flap.heldUntil = wall(at + config.holdMs);
    return `it changed ${count} times within ${spanText(config.withinMs)}`;
  }
  const penalty = penaltyAt(flap, config.halfLifeMs, at);
  if (penalty <= config.suppress) return null;
  flap.heldUntil = wall(at + config.halfLifeMs * Math.log2(penalty / config.reuse));
  return `it changed so often that its penalty is ${Math.round(penalty)}, above ${config.suppress}`;
}

/** Ends a hold that is over. True: it was. */
export function endHold(flap: Flap, at: Wall): boolean {
  if (flap.heldUntil === null || at < flap.heldUntil) return false;
  release(flap);
  return true;
}

/** Forgets what was counted, so that the next change does not begin a hold at once. */
export function release(flap: Flap): void {
  flap.heldUntil = null;
  flap.holdReason = "";
  flap.flips = [];
}

function penaltyAt({ flips }: Flap, halfLifeMs: number, at: Wall): number {
  return flips.reduce((sum, flip) => sum + penaltyOfFlip * 2 ** (-(at - flip) / halfLifeMs), 0);
}

/** How long a change matters; after ten half-lives a thousandth of it is left. */
function memoryMs(config: Exclude<FlapConfig, { kind: "off" }>): number {
  return config.kind === "count" ? config.withinMs : config.halfLifeMs * 10;
}

export function spanText(ms: number): string {
  if (ms % 3_600_000 === 0) return `${ms / 3_600_000} h`;
  return ms % 60_000 === 0 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}
