/** The desk where agents' reports lie for the probes that ask them; what they mean is decided in `core/hearing.ts`. */
import { mono } from "../../base/time.ts";
import type { AgentConfig, AgentReport } from "../../core/agent.ts";
import { agentFor } from "../../core/agent-work.ts";
import {
  type AgentVerdict,
  createHearing,
  hear,
  type Hearing,
  judgeAgent,
  judgeMount,
  keepHearing,
} from "../../core/hearing.ts";
import type { AgentDesk, Asked } from "../../ports/agents.ts";

const lookMs = 1_000;

export interface OpenDesk extends AgentDesk {
  close(): void;
}

/** `isOpen`: reports can come in. */
export function openAgentDesk(isOpen: boolean): OpenDesk {
  return new Desk(isOpen);
}

class Desk implements OpenDesk {
  readonly #hearing: Hearing;
  readonly #listeners = new Set<(agent: string) => void>();
  readonly #timer: NodeJS.Timeout;
  #agents: readonly AgentConfig[] = [];

  constructor(isOpen: boolean) {
    this.#hearing = createHearing(nowMono(), isOpen);
    this.#timer = setInterval(() => keepHearing(this.#hearing, nowMono()), lookMs);
    this.#timer.unref();
  }

  configure(agents: readonly AgentConfig[]): void {
    this.#agents = agents;
    for (const name of this.#hearing.reports.keys()) {
      if (!agents.some((agent) => agent.name === name)) this.#hearing.reports.delete(name);
    }
  }

  take(report: AgentReport): void {
    const before = this.#hearing.reports.get(report.agent)?.report;
    hear(this.#hearing, report, nowMono());
    if (before?.fit !== report.fit) this.#news(report.agent);
  }

  lost(agent: string): void {
    this.#news(agent);
  }

  judge({ address, probe }: Asked): AgentVerdict {
    const agent = agentFor(this.#agents, probe, address);
    if (agent === null) return { kind: "unknown", reason: "no agent is configured for it" };
    const now = nowMono();
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

  close(): void {
    clearInterval(this.#timer);
    this.#listeners.clear();
  }

  #news(agent: string): void {
    for (const listener of this.#listeners) listener(agent);
  }
}

function nowMono(): ReturnType<typeof mono> {
  return mono(performance.now());
}
