/** Vantage points elsewhere, which look at the same targets; and agents, which look at their own machines. */
import type { AgentConfig, AgentReport } from "../core/agent.ts";
import type { Target, WatcherConfig } from "../core/model.ts";
import type { WatcherReport } from "../core/vantage.ts";

export interface Watchers {
  /** Who may report, and what all of them look at, from now on. */
  assign(work: {
    readonly watchers: readonly WatcherConfig[];
    readonly targets: readonly Target[];
    readonly agents: readonly AgentConfig[];
  }): void;
  /** Asks all but one to look at a target at once. */
  confirm(targetId: string, except: string | null): void;
  /** Tells the one listener what watchers say, and how they come and go. */
  onReport(listener: (report: WatcherReport) => void): void;
  /** Tells the one listener what agents say; null: an agent's connection is over. */
  onAgentReport(listener: (name: string, report: AgentReport | null) => void): void;
  onTrouble(listener: (rule: string, sentence: string) => void): void;
}
