/**
 * How old what a member serves is, as far as is known. A freshness probe finds it; a member whose document cannot be
 * fetched any more has no known age, and while the origin is down the last known one stays.
 */
import { type Wall, wall } from "../base/time.ts";
import type { FaultCode } from "./fault.ts";
import type { DataAge, Verdict } from "./model.ts";

/** A time further ahead than this is no clock's usual error. */
export const futureMsMax = 300_000;

/** What is known after a verdict. */
export function knownData(before: DataAge | null, verdict: Verdict): DataAge | null {
  if (verdict.kind === "unknown") return before;
  return verdict.data ?? (verdict.kind === "up" ? before : null);
}

type AgeVerdict =
  | { readonly kind: "up"; readonly detail: string; readonly data: DataAge }
  | { readonly kind: "down"; readonly reason: string; readonly fault: FaultCode; readonly data?: DataAge };

/** A mirror's time beside its origin's, which may be ahead of the checker's clock. */
export function judgeAge(times: { at: Wall; origin: Wall; now: Wall }, lagMsMax: number): AgeVerdict {
  const { at, origin } = times;
  const now = wall(Math.max(times.now, origin));
  const future = `its time lies ${lagText(at - now)} in the future`;
  if (at > now + futureMsMax) return { kind: "down", reason: future, fault: "wrong-reply" };
  const data = { at, staleMs: Math.max(0, origin - at) };
  const lag = describeLag(data.staleMs);
  if (data.staleMs <= lagMsMax) return { kind: "up", detail: lag, data };
  return { kind: "down", reason: `${lag}, ${lagText(lagMsMax)} allowed`, fault: "stale", data };
}

export function describeLag(staleMs: number): string {
  return staleMs === 0 ? "as new as the origin" : `behind the origin by ${lagText(staleMs)}`;
}

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

/** A span in its two largest units: `3 h 12 min`. */
export function lagText(ms: number): string {
  if (ms < minuteMs) return `${Math.floor(ms / 100) / 10} s`;
  if (ms < hourMs) return twoUnits(ms, { unitMs: minuteMs, unit: "min", restMs: secondMs, rest: "s" });
  if (ms < dayMs) return twoUnits(ms, { unitMs: hourMs, unit: "h", restMs: minuteMs, rest: "min" });
  return twoUnits(ms, { unitMs: dayMs, unit: "d", restMs: hourMs, rest: "h" });
}

interface Units {
  readonly unitMs: number;
  readonly unit: string;
  readonly restMs: number;
  readonly rest: string;
}

function twoUnits(ms: number, { rest, restMs, unit, unitMs }: Units): string {
  const left = Math.floor((ms % unitMs) / restMs);
  return `${Math.floor(ms / unitMs)} ${unit}${left === 0 ? "" : ` ${left} ${rest}`}`;
}
