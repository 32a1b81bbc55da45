/** Vantage points elsewhere: their names, what they may judge, and what they say. */
import type { Wall } from "../base/time.ts";
import type { FaultCode } from "./fault.ts";
import type { Health, ProbeConfig } from "./model.ts";

/** The controller among the vantage points. */
export const selfName = "self";

export function isWatcherName(name: string): boolean {
  return name !== selfName && /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name);
}

/**
 * Whether a watcher may carry out the probe: one that starts a program or reads a secret of the machine it runs on is
 * the controller's own business, and so are the words of agents, which only the controller hears.
 */
export function isProbeForWatchers(probe: ProbeConfig): boolean {
  if ("of" in probe) return probe.of.every(isProbeForWatchers);
  if ("password" in probe) return probe.password === null;
  return probe.kind !== "exec" && probe.kind !== "agent" && probe.kind !== "mount";
}

/** A watcher's word on a target. */
export interface WatcherWord {
  readonly targetId: string;
  readonly health: Health;
  readonly reason: string;
  /** Null: it is not down, or what failed is not known. */
  readonly fault: FaultCode | null;
  readonly since: Wall;
  /** A probe failed there, and it is confirming. */
  readonly suspected: boolean;
  /** False: it could not look lately. */
  readonly able: boolean;
}

export interface WatcherReport {
  readonly watcher: string;
  readonly words: readonly WatcherWord[];
  /** Why it cannot judge at present; null: it is well. */
  readonly sick: string | null;
}
