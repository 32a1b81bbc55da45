/**
 * The page as a client of the HTTP API. The token lives in `sessionStorage`, so that it ends with the tab; every
 * refusal becomes an `ApiError` with the API's own sentence, ready to be shown beside the button that caused it.
 */
import type { HistoryEvent } from "../../src/core/model.ts";
import type { Explanation, Force, PlanView, StatusView } from "../../src/core/view.ts";

const tokenKey = "muster-token";
const waitMsMax = 10_000;

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;
  readonly details: readonly string[];

  constructor(status: number, found: { code: string; message: string; details: readonly string[] }) {
    super(found.message);
    this.status = status;
    this.code = found.code;
    this.details = found.details;
  }
}

export function readToken(): string | null {
  return sessionStorage.getItem(tokenKey);
}

export function keepToken(token: string): void {
  sessionStorage.setItem(tokenKey, token);
}

/** Adds the token, if any; throws `ApiError` for every answer but 2xx. */
export async function callApi(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  const token = readToken();
  if (token !== null) headers.set("Authorization", `Bearer ${token}`);
  if (init.body !== undefined) headers.set("Content-Type", "application/json");
  const response = await fetch(`api/v1/${path}`, { ...init, headers, cache: "no-store" });
  if (!response.ok) throw await readError(response);
  return response;
}

async function readError(response: Response): Promise<ApiError> {
  const plain = {
    code: "http",
    message: `The controller answered ${response.status} ${response.statusText}`,
    details: [],
  };
  const body: unknown = await response.json().catch(() => null);
  const error = isRecord(body) && isRecord(body["error"]) ? body["error"] : null;
  if (error === null) return new ApiError(response.status, plain);
  const details = Array.isArray(error["details"]) ? error["details"] : [];
  return new ApiError(response.status, {
    code: typeof error["code"] === "string" ? error["code"] : plain.code,
    message: typeof error["message"] === "string" ? error["message"] : plain.message,
    details: details.map((detail: unknown) => (typeof detail === "string" ? detail : JSON.stringify(detail))),
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

async function fetchJson<T>(path: string, init: RequestInit = {}): Promise<T> {
  const response = await callApi(path, { signal: AbortSignal.timeout(waitMsMax), ...init });
  return (await response.json()) as T;
}

export function fetchStatus(): Promise<StatusView> {
  return fetchJson<StatusView>("status");
}

export function fetchExplanation(name: string): Promise<Explanation> {
  return fetchJson<Explanation>(`explain/${encodeURIComponent(name)}`);
}

export async function fetchEvents(query: {
  since?: number;
  after?: number;
  /** Only what operators did. */
  operator?: true;
  limit: number;
}): Promise<readonly HistoryEvent[]> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (value !== undefined) search.set(name, String(typeof value === "number" ? Math.floor(value) : value));
  return (await fetchJson<{ events: readonly HistoryEvent[] }>(`events?${search}`)).events;
}

async function send(method: string, path: string, body?: object): Promise<void> {
  const json = body === undefined ? {} : { body: JSON.stringify(body) };
  await callApi(path, { method, signal: AbortSignal.timeout(waitMsMax), ...json });
}

/** Who acts, and why. */
export interface By {
  readonly owner: string;
  readonly reason?: string;
}

/** An act of an operator: `path` in parts, which may hold slashes; `by` where there is no body. */
export function callAct(
  method: "POST" | "DELETE",
  path: readonly string[],
  what: { by?: By; body?: object },
): Promise<void> {
  const query = what.by === undefined ? "" : `?${new URLSearchParams({ ...what.by })}`;
  return send(method, path.map(encodeURIComponent).join("/") + query, what.body);
}

/** What a step would change; changes nothing. */
export function fetchPlan(kind: "reload" | "reset"): Promise<PlanView> {
  return fetchJson<PlanView>("plan", { method: "POST", body: JSON.stringify({ kind }) });
}

export function postReset(by: Force): Promise<void> {
  return send("POST", "reset", by);
}

/** `force`: also when more is removed than the limit allows. */
export function postReload(force: Force | null): Promise<void> {
  return send("POST", "reload", force === null ? undefined : { force });
}
