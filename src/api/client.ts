/**
 * The API as functions, for the CLI and for programs. Replies are checked against the contract, so that something
 * else on the port is told apart from muster. What goes wrong is a `ClientError` with a sentence: the controller
 * cannot be reached, it refused, or what answered is not muster.
 */
import type { z } from "zod";
import {
  type AcknowledgeBody,
  type DoneReply,
  doneReplySchema,
  type EventsQuery,
  type EventsReply,
  type ForceBody,
  errorReplySchema,
  eventsReplySchema,
  type ExplanationReply,
  explanationSchema,
  type LiveReply,
  type MaintenanceBody,
  type OverrideBody,
  type PinBody,
  type PlanBody,
  type PlanReply,
  planSchema,
  type PoolReply,
  poolReplySchema,
  type RecordsReply,
  recordsSchema,
  type ReloadBody,
  type SimulateBody,
  type SimulationReply,
  simulationSchema,
  type StatusReply,
  statusSchema,
} from "./contract.ts";
import { type ReplayBody, type ReplayReply, replayReportSchema } from "./contract-replay.ts";
import {
  rehearsalSchema,
  type RehearsalReply,
  rehearsalsReplySchema,
  type RehearsalsReply,
  type RehearseBody,
} from "./contract-rehearsals.ts";
import { ClientError } from "./client-error.ts";
import { followLive, type LiveStart } from "./live-reader.ts";

/** A reply that has not arrived whole by then will not. */
export const CLIENT_REQUEST_MS_MAX = 10_000;

/** Every zone file is read. */
const PLAN_MS_MAX = 60_000;
/** The longest fault, the longest return, and some. */
const REHEARSAL_MS_MAX = 750_000;
/** A replay may take so long. */
const REPLAY_MS_MAX = 330_000;

export interface ApiClient {
  status(): Promise<StatusReply>;
  pool(name: string): Promise<PoolReply>;
  explain(name: string): Promise<ExplanationReply>;
  records(zone: string): Promise<RecordsReply>;
  events(query: EventsQuery): Promise<EventsReply>;
  /** Ends when the signal aborts; throws when the connection is lost or falls silent. */
  live(start: LiveStart): AsyncGenerator<LiveReply>;
  setOverride(body: OverrideBody): Promise<DoneReply>;
  clearOverride(member: string, by: By): Promise<DoneReply>;
  pin(body: PinBody): Promise<DoneReply>;
  unpin(pool: string, by: By): Promise<DoneReply>;
  planMaintenance(body: MaintenanceBody): Promise<DoneReply>;
  endMaintenance(name: string, by: By): Promise<DoneReply>;
  cancelMaintenance(name: string, by: By): Promise<DoneReply>;
  releaseBrake(by: By): Promise<DoneReply>;
  release(member: string, by: By): Promise<DoneReply>;
  failback(pool: string, by: By): Promise<DoneReply>;
  reload(body: ReloadBody): Promise<DoneReply>;
  plan(body: PlanBody): Promise<PlanReply>;
  simulate(body: SimulateBody): Promise<SimulationReply>;
  /** Takes as long as it takes, up to minutes. */
  replay(body: ReplayBody): Promise<ReplayReply>;
  /** Takes as long as the fault and the return. */
  rehearse(body: RehearseBody): Promise<RehearsalReply>;
  rehearsals(): Promise<RehearsalsReply>;
  reset(body: ForceBody): Promise<DoneReply>;
  notifyTest(channel: string | null): Promise<DoneReply>;
  acknowledge(body: AcknowledgeBody): Promise<DoneReply>;
}

/** Who asks, and why. */
interface By {
  readonly owner: string;
  readonly reason: string;
}

export interface ClientParts {
  /** Where the API is, such as `http://127.0.0.1:8053`; a path is kept as a prefix. */
  readonly url: URL;
  readonly token: string | null;
}

interface Call {
  readonly method?: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** For a reply that takes longer than others. */
  readonly msMax?: number;
}

