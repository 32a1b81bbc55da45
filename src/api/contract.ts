/**
 * What travels over the API, as schemas: the mirror of `core/view.ts`, so that the server can describe itself
 * (OpenAPI) and a client can tell muster from something else that answers on the port. Times are Unix
 * milliseconds. `contract.test.ts` proves to the compiler that mirror and original agree. What may be missing is `optional`:
 * OpenAPI would call an `exactOptional` field required.
 */
import { z } from "zod";
import { faultCodes } from "../core/fault.ts";
import { noReason } from "../core/order.ts";
import { rehearsalSchema } from "./contract-rehearsals.ts";
import { instant, line, list, TEXT_CHARS_MAX } from "./contract-parts.ts";

/** Most events that one request returns. */
export const EVENTS_LIMIT_MAX = 1000;
export const EVENTS_LIMIT_DEFAULT = 100;
/** A configuration that is planned; a longer one is planned by reloading it from its file. */
const PLAN_TEXT_CHARS_MAX = 1_048_576;
/** Members that fail in one simulation. */
const SIMULATED_MEMBERS_MAX = 1000;
/** Ten years: what is longer was meant to be "until cleared". */
const OVERRIDE_SECONDS_MAX = 315_360_000;

const policySchema = z.enum(["round-robin", "weighted", "priority"]);
const healthSchema = z.enum(["unproven", "up", "down", "flapping"]);
const overrideKindSchema = z.enum(["drain", "disable"]);
const familySchema = z.union([z.literal(4), z.literal(6)]);

const probeSchema = z
  .object({ at: instant, verdict: z.enum(["up", "down", "unknown"]), tookMs: z.number(), detail: z.string() })
  .meta({ id: "Probe" });

const overrideSchema = z
  .object({
    kind: z.enum(["drain", "disable", "maintenance"]),
    owner: z.string(),
    reason: z.string(),
    setAt: instant,
    expiresAt: instant.nullable(),
    safeToStopAt: instant,
    waitsFor: list(z.string()),
    answeredBecause: z.string().nullable(),
  })
  .meta({ id: "Override" });

const opinionSchema = z
  .object({
    from: z.string(),
    health: healthSchema,
    reason: z.string(),
    fault: z.enum(faultCodes).nullable(),
    since: instant,
    vote: z.enum(["votes", "late", "sick", "unproven", "listens"]),
  })
  .meta({ id: "Opinion" });

const diagnosisSchema = z
  .object({ rule: z.string(), name: z.string(), sentence: z.string() })
  .meta({ id: "Diagnosis" });

export const memberSchema = z
  .object({
    id: z.string(),
    label: z.string(),
    address: z.string(),
    family: familySchema,
    weight: z.number(),
    priority: z.number(),
    check: z.string(),
    targetId: z.string(),
    health: healthSchema,
    since: instant,
    reason: z.string(),
    heldUntil: instant.nullable(),
    heldBack: z.enum(["checker", "brake"]).nullable(),
    restored: z.boolean(),
    suspected: z.boolean(),
    rises: z.number(),
    falls: z.number(),
    timeoutMs: z.number(),
    responseMs: z.number().nullable(),
    lastProbe: probeSchema.nullable(),
    lastGood: probeSchema.nullable(),
    lastBad: probeSchema.nullable(),
    data: z.object({ at: instant, staleMs: z.number() }).nullable(),
    opinions: list(opinionSchema).optional(),
    diagnosis: diagnosisSchema.optional(),
    override: overrideSchema.nullable(),
    answering: z.boolean(),
  })
  .meta({ id: "Member" });

const groupDiagnosisSchema = z
  .object({
    ...diagnosisSchema.shape,
    subject: z.string(),
    since: instant,
    members: z.number(),
  })
  .meta({ id: "GroupDiagnosis" });

const answerSchema = z
  .object({
    addresses: list(z.string()),
    ttlSeconds: z.number(),
    lastResort: z.boolean(),
    rule: z.string(),
    reason: z.string(),
    since: instant,
    activePriority: z.number().nullable(),
    failbackAt: instant.nullable().optional(),
  })
  .meta({ id: "Answer" });

const pinSchema = z
  .object({
    address: z.string(),
    owner: z.string(),
    reason: z.string(),
    setAt: instant,
    expiresAt: instant.nullable(),
  })
  .meta({ id: "Pin" });

const maintenanceSchema = z
  .object({
    name: z.string(),
    owner: z.string(),
    reason: z.string(),
    from: instant,
    to: instant,
    running: z.boolean(),
    series: z
      .object({ every: z.string(), timeZone: z.string(), until: instant.nullable(), ordered: z.boolean() })
      .nullable(),
    members: list(z.string()),
    pools: list(z.string()),
  })
  .meta({ id: "Maintenance" });

