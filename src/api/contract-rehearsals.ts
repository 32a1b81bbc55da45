/** What travels over the API about rehearsals: the mirror of `core/rehearsal`. */
import { z } from "zod";
import { instant, line, list } from "./contract-parts.ts";

/** How long a fault may last. */
export const FAULT_SECONDS = { min: 1, max: 600 } as const;
const SERVERS_MAX = 64;

export const rehearseBodySchema = z
  .object({
    subject: line.meta({ description: "A pool, or a member by id, label or address" }),
    forSeconds: z
      .number()
      .min(FAULT_SECONDS.min)
      .max(FAULT_SECONDS.max)
      .default(30)
      .meta({ description: "How long the fault lasts at most" }),
    manner: z.enum(["refused", "silent"]).default("refused"),
    at: z.array(line).max(SERVERS_MAX).default([]).meta({ description: "More nameservers to ask: NAME@ADDRESS:PORT" }),
    force: z.boolean().default(false).meta({ description: "Also when it is no canary" }),
    owner: line.default("api"),
    reason: line.default("no reason given"),
  })
  .strict()
  .refine(({ force, reason }) => !force || reason !== "no reason given", "force needs a reason")
  .meta({ id: "RehearseRequest" });

const ms = z.number().nullable();

export const rehearsalSchema = z
  .object({
    pool: z.string(),
    member: z.string(),
    at: instant,
    owner: z.string(),
    reason: z.string(),
    verdict: z.enum(["ok", "slow", "failed"]),
    sentence: z.string(),
    suspectedMs: ms,
    decidedMs: ms,
    servers: list(z.object({ name: z.string(), endpoint: z.string(), servedMs: ms, returnedMs: ms })),
    ttlSeconds: z.number(),
    totalMs: ms,
    recoveryMs: ms,
    returnedMs: ms,
  })
  .meta({ id: "Rehearsal" });

export const rehearsalsReplySchema = z.object({ rehearsals: list(rehearsalSchema) }).meta({ id: "RehearsalsReply" });

export type RehearseBody = z.input<typeof rehearseBodySchema>;
export type RehearsalReply = z.infer<typeof rehearsalSchema>;
export type RehearsalsReply = z.infer<typeof rehearsalsReplySchema>;
