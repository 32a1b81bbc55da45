/**
 * What is judged: an address and a check. The id is stable across restarts, readable, and equal exactly when both
 * are equal, so members of several pools that share them share one target and are probed once.
 */
import type { CheckConfig, MemberConfig, Target } from "./model.ts";
import { probePhrase, probeSummary } from "./probe-text.ts";

export function makeTarget(member: MemberConfig): Target {
  return makeReference(member);
}

/** A target that is no member: it is judged, and answered for nothing. */
export function makeReference({ address, check, family }: Omit<Target, "id">): Target {
  return { id: `${address} ${probeSummary(check.probe)} #${hash(JSON.stringify(check))}`, address, family, check };
}

/** The check in a few words, for people. */
export function describeCheck(check: CheckConfig): string {
  return `${probePhrase(check.probe)} every ${check.intervalMs / 1000} s`;
}

/** 32-bit FNV-1a as eight hex digits: tells checks of one address apart, nothing more. */
function hash(text: string): string {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return (value >>> 0).toString(16).padStart(8, "0");
}