export const poolSchema = z
  .object({
    name: z.string(),
    zone: z.string(),
    policy: policySchema,
    record: z.enum(["address", "mx", "srv", "ptr", "txt"]),
    answer: answerSchema,
    pin: pinSchema.nullable(),
    rehearsal: rehearsalSchema.optional(),
    members: list(memberSchema),
  })
  .meta({ id: "Pool" });

const zoneSchema = z
  .object({
    origin: z.string(),
    serial: z.number(),
    changedAt: instant.nullable(),
    file: z.string().nullable(),
    pools: z.number(),
    trouble: z.string().nullable(),
  })
  .meta({ id: "Zone" });

const guardSchema = z
  .object({
    sickSince: instant.nullable(),
    brakingSince: instant.nullable(),
    references: list(
      z.object({
        address: z.string(),
        check: z.string(),
        targetId: z.string(),
        health: healthSchema,
        since: instant,
        reason: z.string(),
      }),
    ),
  })
  .meta({ id: "Guard" });

const watcherSchema = z
  .object({
    name: z.string(),
    votes: z.boolean(),
    state: z.enum(["well", "late", "sick", "silent"]),
    heardAt: instant.nullable(),
    reason: z.string(),
    targets: z.number(),
    differs: z.number(),
  })
  .meta({ id: "Watcher" });

const outletSchema = z
  .object({
    zone: z.string(),
    name: z.string(),
    state: z.enum(["in-step", "behind", "unreachable", "refused"]),
    since: instant,
    serial: z.number().nullable(),
    reason: z.string(),
  })
  .meta({ id: "Outlet" });

const delaysSchema = z.object({
  count: z.number(),
  sumMs: z.number(),
  lastMs: z.number().nullable(),
  p50Ms: z.number().nullable(),
  p99Ms: z.number().nullable(),
  buckets: list(z.object({ ms: z.number().nullable(), count: z.number() })),
});

const nameserverSchema = z
  .object({
    zone: z.string(),
    name: z.string(),
    endpoint: z.string(),
    proof: z.enum(["serial", "records"]),
    state: z.enum(["unknown", "in-step", "behind", "unreachable", "refused", "lame", "different"]),
    trouble: z.boolean(),
    since: instant,
    serial: z.number().nullable(),
    lagSeconds: z.number(),
    lastAskedAt: instant.nullable(),
    delays: delaysSchema,
    pending: z.boolean(),
    reason: z.string(),
  })
  .meta({ id: "Nameserver" });

const proofShape = { name: z.string(), verdict: z.enum(["up", "down", "unknown"]), reason: z.string() };
const faultShape = { fault: z.enum(faultCodes).nullable() };

const agentSchema = z
  .object({
    name: z.string(),
    addresses: list(z.string()),
    word: z.enum(["fit", "unfit", "silent", "unheard"]),
    since: instant,
    heardAt: instant.nullable(),
    reason: z.string(),
    checks: list(z.object({ ...proofShape, ...faultShape })),
    links: list(z.object({ name: z.string(), up: z.boolean(), addresses: list(z.string()) })),
    mounts: list(
      z.object({
        path: z.string(),
        state: z.enum(["ok", "hung", "gone"]),
        reason: z.string(),
        sinceMs: z.number().nullable(),
      }),
    ),
    reaches: list(
      z.object({
        role: z.enum(["witness", "peer", "gateway"]),
        address: z.string(),
        ...proofShape,
        ...faultShape,
      }),
    ),
  })
  .meta({ id: "Agent" });

export const statusSchema = z
  .object({
    version: z.string(),
    startedAt: instant,
    at: instant,
    ready: z.boolean(),
    unsaved: z.string().optional(),
    zones: list(zoneSchema),
    pools: list(poolSchema),
    guard: guardSchema,
    watchers: list(watcherSchema),
    diagnoses: list(groupDiagnosisSchema).optional(),
    agents: list(agentSchema),
    maintenance: list(maintenanceSchema),
    outlets: list(outletSchema),
    nameservers: list(nameserverSchema),
  })
  .meta({ id: "Status" });

/** One pool, and the controller's time when it was looked at. */
export const poolReplySchema = z.object({ at: instant, pool: poolSchema }).meta({ id: "PoolReply" });

const eventKindSchema = z.enum([
  "start",
  "stop",
  "reload",
  "suspicion",
  "cleared",
  "health",
  "answer",
  "override",
  "diagnosis",
  "trouble",
]);

export const eventSchema = z
  .object({
    id: z.number(),
    at: instant,
    kind: eventKindSchema,
    subject: z.string(),
    rule: z.string(),
    sentence: z.string(),
    from: z.string().nullable(),
    to: z.string().nullable(),
    by: z.object({ owner: z.string(), reason: z.string() }).optional(),
    diagnosis: diagnosisSchema.optional(),
  })
  .meta({ id: "Event" });

