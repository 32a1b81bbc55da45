/**
 * What agents say, as the controller tells it: fit, unfit or silent, and mounts that are not well. Whether a member leaves
 * is not decided here: the `agent` probe asks the same words, and its check decides.
 *
 * | an agent | becomes  | when                                   | told                  |
 * |----------|----------|----------------------------------------|-----------------------|
 * | any      | `fit`    | it reports itself fit                  | if it was not         |
 * | any      | `unfit`  | it reports itself unfit                | at once               |
 * | any      | `silent` | no report for `silent-after`           | at once               |
 */
import { mono } from "../base/time.ts";
import type { AgentConfig, AgentReport, MountWord } from "../core/agent.ts";
import { expectAgents, hear, keepHearing, mountText, silenceText, silentForMs } from "../core/hearing.ts";
import type { AgentState, ControllerState } from "./controller-state.ts";
import type { Outbox } from "./outbox.ts";

/** Silence is looked for so often. */
const lookMs = 1_000;

/** Agents as they are configured; of those that stay, nothing is forgotten. */
export function seatAgents(state: ControllerState, agents: readonly AgentConfig[], out: Outbox): void {
  const before = new Map(state.agents);
  state.agents.clear();
  for (const config of agents) {
    const known = before.get(config.name);
    state.agents.set(config.name, known === undefined ? createAgent(config, out) : { ...known, config });
  }
  expectAgents(state.hearing, agents, out.now.mono);
}

function createAgent(config: AgentConfig, out: Outbox): AgentState {
  return { config, word: "unheard", since: out.now.wall, heardAt: null, oddMounts: new Map() };
}

export function takeAgentReport(state: ControllerState, report: AgentReport, out: Outbox): void {
  const agent = state.agents.get(report.agent);
  if (agent === undefined) return;
  keepHearing(state.hearing, out.now.mono);
  hear(state.hearing, report, out.now.mono);
  agent.heardAt = out.now.wall;
  takeFitness(agent, report, out);
  for (const mount of report.mounts) takeMount(agent, mount, out);
  for (const path of agent.oddMounts.keys()) {
    if (!report.mounts.some((mount) => mount.path === path)) agent.oddMounts.delete(path);
  }
}

function takeFitness(agent: AgentState, { fit, reason }: AgentReport, out: Outbox): void {
  const before = agent.word;
  const word = fit ? "fit" : "unfit";
  if (before === word) return;
  agent.word = word;
  agent.since = out.now.wall;
  const { name } = agent.config;
  if (!fit)
    return out.tell({
      kind: "trouble",
      subject: name,
      rule: "agent/unfit",
      sentence: `agent ${name} is unfit: ${reason}`,
    });
  const again = before === "unheard" ? "reports: fit" : "is fit again";
  out.tell({ kind: "cleared", subject: name, rule: "agent/fit", sentence: `agent ${name} ${again}: ${reason}` });
}

function takeMount(agent: AgentState, mount: MountWord, out: Outbox): void {
  const { name } = agent.config;
  const before = agent.oddMounts.get(mount.path);
  if (before === undefined ? mount.state === "ok" : before === mount.state) return;
  const subject = `${name}:${mount.path}`;
  const sentence = `${mountText(mount)}, on ${name}`;
  if (mount.state === "ok") {
    agent.oddMounts.delete(mount.path);
    return out.tell({ kind: "cleared", subject, rule: "mount/well", sentence });
  }
  agent.oddMounts.set(mount.path, mount.state);
  out.tell({ kind: "trouble", subject, rule: `mount/${mount.state}`, sentence });
}

/** Who has been silent for too long. */
export function noteSilence(state: ControllerState, out: Outbox): void {
  if (state.agents.size === 0) return;
  keepHearing(state.hearing, out.now.mono);
  for (const agent of state.agents.values()) {
    const silentMs = silentForMs(state.hearing, agent.config, out.now.mono);
    if (silentMs === null || agent.word === "silent") continue;
    agent.word = "silent";
    agent.since = out.now.wall;
    const { name } = agent.config;
    const sentence = `agent ${name} is silent: ${silenceText(state.hearing, agent.config, silentMs)}`;
    out.tell({ kind: "trouble", subject: name, rule: "agent/silent", sentence });
  }
}

/** When silence is looked for next. */
export function nextListenAt(state: ControllerState): ReturnType<typeof mono> {
  return mono(state.agents.size === 0 ? Number.POSITIVE_INFINITY : state.hearing.lookedAt + lookMs);
}
