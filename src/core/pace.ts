/**
 * How fast a target usually answers, and so how long a probe may take. The estimate is that of TCP's
 * retransmission timer (RFC 6298, 2): a smoothed mean and a smoothed deviation, so that a far server gets the time
 * it needs and a near one is missed soon.
 */
import type { CheckConfig, Health } from "./model.ts";

export interface Pace {
  /** Smoothed answering time in ms; null before the first answer. */
  meanMs: number | null;
  deviationMs: number;
}

/** Added to the learned time, so that a scheduler's hiccup is no failure. */
const timeoutMarginMs = 250;
const meanGain = 1 / 8;
const deviationGain = 1 / 4;
const deviationsAllowed = 4;

export function createPace(): Pace {
  return { meanMs: null, deviationMs: 0 };
}

/** Takes in the time of one good probe. */
export function learnPace(pace: Pace, tookMs: number): void {
  if (pace.meanMs === null) {
    pace.meanMs = tookMs;
    pace.deviationMs = tookMs / 2;
    return;
  }
  pace.deviationMs += deviationGain * (Math.abs(tookMs - pace.meanMs) - pace.deviationMs);
  pace.meanMs += meanGain * (tookMs - pace.meanMs);
}

function usualMs(pace: Pace): number {
  return (pace.meanMs ?? 0) + deviationsAllowed * pace.deviationMs;
}

/**
 * The timeout for the next probe. A target that is not up gets the longest: nobody is sent there, so nothing is lost
 * by waiting, and a slow answer is learned rather than missed for ever.
 */
export function timeoutMs(check: CheckConfig, pace: Pace, health: Health): number {
  const { timeout } = check;
  if (timeout.kind === "fixed") return timeout.ms;
  if (health !== "up" || pace.meanMs === null) return timeout.maxMs;
  return Math.round(Math.min(timeout.maxMs, Math.max(timeout.minMs, usualMs(pace) + timeoutMarginMs)));
}

/** After so long without an answer a target is suspected, though the probe goes on. */
export function suspectAfterMs(check: CheckConfig, pace: Pace): number {
  return Math.max(check.suspectMs, usualMs(pace));
}