export function createClient(parts: ClientParts): ApiClient {
  const ask = <S extends z.ZodType>(schema: S, path: string, more: Call = {}) =>
    askJson(parts, schema, { path, ...more });
  const name = encodeURIComponent;
  return {
    status: () => ask(statusSchema, "api/v1/status"),
    pool: (pool) => ask(poolReplySchema, `api/v1/pools/${name(pool)}`),
    explain: (asked) => ask(explanationSchema, `api/v1/explain/${name(asked)}`),
    records: (zone) => ask(recordsSchema, `api/v1/records/${name(zone)}`),
    events: (query) => ask(eventsReplySchema, `api/v1/events?${toSearch(query)}`),
    live: (start) => follow(parts, start),
    setOverride: (body) => ask(doneReplySchema, "api/v1/overrides", { method: "POST", body }),
    clearOverride: (member, by) =>
      ask(doneReplySchema, `api/v1/overrides/${name(member)}?${toSearch({ ...by })}`, { method: "DELETE" }),
    pin: (body) => ask(doneReplySchema, "api/v1/pins", { method: "POST", body }),
    unpin: (pool, by) => ask(doneReplySchema, `api/v1/pins/${name(pool)}?${toSearch({ ...by })}`, { method: "DELETE" }),
    planMaintenance: (body) => ask(doneReplySchema, "api/v1/maintenance", { method: "POST", body }),
    endMaintenance: (window, by) =>
      ask(doneReplySchema, `api/v1/maintenance/${name(window)}?${toSearch({ ...by })}`, { method: "DELETE" }),
    cancelMaintenance: (window, by) =>
      ask(doneReplySchema, `api/v1/maintenance/${name(window)}/series?${toSearch({ ...by })}`, { method: "DELETE" }),
    releaseBrake: (by) => ask(doneReplySchema, `api/v1/brake?${toSearch({ ...by })}`, { method: "DELETE" }),
    release: (member, by) =>
      ask(doneReplySchema, `api/v1/holds/${name(member)}?${toSearch({ ...by })}`, { method: "DELETE" }),
    failback: (pool, by) =>
      ask(doneReplySchema, `api/v1/pools/${name(pool)}/failback?${toSearch({ ...by })}`, { method: "POST" }),
    reload: (body) => ask(doneReplySchema, "api/v1/reload", { method: "POST", body }),
    plan: (body) => ask(planSchema, "api/v1/plan", { method: "POST", body, msMax: PLAN_MS_MAX }),
    simulate: (body) => ask(simulationSchema, "api/v1/simulate", { method: "POST", body }),
    replay: (body) => ask(replayReportSchema, "api/v1/replay", { method: "POST", body, msMax: REPLAY_MS_MAX }),
    rehearse: (body) => ask(rehearsalSchema, "api/v1/rehearsals", { method: "POST", body, msMax: REHEARSAL_MS_MAX }),
    rehearsals: () => ask(rehearsalsReplySchema, "api/v1/rehearsals"),
    notifyTest: (channel) =>
      ask(doneReplySchema, "api/v1/notify/test", { method: "POST", body: channel === null ? {} : { channel } }),
    acknowledge: (body) => ask(doneReplySchema, "api/v1/notify/acknowledge", { method: "POST", body }),
    reset: (body) => ask(doneReplySchema, "api/v1/reset", { method: "POST", body }),
  };
}

function toSearch(query: Readonly<Record<string, string | number | undefined>>): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.toString();
}

async function* follow(parts: ClientParts, start: LiveStart): AsyncGenerator<LiveReply> {
  try {
    yield* followLive((headers, signal) => call(parts, { path: "api/v1/live", headers, signal }), start);
  } catch (thrown) {
    throw thrown instanceof ClientError ? thrown : unreachable(parts, thrown);
  }
}

