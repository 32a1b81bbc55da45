/** The desk of `roles/agent-desk.ts`, at work: it looks once a second whether it was frozen. */
import type { AgentDesk } from "../../ports/agents.ts";
import { ReportDesk } from "../../roles/agent-desk.ts";
import { createClock } from "../clock.ts";

const lookMs = 1_000;

export interface OpenDesk extends AgentDesk {
  close(): void;
}

/** `isOpen`: reports can come in. */
export function openAgentDesk(isOpen: boolean): OpenDesk {
  const desk = new ReportDesk(isOpen, createClock());
  const timer = setInterval(() => desk.keep(), lookMs);
  timer.unref();
  return {
    configure: (agents) => desk.configure(agents),
    take: (report) => desk.take(report),
    lost: (agent) => desk.lost(agent),
    judge: (asked) => desk.judge(asked),
    onNews: (about, listener) => desk.onNews(about, listener),
    close: () => clearInterval(timer),
  };
}
