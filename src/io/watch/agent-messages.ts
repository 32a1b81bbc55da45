/** What controller and agents say to each other, validated at both doors as `messages.ts` does for watchers. */
import { z } from "zod";
import { wall } from "../../base/time.ts";
import type { AgentReport } from "../../core/agent.ts";
import { faultCodes } from "../../core/fault.ts";
import { agentEntriesMax, agentPathCharsMax, reasonCharsMax } from "./limits.ts";
import { agentTarget, pem, read, taken, version } from "./parts.ts";

/** What is shown to people must not write to their terminals. */
const name = z
  .string()
  .regex(/^[^\p{Cc}]+$/u)
  .max(253);
const path = z
  .string()
  .regex(/^\/[^\p{Cc}]*$/u)
  .max(agentPathCharsMax);
const reason = z
  .string()
  .max(reasonCharsMax)
  .transform((text) => text.replaceAll(/\p{Cc}/gu, "."));
const role = z.enum(["witness", "peer", "gateway"]);
const verdict = z.enum(["up", "down", "unknown"]);
const fault = z.enum(faultCodes).nullable().catch(null);
const address = z.string().min(2).max(64);

function entries<S extends z.ZodType>(item: S) {
  return z.array(item).max(agentEntriesMax);
}

/** What the agent is to look at, and after how much silence it counts as unfit. */
const work = z.object({
  v: version,
  kind: z.literal("work"),
  agent: name,
  silentMs: z.number().int().min(1_000).max(604_800_000),
  proofs: entries(z.object({ name, target: agentTarget })),
  mounts: entries(path),
  reaches: entries(z.object({ name, role, target: agentTarget })),
});

const fromController = z.discriminatedUnion("kind", [
  work,
  taken,
  z.object({ v: version, kind: z.literal("certificate"), certificate: pem, authority: pem }),
  z.object({ v: version, kind: z.literal("refused"), why: reason }),
]);

const report = z.object({
  agent: name,
  at: z.number().transform(wall),
  fit: z.boolean(),
  reason,
  checks: entries(z.object({ name, verdict, reason, fault })),
  links: entries(z.object({ name, up: z.boolean(), addresses: entries(address) })),
  mounts: entries(
    z.object({ path, state: z.enum(["ok", "hung", "gone"]), reason, sinceMs: z.number().min(0).nullable() }),
  ),
  reaches: entries(z.object({ name, role, address, verdict, reason, fault })),
}) satisfies z.ZodType<AgentReport>;

const fromAgent = z.discriminatedUnion("kind", [
  z.object({ v: version, kind: z.literal("renew"), publicKey: pem }),
  /** `sequence` rises by one with each report of a connection. */
  z.object({ v: version, kind: z.literal("agent-report"), sequence: z.number().int().positive(), report }),
]);

export type ToAgent = z.output<typeof fromController>;
export type AgentWork = z.output<typeof work>;

/** Null: no such message. */
export function readToAgent(text: string): ToAgent | null {
  return read(fromController, text);
}

export function readFromAgent(text: string): z.output<typeof fromAgent> | null {
  return read(fromAgent, text);
}