async function askJson<S extends z.ZodType>(
  parts: ClientParts,
  schema: S,
  { msMax = CLIENT_REQUEST_MS_MAX, ...request }: Call & { readonly path: string },
): Promise<z.infer<S>> {
  const limited = { ...parts, msMax, isOrder: isChanging(request) };
  const response = await call(limited, { ...request, signal: AbortSignal.timeout(msMax) });
  const read = schema.safeParse(await readJson(limited, response));
  if (!read.success) throw notMuster(parts, "its reply has another shape", read.error);
  return read.data;
}

const questions: ReadonlySet<string> = new Set(["api/v1/plan", "api/v1/simulate", "api/v1/replay"]);

/** It changes something. */
function isChanging({ method = "GET", path }: Call & { readonly path: string }): boolean {
  return method !== "GET" && !questions.has(path);
}

/** One request; the response is a success. A redirect is not followed, so that the token goes nowhere else. */
async function call(
  parts: Asking,
  { path, method = "GET", body, headers, signal }: Call & { readonly path: string },
): Promise<Response> {
  const response = await fetch(resolve(parts.url, path), {
    method,
    redirect: "manual",
    headers: {
      ...(parts.token === null ? {} : { authorization: `Bearer ${parts.token}` }),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    ...(signal === undefined ? {} : { signal }),
  }).catch((cause: unknown) => {
    throw unreachable(parts, cause);
  });
  if (response.ok) return response;
  throw await refusal(parts, response);
}

function resolve(base: URL, path: string): URL {
  return new URL(path, base.href.endsWith("/") ? base : `${base.href}/`);
}

async function refusal(parts: ClientParts, response: Response): Promise<ClientError> {
  const read = errorReplySchema.safeParse(await readJson(parts, response));
  if (!read.success) return notMuster(parts, `HTTP status ${response.status}`, null);
  const { code, message, details } = read.data.error;
  return new ClientError("refused", message, { code, details });
}

interface Asking extends ClientParts {
  readonly msMax?: number;
  readonly isOrder?: boolean;
}

async function readJson(parts: Asking, response: Response): Promise<unknown> {
  const text = await response.text().catch((cause: unknown) => {
    throw unreachable(parts, cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw notMuster(parts, `HTTP status ${response.status} without JSON`, cause);
  }
}

function unreachable({ isOrder = false, msMax, url }: Asking, cause: unknown): ClientError {
  const reason = reasonOf(cause, msMax);
  // Who was reached may have heard it.
  const rest = isOrder && !neverReached.has(reason) ? " What was asked may be done all the same." : "";
  return new ClientError("unreachable", `No controller can be reached at ${url.origin}: ${reason}.${rest}`, { cause });
}

function notMuster({ url }: ClientParts, found: string, cause: unknown): ClientError {
  return new ClientError("strange", `What answers at ${url.origin} is not this version of muster: ${found}.`, {
    cause,
  });
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  UND_ERR_SOCKET: "the connection was cut",
  EHOSTUNREACH: "there is no way to that address",
  ENETUNREACH: "there is no way to that address",
  ETIMEDOUT: "it does not answer",
  ENOTFOUND: "the name is unknown",
  EAI_AGAIN: "the name cannot be looked up",
};

/** The request did not leave. */
const neverReached: ReadonlySet<string> = new Set(
  ["ECONNREFUSED", "EHOSTUNREACH", "ENETUNREACH", "ENOTFOUND", "EAI_AGAIN"].flatMap((code) => reasons[code] ?? []),
);

function reasonOf(thrown: unknown, msMax = CLIENT_REQUEST_MS_MAX): string {
  if (!(thrown instanceof Error)) return String(thrown);
  if (thrown.name === "TimeoutError") return `it did not answer within ${msMax / 1000} s`;
  if ("code" in thrown && typeof thrown.code === "string" && reasons[thrown.code] !== undefined)
    return reasons[thrown.code] ?? "";
  return thrown.cause === undefined ? thrown.message : reasonOf(thrown.cause, msMax);
}
