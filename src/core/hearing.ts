/**
 * What was heard of agents, and what it means. Silence weighs as much as unfit, but only where somebody was listening: a
 * controller that has just started, or was frozen and runs again, has not heard anybody yet, and judges nobody by that. Nor
 * does one that has just heard of an agent by a reload judge that one.
 *
 * | heard of the agent                               | verdict   |
 * |--------------------------------------------------|-----------|
 * | fit, not longer ago than its limit               | `up`      |
 * | unfit, not longer ago than its limit             | `down`    |
 * | nothing for longer than its limit                | `down`    |
 * | the same, but the controller has not listened for so long | `unknown` |
 */
import type { Mono } from "../base/time.ts";
import type { AgentConfig, AgentReport, MountWord } from "./agent.ts";
import type { FaultCode } from "./fault.ts";

/** An agent that lost its connection tries again within this; no silence is judged before it had the time. */
const reconnectMsMax = 6_000;
/** Who should look every second, and did not for so long, was frozen: what waits for it is not read yet. */
const stallMs = 3_000;

interface Heard {
  readonly report: AgentReport;
  readonly at: Mono;
}

export interface Hearing {
  /** Since when reports could be heard; null: they cannot. */
  since: Mono | null;
  lookedAt: Mono;
  readonly reports: Map<string, Heard>;
  /** Since when each agent is configured. */
  readonly expected: Map<string, Mono>;
}

export type AgentVerdict =
  | { readonly kind: "up"; readonly detail: string }
  | { readonly kind: "down"; readonly reason: string; readonly fault?: FaultCode | undefined }
  | { readonly kind: "unknown"; readonly reason: string };

/** `isOpen`: there is a port that reports can come to. */
export function createHearing(now: Mono, isOpen: boolean): Hearing {
  return { since: isOpen ? now : null, lookedAt: now, reports: new Map(), expected: new Map() };
}

/** All who may be heard from now on. Whoever is new is judged by silence when it had the time to come. */
export function expectAgents(hearing: Hearing, agents: readonly AgentConfig[], now: Mono): void {
  const before = new Map(hearing.expected);
  hearing.expected.clear();
  for (const { name } of agents) hearing.expected.set(name, before.get(name) ?? now);
  for (const name of hearing.reports.keys()) if (!hearing.expected.has(name)) hearing.reports.delete(name);
}

/** To be called each second: who was frozen begins to listen anew. */
export function keepHearing(hearing: Hearing, now: Mono): void {
  if (hearing.since !== null && now - hearing.lookedAt > stallMs) hearing.since = now;
  hearing.lookedAt = now;
}

export function hear(hearing: Hearing, report: AgentReport, now: Mono): void {
  hearing.reports.set(report.agent, { report, at: now });
}

/** Null: its last word is fresh, or it cannot be known. */
export function silentForMs(hearing: Hearing, agent: AgentConfig, now: Mono): number | null {
  const heard = hearing.reports.get(agent.name);
  if (heard !== undefined && now - heard.at <= agent.silentMs) return null;
  if (hearing.since === null || now - hearing.lookedAt > stallMs) return null;
  const listenedMs = now - Math.max(hearing.since, hearing.expected.get(agent.name) ?? hearing.since);
  if (listenedMs <= Math.max(agent.silentMs, reconnectMsMax)) return null;
  return heard === undefined ? listenedMs : now - heard.at;
}

/** One that was heard before muster started may be called silent, but not new. */
export function silenceText(hearing: Hearing, agent: AgentConfig, silentMs: number): string {
  const seconds = Math.floor(silentMs / 1000);
  if (hearing.reports.has(agent.name)) return `no report for ${seconds} s`;
  return `not heard since muster began to listen ${seconds} s ago`;
}

/** Null: nothing is known that is fresh. */
export function freshReport(hearing: Hearing, { name, silentMs }: AgentConfig, now: Mono): AgentReport | null {
  const heard = hearing.reports.get(name);
  return heard !== undefined && now - heard.at <= silentMs ? heard.report : null;
}

export function judgeAgent(hearing: Hearing, agent: AgentConfig, now: Mono): AgentVerdict {
  const report = freshReport(hearing, agent, now);
  if (report?.fit === true) return { kind: "up", detail: `agent ${agent.name}: ${report.reason}` };
  if (report !== null) return { kind: "down", reason: `agent ${agent.name}: ${report.reason}`, fault: faultOf(report) };
  return judgeSilence(hearing, agent, now);
}

/** Of the first proof that fails. */
function faultOf({ checks }: AgentReport): FaultCode | undefined {
  return checks.find(({ verdict }) => verdict === "down")?.fault ?? undefined;
}

function judgeSilence(hearing: Hearing, agent: AgentConfig, now: Mono): AgentVerdict {
  const silentMs = silentForMs(hearing, agent, now);
  if (silentMs !== null)
    return { kind: "down", reason: `agent ${agent.name}: ${silenceText(hearing, agent, silentMs)}` };
  const why = hearing.since === null ? "no port is open for agents" : "not heard yet since muster began to listen";
  return { kind: "unknown", reason: `agent ${agent.name}: ${why}` };
}

/** A mount never counts against a member: one that is not well is `unknown`, which moves nothing, and is told of. */
export function judgeMount(
  hearing: Hearing,
  { agent, path }: { readonly agent: AgentConfig; readonly path: string },
  now: Mono,
): AgentVerdict {
  const report = freshReport(hearing, agent, now);
  if (report === null) return { kind: "unknown", reason: `agent ${agent.name}: nothing heard of ${path}` };
  const mount = report.mounts.find((one) => one.path === path);
  if (mount === undefined) return { kind: "unknown", reason: `agent ${agent.name} has not looked at ${path} yet` };
  if (mount.state === "ok") return { kind: "up", detail: `mount ${path}: ${mount.reason}` };
  return { kind: "unknown", reason: `${mountText(mount)}; alert only` };
}

export function mountText({ path, reason, state }: MountWord): string {
  return `mount ${path} is ${state}: ${reason}`;
}
