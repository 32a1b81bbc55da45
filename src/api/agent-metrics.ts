/** Numbers about agents. */
import { Gauge, type Registry } from "@prometheus-io/client";
import type { AgentView, StatusView } from "../core/view.ts";

const words: Readonly<Record<AgentView["word"], number>> = { unfit: 0, fit: 1, silent: 2, unheard: 3 };
const mountStates = { hung: 0, ok: 1, gone: 2 } as const;

export function addAgents(registry: Registry, { agents, at }: StatusView): void {
  const registers = [registry];
  const word = new Gauge({
    name: "muster_agent_word",
    help: "What an agent says of its machine: 0 unfit, 1 fit, 2 silent, 3 not heard yet",
    labelNames: ["agent"],
    registers,
  });
  const age = new Gauge({
    name: "muster_agent_report_age_seconds",
    help: "How long ago an agent reported",
    labelNames: ["agent"],
    registers,
  });
  const mount = new Gauge({
    name: "muster_agent_mount",
    help: "A mount point on an agent's machine: 0 hung, 1 ok, 2 gone",
    labelNames: ["agent", "path"],
    registers,
  });
  const link = new Gauge({
    name: "muster_agent_link_up",
    help: "1: the network interface has a carrier",
    labelNames: ["agent", "link"],
    registers,
  });
  for (const { heardAt, links, mounts, name, ...agent } of agents) {
    word.set({ agent: name }, words[agent.word]);
    if (heardAt !== null) age.set({ agent: name }, (at - heardAt) / 1000);
    for (const { path, state } of mounts) mount.set({ agent: name, path }, mountStates[state]);
    for (const one of links) link.set({ agent: name, link: one.name }, Number(one.up));
  }
}
