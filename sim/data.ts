/**
 * What mirrors serve and where it comes from: an origin that has newer data every second, and mirrors that follow it, are
 * stuck, tell a time that cannot be, or tell none. Their clocks are right, whatever is done to muster's.
 */
import { type Wall, wall } from "../src/base/time.ts";

/** `gone`: its document cannot be fetched. `ahead`: its time lies in the future. */
export type MirrorState = "follows" | "stuck" | "gone" | "ahead";

export interface Mirror {
  state: MirrorState;
  /** When its data is from. */
  at: Wall;
}

export interface Origin {
  /** When the newest data is from. */
  at: Wall;
  isReadable: boolean;
}

const aheadMs = 3_600_000;

/** What a mirror's document tells; null: it cannot be fetched. */
export function stampOf({ at, state }: Mirror): Wall | null {
  if (state === "gone") return null;
  return state === "ahead" ? wall(at + aheadMs) : at;
}
