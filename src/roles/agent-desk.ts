/** The desk where agents' reports lie for the probes that ask them; what they mean is decided in `core/hearing.ts`. */
import type { AgentConfig, AgentReport } from "../core/agent.ts";
import { agentFor } from "../core/agent-work.ts";
import {
  type AgentVerdict,
  createHearing,
  expectAgents,
  hear,
  type Hearing,
  judgeAgent,
  judgeMount,
  keepHearing,
} from "../core/hearing.ts";
import type { AgentDesk, Asked } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";

export class ReportDesk implements AgentDesk {
  readonly #clock: Clock;
  readonly #hearing: Hearing;
  readonly #listeners = new Set<(agent: string) => void>();
  #agents: readonly AgentConfig[] = [];

  /** `isOpen`: reports can come in. */
  constructor(isOpen: boolean, clock: Clock) {
    this.#clock = clock;
    this.#hearing = createHearing(clock.now().mono, isOpen);
  }

  /** To be called each second; see `keepHearing`. */
  keep(): void {
    keepHearing(this.#hearing, this.#clock.now().mono);
  }

  configure(agents: readonly AgentConfig[]): void {
    this.#agents = agents;
    expectAgents(this.#hearing, agents, this.#clock.now().mono);
  }

  take(report: AgentReport): void {
    const before = this.#hearing.reports.get(report.agent)?.report;
    hear(this.#hearing, report, this.#clock.now().mono);
    if (before?.fit !== report.fit) this.#news(report.agent);
  }

  lost(agent: string): void {
    this.#news(agent);
  }

  judge({ address, probe }: Asked): AgentVerdict {
    const agent = agentFor(this.#agents, probe, address);
    if (agent === null) return { kind: "unknown", reason: "no agent is configured for it" };
    const now = this.#clock.now().mono;
    if (probe.kind === "mount") return judgeMount(this.#hearing, { agent, path: probe.path }, now);
    return judgeAgent(this.#hearing, agent, now);
  }

  onNews({ address, probe }: Asked, listener: () => void): () => void {
    const tell = (name: string): void => {
      if (agentFor(this.#agents, probe, address)?.name === name) listener();
    };
    this.#listeners.add(tell);
    return () => this.#listeners.delete(tell);
  }

  #news(agent: string): void {
    for (const listener of this.#listeners) listener(agent);
  }
}
