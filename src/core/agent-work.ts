/** Which agent a probe asks, what each agent is asked for, and what it may carry out. */
import type { AgentConfig, AgentProbe, MountProbe } from "./agent.ts";
import type { PoolConfig, ProbeConfig, SecretPlace } from "./model.ts";

/** Probes that are answered by an agent's report. */
export function agentProbesIn(probe: ProbeConfig): readonly (AgentProbe | MountProbe)[] {
  if ("of" in probe) return probe.of.flatMap(agentProbesIn);
  return probe.kind === "agent" || probe.kind === "mount" ? [probe] : [];
}

/** The agent that is named, or the one on the member's machine; null: there is none. */
export function agentFor(
  agents: readonly AgentConfig[],
  { agent }: Pick<AgentProbe, "agent">,
  address: string,
): AgentConfig | null {
  return agents.find(({ addresses, name }) => (agent === null ? addresses.includes(address) : name === agent)) ?? null;
}

/** With the mounts that checks ask for, besides those it is told of. */
export function withAskedMounts(agents: readonly AgentConfig[], pools: readonly PoolConfig[]): readonly AgentConfig[] {
  const asked = new Map<AgentConfig, string[]>();
  for (const member of pools.flatMap(({ members }) => members)) {
    for (const probe of agentProbesIn(member.check.probe)) {
      const agent = agentFor(agents, probe, member.address);
      if (probe.kind === "mount" && agent !== null) asked.set(agent, [...(asked.get(agent) ?? []), probe.path]);
    }
  }
  return agents.map((agent) => ({ ...agent, mounts: [...new Set([...agent.mounts, ...(asked.get(agent) ?? [])])] }));
}

/**
 * Null: an agent may carry the probe out. It looks at what it is told by a controller elsewhere, so it starts no program
 * for it, and of its machine's secrets it uses those alone that it was given for that.
 */
export function whyNotForAgents(probe: ProbeConfig): string | null {
  if ("of" in probe) return probe.of.map(whyNotForAgents).find((why) => why !== null) ?? null;
  if ("password" in probe && probe.password !== null && probe.password.kind !== "agent")
    return "the password lies on the controller; with {agent: NAME} the agent uses one of its own";
  if (probe.kind === "exec") return "it would start a program";
  return probe.kind === "agent" || probe.kind === "mount" ? "agents do not ask agents" : null;
}

/** Whether it logs in with a secret that only an agent has. */
export function usesAgentSecret(probe: ProbeConfig): boolean {
  if ("of" in probe) return probe.of.some(usesAgentSecret);
  return "password" in probe && probe.password?.kind === "agent";
}

/** What a machine's own secrets are called. */
export function isSecretName(text: string): boolean {
  return /^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(text);
}

/** The probe with the agent's own secrets in their places; one that it does not have stays a name, which opens nothing. */
export function withOwnSecrets(probe: ProbeConfig, secrets: ReadonlyMap<string, SecretPlace>): ProbeConfig {
  if ("of" in probe) return { ...probe, of: probe.of.map((part) => withOwnSecrets(part, secrets)) };
  if (!("password" in probe) || probe.password?.kind !== "agent") return probe;
  return { ...probe, password: secrets.get(probe.password.name) ?? probe.password };
}
