/**
 * What agents' words may do, judged from outside with a record of its own of every report that came in: a member is down
 * for its agent's sake only if that said so, or was silent for its whole limit while somebody listened (an agent that is
 * late, a controller that has just started, and a mount that hangs take nobody out).
 */
import type { AgentProbe, AgentReport } from "../src/core/agent.ts";
import { agentFor } from "../src/core/agent-work.ts";
import type { Target, Verdict } from "../src/core/model.ts";
import { type Mono, mono } from "../src/base/time.ts";
import type { Host } from "./host.ts";
import { BrokenPromise } from "./zone-witness.ts";

/** No silence is judged before a connection that was lost had the time to come back. */
const reconnectMs = 6000;

export class ReportPromises {
  #startedAt: Mono = mono(0);
  readonly #last = new Map<string, { readonly report: AgentReport; readonly at: Mono }>();

  onStart({ world }: Host): void {
    this.#startedAt = world.agenda.now;
    this.#last.clear();
  }

  onReport(report: AgentReport, { world }: Host): void {
    this.#last.set(report.agent, { report, at: world.agenda.now });
  }

  /** Of a target that nothing but its agent's word is asked of, or its mount. */
  onVerdict({ address, check, id }: Target, verdict: Verdict, host: Host): void {
    const { probe } = check;
    if (probe.kind === "mount" && verdict.kind === "down") throw new BrokenPromise(`${id} is down for its mount`);
    if (probe.kind === "agent") this.#checkWord(probe, { address, verdict, host });
  }

  #checkWord(probe: AgentProbe, { address, host, verdict }: { address: string; verdict: Verdict; host: Host }): void {
    const agent = agentFor(host.config.agents, probe, address);
    if (agent === null) return;
    const now = host.world.agenda.now;
    const last = this.#last.get(agent.name);
    const fresh = last !== undefined && now - last.at <= agent.silentMs ? last.report : null;
    const listenedMs = now - this.#startedAt;
    const isSilent = fresh === null && listenedMs > Math.max(agent.silentMs, reconnectMs);
    if (verdict.kind === "up" && fresh?.fit !== true)
      throw new BrokenPromise(`agent ${agent.name} is taken for fit, and has not said so`);
    if (verdict.kind === "down" && fresh?.fit !== false && !isSilent)
      throw new BrokenPromise(`agent ${agent.name} is taken for unfit or silent, and is neither`);
  }
}
