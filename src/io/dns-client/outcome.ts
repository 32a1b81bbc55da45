/** What can come of asking another DNS server, before anybody looks into the message. */
import type { Endpoint } from "../../core/model.ts";
import { findFault } from "../probe/faults.ts";

export type AskOutcome =
  /** A whole message with the id and the question that were asked; nothing else of it was checked. */
  | { readonly kind: "answer"; readonly octets: Uint8Array }
  /** No answer in time, or a connection that ended without one: whether the server acted on it is not known. */
  | { readonly kind: "silent"; readonly reason: string }
  /** No way to the machine, or no socket left here: the server has seen nothing. */
  | { readonly kind: "unreachable"; readonly reason: string }
  /** The machine is there and nothing listens: the server has seen nothing. */
  | { readonly kind: "refused-connection"; readonly reason: string };

export type AskFailure = Exclude<AskOutcome, { kind: "answer" }>;

export interface AskLimits {
  /** From the call to the last octet of the answer, connecting included. */
  readonly timeoutMs: number;
  /** Ends the wait early, as `silent`. */
  readonly signal?: AbortSignal | undefined;
}

export function silent(reason: string): AskFailure {
  return { kind: "silent", reason };
}

export function timedOut(timeoutMs: number): AskFailure {
  return silent(`no answer within ${timeoutMs} ms`);
}

export const givenUp: AskFailure = silent("given up before an answer came");

/** Errors after which the other side may have read what was sent. */
const midway: ReadonlySet<string> = new Set(["ECONNRESET", "ECONNABORTED", "EPIPE", "ETIMEDOUT"]);

/** What a socket's error means for the one who asked. */
export function failureOf(error: Error, { address, port }: Endpoint): AskFailure {
  const code = "code" in error ? String(error.code) : "";
  if (code === "ECONNREFUSED") {
    return { kind: "refused-connection", reason: `nothing listens on port ${port} of ${address}` };
  }
  const { reason } = findFault(error);
  return midway.has(code) ? silent(reason) : { kind: "unreachable", reason };
}
