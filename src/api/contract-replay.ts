/** What travels over the API about replays: the mirror of `core/replay`. */
import { z } from "zod";
import { instant, line, list } from "./contract-parts.ts";

/** Other configurations in one replay, and characters of each. */
const CONFIGS_MAX = 8;
const TEXT_CHARS_MAX = 1_048_576;
const yearMs = 31_536_000_000;

export const replayBodySchema = z
  .object({
    from: instant.min(0),
    to: instant.min(0),
    outageMs: z.number().min(0).max(yearMs).default(2000).meta({ description: "Shorter faults are no outage" }),
    configs: z
      .array(z.object({ name: line, text: z.string().max(TEXT_CHARS_MAX) }).strict())
      .max(CONFIGS_MAX)
      .default([])
      .meta({ description: "Configurations to compare with, as YAML" }),
  })
  .strict()
  .meta({ id: "ReplayRequest" });

const spreadSchema = z
  .object({ count: z.number(), p50Ms: z.number(), p99Ms: z.number(), maxMs: z.number() })
  .meta({ id: "Spread" });

const columnSchema = z
  .object({
    name: z.string(),
    failovers: z.number(),
    answerChanges: z.number(),
    removals: z.number(),
    falseAlarms: z.number(),
    guessed: z.number(),
    missed: z.number(),
    detection: spreadSchema.nullable(),
    notes: list(z.string()),
  })
  .meta({ id: "ReplayColumn" });

const memberSchema = z
  .object({
    id: z.string(),
    label: z.string(),
    pool: z.string(),
    outages: z.number(),
    good: z.number().nullable(),
    answering: list(z.number().nullable()),
  })
  .meta({ id: "ReplayMember" });

export const replayReportSchema = z
  .object({
    from: instant,
    to: instant,
    knownMs: z.number(),
    outageMs: z.number(),
    outages: z.number(),
    blips: z.number(),
    earlier: spreadSchema.nullable(),
    columns: list(columnSchema),
    members: list(memberSchema),
    notes: list(z.string()),
  })
  .meta({ id: "ReplayReport" });

export type ReplayBody = z.input<typeof replayBodySchema>;
export type ReplayReply = z.infer<typeof replayReportSchema>;
