/** What was heard of agents, for probes that ask it. */
import type { AgentConfig, AgentProbe, AgentReport, MountProbe } from "../core/agent.ts";
import type { AgentVerdict } from "../core/hearing.ts";

/** A probe, and the address of the member that it is for. */
export interface Asked {
  readonly probe: AgentProbe | MountProbe;
  readonly address: string;
}

export interface AgentWords {
  /** What the word that is known now means. */
  judge(asked: Asked): AgentVerdict;
  /** Tells when something of that agent has changed, so that it is worth asking at once. Returns the end of it. */
  onNews(about: Asked, listener: () => void): () => void;
}

/** The same, with the end where reports come in. */
export interface AgentDesk extends AgentWords {
  /** Who may report, from now on. */
  configure(agents: readonly AgentConfig[]): void;
  take(report: AgentReport): void;
  /** The agent's connection has ended, which proves nothing, but is worth a look at the machine. */
  lost(agent: string): void;
}
