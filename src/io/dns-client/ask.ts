/**
 * Asks another DNS server one thing: a whole message goes, a whole message comes. By UDP it goes on over TCP when the
 * answer is truncated (RFC 7766, 5), within the same time.
 */
import type { Endpoint } from "../../core/model.ts";
import { Link } from "./link.ts";
import { isTruncated } from "./match.ts";
import type { AskLimits, AskOutcome } from "./outcome.ts";
import { askUdp } from "./udp.ts";

export type Transport = "udp" | "tcp";

export interface Ask extends AskLimits {
  readonly endpoint: Endpoint;
  /** A whole message with an id that nobody can guess, signed if need be. */
  readonly message: Uint8Array;
  readonly transport: Transport;
}

/** Never rejects: what went wrong is in the outcome, in a clause for people. */
export async function ask({ endpoint, message, transport, timeoutMs, signal }: Ask): Promise<AskOutcome> {
  if (transport === "tcp") return askTcp(endpoint, message, { timeoutMs, signal });
  const startedAt = performance.now();
  const outcome = await askUdp(endpoint, message, { timeoutMs, signal });
  if (outcome.kind !== "answer" || !isTruncated(outcome.octets)) return outcome;
  const leftMs = Math.max(1, Math.ceil(timeoutMs - (performance.now() - startedAt)));
  return askTcp(endpoint, message, { timeoutMs: leftMs, signal });
}

async function askTcp(endpoint: Endpoint, message: Uint8Array, limits: AskLimits): Promise<AskOutcome> {
  const link = new Link(endpoint, { onIdle: () => link.close(), onEnd: () => undefined });
  try {
    return await link.ask(message, limits);
  } finally {
    link.close();
  }
}
