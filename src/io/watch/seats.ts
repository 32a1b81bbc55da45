/** Who may report, in which role, and what each role says and is told. */
import type { AgentConfig, AgentReport } from "../../core/agent.ts";
import type { Target, WatcherConfig } from "../../core/model.ts";
import type { WatcherReport } from "../../core/vantage.ts";
import type { Watchers } from "../../ports/watchers.ts";
import { readFromAgent } from "./agent-messages.ts";
import { agentOctetsMax, entriesPerMessage, messageOctetsMax } from "./limits.ts";
import { readFromWatcher } from "./messages.ts";
import type { Session, SessionRole } from "./session.ts";

export interface SeatListeners {
  readonly onReport: (report: WatcherReport) => void;
  readonly onAgentReport: (report: AgentReport) => void;
}

/** A role, and what its holder is told to do. */
export interface Seat extends SessionRole {
  readonly noun: "watcher" | "agent";
  readonly assign: (session: Session) => void;
}

export class Seats {
  readonly #listeners: SeatListeners;
  #work: Parameters<Watchers["assign"]>[0] = { watchers: [], targets: [], agents: [] };

  constructor(listeners: SeatListeners) {
    this.#listeners = listeners;
  }

  set(work: Parameters<Watchers["assign"]>[0]): void {
    this.#work = work;
  }

  /** Null: nobody of this name is configured. */
  find(name: string): Seat | null {
    const { agents, targets, watchers } = this.#work;
    const watcher = watchers.find((one) => one.name === name);
    if (watcher !== undefined) return this.#watcherSeat(watcher, targets);
    const agent = agents.find((one) => one.name === name);
    return agent === undefined ? null : this.#agentSeat(agent);
  }

  #watcherSeat({ name, references }: WatcherConfig, targets: readonly Target[]): Seat {
    return {
      noun: "watcher",
      octetsMax: messageOctetsMax,
      assign: (session) => assignTargets(session, targets, references),
      read: (text, session) => {
        const said = readFromWatcher(text);
        if (said === null || said.kind === "renew") return said;
        const { sequence, sick, words } = said;
        const take = (): void => {
          this.#listeners.onReport({ watcher: name, words, sick });
          session.send({ kind: "taken", sequence });
        };
        return { kind: "report", sequence, take };
      },
    };
  }

  /** An agent speaks for itself only; who reports under another name than that of its certificate is cut. */
  #agentSeat(agent: AgentConfig): Seat {
    return {
      noun: "agent",
      octetsMax: agentOctetsMax,
      assign: (session) => session.send(workOf(agent)),
      read: (text, session) => {
        const said = readFromAgent(text);
        if (said === null || said.kind === "renew") return said;
        const { report, sequence } = said;
        if (report.agent !== agent.name) return null;
        const take = (): void => {
          this.#listeners.onAgentReport(report);
          session.send({ kind: "taken", sequence });
        };
        return { kind: "report", sequence, take };
      },
    };
  }
}

function workOf({ mounts, name, proofs, reaches, silentMs }: AgentConfig): object {
  return { kind: "work", agent: name, silentMs, proofs, mounts, reaches };
}

function assignTargets(session: Session, targets: readonly Target[], references: readonly Target[]): void {
  const count = Math.max(1, Math.ceil(targets.length / entriesPerMessage));
  for (let part = 0; part < count; part++) {
    session.send({
      kind: "targets",
      begin: part === 0,
      end: part === count - 1,
      targets: targets.slice(part * entriesPerMessage, (part + 1) * entriesPerMessage),
      references: part === 0 ? references : [],
    });
  }
}
