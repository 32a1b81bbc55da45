/** What agents say, as the page lists it: who is not fit first, and what is worth a look though it makes nobody unfit. */
import type { AgentView } from "../../src/core/view.ts";

/** Mounts, others and links that are not well. */
export function oddities({ links, mounts, reaches }: AgentView): readonly string[] {
  return [
    ...mounts.filter(({ state }) => state !== "ok").map((one) => `mount ${one.path} is ${one.state}: ${one.reason}`),
    ...links.filter(({ addresses, up }) => !up && addresses.length > 0).map(({ name }) => `${name} has no carrier`),
    ...reaches
      .filter(({ verdict }) => verdict === "down")
      .map((one) => `${one.role} ${one.name} is down: ${one.reason}`),
  ];
}

/** Those that somebody should look at, the worst first. */
export function notableAgents(agents: readonly AgentView[]): readonly AgentView[] {
  const weight = (agent: AgentView): number => (agent.word === "fit" ? 2 : agent.word === "unheard" ? 1 : 0);
  return agents
    .filter((agent) => agent.word !== "fit" || oddities(agent).length > 0)
    .toSorted((a, b) => weight(a) - weight(b));
}
