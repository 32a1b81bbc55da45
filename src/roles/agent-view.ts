/** Agents as people see them, and what an agent on a member's machine adds to the chain of evidence. */
import type { Now } from "../base/time.ts";
import { agentFor, agentProbesIn } from "../core/agent-work.ts";
import { mountText } from "../core/hearing.ts";
import type { AgentView, ExplanationStep } from "../core/view.ts";
import type { AgentState, ControllerState, MemberState } from "./controller-state.ts";

export function viewAgents(state: ControllerState): readonly AgentView[] {
  return [...state.agents.values()].map((agent) => viewAgent(state, agent));
}

function viewAgent(state: ControllerState, { config, heardAt, since, word }: AgentState): AgentView {
  const { addresses, name } = config;
  const report = state.hearing.reports.get(name)?.report;
  const { checks = [], links = [], mounts = [], reaches = [] } = report ?? {};
  return { name, addresses, word, since, heardAt, reason: report?.reason ?? "", checks, links, mounts, reaches };
}

/** Of agents that the member's check asks; of another, only what is not well. */
export function explainAgents(state: ControllerState, { config, target }: MemberState, now: Now): ExplanationStep[] {
  const configs = [...state.agents.values()].map((agent) => agent.config);
  const asked = new Set(
    agentProbesIn(target.target.check.probe).map((probe) => agentFor(configs, probe, config.address)?.name),
  );
  return viewAgents(state)
    .filter(({ addresses, name }) => asked.has(name) || addresses.includes(config.address))
    .map((agent) => explainAgent(agent, { now, asked: asked.has(agent.name) }));
}

function explainAgent(agent: AgentView, { asked, now }: { asked: boolean; now: Now }): ExplanationStep {
  const { checks, heardAt, links, mounts, name, reaches, reason, word } = agent;
  const subject = name;
  const age = heardAt === null ? "never heard" : `heard ${Math.round((now.wall - heardAt) / 100) / 10} s ago`;
  const weight = asked ? "" : "; the member's check does not ask it";
  const because = [
    ...[...checks, ...reaches]
      .filter(({ verdict }) => verdict !== "up")
      .map((one) => ({ rule: "agent/check", sentence: `${one.name} is ${one.verdict}: ${one.reason}` })),
    ...mounts
      .filter((mount) => mount.state !== "ok")
      .map((mount) => ({
        rule: `mount/${mount.state}`,
        sentence: `${mountText(mount)}; it alerts, and removes nobody`,
      })),
    ...links
      .filter(({ addresses, up }) => !up && addresses.length > 0)
      .map((link) => ({ rule: "agent/link", sentence: `${link.name} has no carrier` })),
  ];
  return {
    rule: `agent/${word}`,
    subject,
    sentence: `agent ${name} is ${word}, ${age}${reason === "" ? "" : `: ${reason}`}${weight}`,
    because: because.map((step) => ({ ...step, subject, because: [] })),
  };
}