export const eventsReplySchema = z.object({ events: list(eventSchema) }).meta({ id: "EventsReply" });

interface Step {
  readonly rule: string;
  readonly subject: string;
  readonly sentence: string;
  readonly because: readonly Step[];
}

const stepSchema: z.ZodType<Step> = z
  .object({
    rule: z.string(),
    subject: z.string(),
    sentence: z.string(),
    get because() {
      return list(stepSchema);
    },
  })
  .meta({ id: "ExplanationStep" });

export const explanationSchema = z
  .object({ name: z.string(), at: instant, steps: list(stepSchema) })
  .meta({ id: "Explanation" });

export const recordsSchema = z
  .object({
    origin: z.string(),
    at: instant,
    serial: z.number(),
    sets: list(z.object({ name: z.string(), type: z.string(), ttlSeconds: z.number(), data: list(z.string()) })),
    aliases: list(z.object({ alias: z.string(), pool: z.string() })),
  })
  .meta({ id: "Records" });

/** The `data` of each message of the live stream. */
export const liveMessageSchema = z
  .discriminatedUnion("kind", [
    z.object({ kind: z.literal("status"), status: statusSchema }),
    z.object({ kind: z.literal("event"), event: eventSchema }),
  ])
  .meta({ id: "LiveMessage" });

/** What an action did, in sentences, and the members it touched, as they are now. */
export const doneReplySchema = z
  .object({ at: instant, sentences: list(z.string()), members: list(memberSchema) })
  .meta({ id: "Done" });

export const healthzReplySchema = z.object({ ready: z.literal(true) }).meta({ id: "Ready" });

export const errorReplySchema = z
  .object({ error: z.object({ code: z.string(), message: z.string(), details: list(z.string()) }) })
  .meta({ id: "Error" });

export const nameParamsSchema = z.object({ name: line });
export const memberParamsSchema = z.object({ member: line });
/** Who acts, and why, where neither is required. */
const byShape = { owner: line.default("api"), reason: line.default(noReason) };
export const ownerQuerySchema = z.strictObject(byShape);

const count = z.coerce.number<number>().int().min(0);
export const eventsQuerySchema = z.strictObject({
  after: count.optional().meta({ description: "Only events with a larger id" }),
  since: count.optional().meta({ description: "Only events at or after this Unix time in milliseconds" }),
  subject: line.optional().meta({ description: "Only events of this target, member, pool or zone" }),
  kind: eventKindSchema.optional().meta({ description: "Only events of this kind" }),
  operator: z.enum(["true"]).optional().meta({ description: "Only what operators did" }),
  limit: z.coerce.number<number>().int().min(1).max(EVENTS_LIMIT_MAX).default(EVENTS_LIMIT_DEFAULT),
});

export const overrideBodySchema = z
  .object({
    member: line.meta({ description: "A member's id, its label, or an address (then in every pool)" }),
    kind: overrideKindSchema,
    reason: line,
    owner: line.default("api"),
    forSeconds: z.number().positive().max(OVERRIDE_SECONDS_MAX).optional().meta({
      description: "The override ends by itself after so long; absent: until cleared",
    }),
  })
  .strict()
  .meta({ id: "OverrideRequest" });

export const pinBodySchema = z
  .object({
    pool: line.meta({ description: "The pool's name" }),
    address: line.meta({ description: "What it answers: an address, a member's name, or another record's target" }),
    reason: line,
    owner: line.default("api"),
    forSeconds: z.number().positive().max(OVERRIDE_SECONDS_MAX).optional().meta({
      description: "The pin ends by itself after so long; absent: until unpinned",
    }),
  })
  .strict()
  .meta({ id: "PinRequest" });

/** Members or pools that one window names. */
const SCOPE_MAX = 1_000;

export const maintenanceBodySchema = z
  .object({
    name: line.optional().meta({ description: "What people call it; absent: what it is about" }),
    members: list(line).default([]),
    pools: list(line).default([]).meta({ description: "Without members and pools it is about everything" }),
    from: instant.min(0).optional().meta({ description: "Unix time in milliseconds; absent: now" }),
    forSeconds: z.number().positive().max(OVERRIDE_SECONDS_MAX),
    every: line.optional().meta({
      description: "It comes again and again: Sun 02:00, Mon,Thu 23:30 or daily 04:00. Then without from",
    }),
    timeZone: line.optional().meta({ description: "Of every; absent: UTC" }),
    until: instant.min(0).optional().meta({
      description: "Unix time in milliseconds after which it comes no more; absent: until it is cancelled",
    }),
    reason: line,
    owner: line.default("api"),
  })
  .strict()
  .refine(({ every, from, timeZone, until }) => {
    return every === undefined ? timeZone === undefined && until === undefined : from === undefined;
  }, "every has timeZone and until, and what comes once has from")
  .refine(({ members, pools }) => members.length + pools.length <= SCOPE_MAX, `at most ${SCOPE_MAX} names`)
  .meta({ id: "MaintenanceRequest" });

