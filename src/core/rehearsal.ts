/**
 * Rehearsals: a canary's check is made to fail on purpose, and what follows is measured from end to end. Here are the
 * words for it, what a rehearsal found, and how long a recovery may take by the configuration alone.
 */
import type { Wall } from "../base/time.ts";
import type { CheckConfig, PoolConfig } from "./model.ts";

/** A rehearsal that comes again and again. */
export interface RehearsalConfig {
  readonly pool: string;
  /** Days on which it is held, 0 (Sunday) to 6; empty: every day. */
  readonly days: readonly number[];
  /** Minutes after midnight. */
  readonly atMinute: number;
  /** IANA name. */
  readonly timeZone: string;
  /** How long the fault lasts at most. */
  readonly forMs: number;
}

/** How the check fails: refused at once, or silent until its timeout. */
export type FaultManner = "refused" | "silent";

/** `slow`: everything worked, and took longer than the pool's stated recovery. */
export type RehearsalVerdict = "ok" | "slow" | "failed";

/** Milliseconds are counted from the fault, or from its end where that is said; null: it did not come. */
export interface RehearsalView {
  readonly pool: string;
  readonly member: string;
  readonly at: Wall;
  readonly owner: string;
  readonly reason: string;
  readonly verdict: RehearsalVerdict;
  readonly sentence: string;
  /** The first bad probe, and the ruling that the member is down. */
  readonly suspectedMs: number | null;
  readonly decidedMs: number | null;
  readonly servers: readonly RehearsedServer[];
  /** How long resolvers may have kept the answer from before. */
  readonly ttlSeconds: number;
  /** Until the last server served the change, and that TTL. */
  readonly totalMs: number | null;
  readonly recoveryMs: number | null;
  /** From the end of the fault until every server named the member again. */
  readonly returnedMs: number | null;
}

export interface RehearsedServer {
  readonly name: string;
  readonly endpoint: string;
  /** When it no longer named the member. */
  readonly servedMs: number | null;
  /** When it named it again, from the end of the fault. */
  readonly returnedMs: number | null;
}

/** `silent`: endpoints of servers that never answered. */
export function judgeRehearsal(
  found: Omit<RehearsalView, "verdict" | "sentence">,
  silent: ReadonlySet<string> = new Set(),
): RehearsalView {
  const { decidedMs, member, recoveryMs, returnedMs, servers, suspectedMs, totalMs, ttlSeconds } = found;
  const say = (verdict: RehearsalVerdict, what: string): RehearsalView => ({
    ...found,
    verdict,
    sentence: `the rehearsal of ${member} ${verdict === "failed" ? "failed" : "went through"}: ${what}`,
  });
  if (suspectedMs === null) return say("failed", "no probe saw the fault");
  if (decidedMs === null) return say("failed", "the member was never ruled down");
  const behind = servers.filter(({ endpoint, servedMs }) => servedMs === null && !silent.has(endpoint));
  const mute = servers.filter(({ endpoint }) => silent.has(endpoint));
  const faults = [
    ...(behind.length === 0 ? [] : [`${listServers(behind)} went on naming the member`]),
    ...(mute.length === 0 ? [] : [`${listServers(mute)} never answered`]),
  ];
  if (faults.length > 0) return say("failed", faults.join("; "));
  if (returnedMs === null) {
    const missing = servers.filter((server) => server.returnedMs === null);
    return say("failed", `the member did not return${missing.length > 0 ? ` on ${listServers(missing)}` : ""}`);
  }
  const total = totalMs ?? 0;
  const parts = `detected in ${secondsText(decidedMs)}, served everywhere in ${secondsText(total - ttlSeconds * 1000)}, with the TTL ${secondsText(total)}`;
  const stated = recoveryMs === null ? "" : `the stated recovery of ${secondsText(recoveryMs)}`;
  if (recoveryMs !== null && total > recoveryMs) return say("slow", `${parts}, longer than ${stated}`);
  return say("ok", `${parts}${stated === "" ? "" : `, within ${stated}`}; back in ${secondsText(returnedMs)}`);
}

function listServers(servers: readonly RehearsedServer[]): string {
  return servers.map(({ endpoint, name }) => `${name} (${endpoint})`).join(", ");
}

/** From a fault to the ruling, at worst: nothing is seen for an interval, and then every probe hangs. */
export function detectionMsMax({ confirmMs, fall, intervalMs, suspectMs, timeout }: CheckConfig): number {
  const limitMs = timeout.kind === "fixed" ? timeout.ms : timeout.maxMs;
  return intervalMs + Math.min(suspectMs, limitMs) + (fall - 1) * confirmMs + limitMs;
}

/** By the configuration alone: the slowest check of the pool, and the TTL. */
export function recoveryMsMax({ members }: Pick<PoolConfig, "members">, ttlSeconds: number): number {
  return Math.max(0, ...members.map(({ check }) => detectionMsMax(check))) + ttlSeconds * 1000;
}

function secondsText(ms: number): string {
  return `${(ms / 1000).toFixed(2)} s`;
}
