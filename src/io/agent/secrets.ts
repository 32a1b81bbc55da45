/**
 * Secrets of the agent's own machine. Where they are kept says whoever starts the agent; the controller knows their names
 * alone. They are used for servers on this very machine only, so that a controller gone bad cannot have them sent
 * elsewhere.
 */
import { withOwnSecrets } from "../../core/agent-work.ts";
import type { SecretPlace, Target } from "../../core/model.ts";
import type { AgentWork } from "../../roles/agent.ts";
import { readInterfaces } from "../interfaces.ts";

export type OwnSecrets = ReadonlyMap<string, SecretPlace>;

/** The same work with secrets in their places. */
export function lendSecrets<W extends Pick<AgentWork, "proofs">>(work: W, secrets: OwnSecrets): W {
  const own = new Set(Object.values(readInterfaces() ?? {}).flatMap((all) => all.map(({ address }) => address)));
  const isHere = (address: string): boolean => address.startsWith("127.") || address === "::1" || own.has(address);
  const lend = (target: Target): Target => {
    const { address, check } = target;
    return isHere(address) ? { ...target, check: { ...check, probe: withOwnSecrets(check.probe, secrets) } } : target;
  };
  return { ...work, proofs: work.proofs.map(({ name, target }) => ({ name, target: lend(target) })) };
}