export const forceBodySchema = z
  .object({ owner: line.default("api"), reason: line })
  .strict()
  .meta({ id: "Force" });

export const reloadBodySchema = z
  .object({
    ...byShape,
    force: forceBodySchema.optional().meta({ description: "Needed when more is removed than `removal-max` allows" }),
  })
  .strict()
  .meta({ id: "ReloadRequest" });

export const notifyTestBodySchema = z
  .object({ channel: line.optional().meta({ description: "Absent: every channel" }) })
  .strict()
  .meta({ id: "NotifyTestRequest" });

export const acknowledgeBodySchema = z
  .object({
    pattern: z.string().max(TEXT_CHARS_MAX).default("").meta({
      description: "Members, pools or zones, with * for any text; empty: everything that is open",
    }),
    ...byShape,
  })
  .strict()
  .meta({ id: "AcknowledgeRequest" });

export const planBodySchema = z
  .object({
    kind: z.enum(["reload", "reset"]),
    text: z.string().max(PLAN_TEXT_CHARS_MAX).optional().meta({
      description: "With `reload`: a configuration in place of the file's; absent: the file as it is now",
    }),
  })
  .strict()
  .meta({ id: "PlanRequest" });

export const planSchema = z
  .object({
    zones: list(z.object({ origin: z.string(), removed: list(z.string()), added: list(z.string()) })),
    published: z.number(),
    removed: z.number(),
    limit: z.number(),
    refusal: z.string().nullable(),
    mistakes: list(z.string()),
    sentences: list(z.string()),
  })
  .meta({ id: "Plan" });

export const simulateBodySchema = z
  .object({
    fail: z.array(line).min(1).max(SIMULATED_MEMBERS_MAX).meta({ description: "Members, by id, label or address" }),
    how: z.enum(["refused", "silent"]).default("refused"),
  })
  .strict()
  .meta({ id: "SimulateRequest" });

export const simulationSchema = z
  .object({
    story: list(z.object({ atMs: z.number(), rule: z.string(), sentence: z.string() })),
    answers: list(
      z.object({
        name: z.string(),
        before: list(z.string()),
        after: list(z.string()),
        ttlSeconds: z.number(),
        lastResort: z.boolean(),
        reason: z.string(),
        cachedSeconds: z.number(),
      }),
    ),
    verdicts: list(
      z.object({
        atMs: z.number(),
        address: z.string(),
        verdict: z.enum(["up", "down", "unknown"]),
        detail: z.string(),
      }),
    ),
    ttls: list(z.object({ atMs: z.number(), name: z.string(), ttlSeconds: z.number() })),
    messages: list(
      z.object({
        atMs: z.number(),
        channel: z.string(),
        to: list(z.string()),
        severity: z.enum(["info", "warning", "critical"]),
        texts: list(z.string()),
      }),
    ),
    zones: list(z.object({ origin: z.string(), removed: list(z.string()), added: list(z.string()) })),
  })
  .meta({ id: "Simulation" });

export type SimulateBody = z.input<typeof simulateBodySchema>;
export type SimulationReply = z.infer<typeof simulationSchema>;
export type PlanReply = z.infer<typeof planSchema>;
export type PlanBody = z.input<typeof planBodySchema>;
export type ReloadBody = z.input<typeof reloadBodySchema>;
export type AcknowledgeBody = z.input<typeof acknowledgeBodySchema>;
export type PinBody = z.input<typeof pinBodySchema>;
export type MaintenanceBody = z.input<typeof maintenanceBodySchema>;
export type ForceBody = z.input<typeof forceBodySchema>;
export type PoolReply = z.infer<typeof poolReplySchema>;
export type EventsReply = z.infer<typeof eventsReplySchema>;
export type EventsQuery = Partial<z.infer<typeof eventsQuerySchema>>;
export type DoneReply = z.infer<typeof doneReplySchema>;
export type OverrideBody = z.input<typeof overrideBodySchema>;
export type ErrorReply = z.infer<typeof errorReplySchema>;
export type StatusReply = z.infer<typeof statusSchema>;
export type MemberReply = z.infer<typeof memberSchema>;
export type PoolContract = z.infer<typeof poolSchema>;
export type EventReply = z.infer<typeof eventSchema>;
export type ExplanationReply = z.infer<typeof explanationSchema>;
export type RecordsReply = z.infer<typeof recordsSchema>;
export type LiveReply = z.infer<typeof liveMessageSchema>;
