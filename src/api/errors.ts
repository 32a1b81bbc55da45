/**
 * Every error that the API can answer with, in one place: a stable code for programs, an HTTP status, and a
 * sentence for people. A route throws `ApiError`; `answerError` turns whatever was thrown into JSON, so that
 * nothing else (a stack, a path) ever leaves. docs/api.md lists the same codes.
 */
import type { Context } from "hono";
import { HTTPException } from "hono/http-exception";
import type { Log } from "../ports/log.ts";
import type { ErrorReply } from "./contract.ts";

export const apiErrors = {
  bad_request: { status: 400, sentence: "The request is not in the shape that this call expects." },
  unauthorized: { status: 401, sentence: "A valid bearer token is required: Authorization: Bearer TOKEN." },
  peer_refused: {
    status: 403,
    sentence: "Without a configured token only clients on this machine are served; set api.token to open it.",
  },
  proxy_refused: {
    status: 403,
    sentence: "The request came through a proxy, which needs a token: set api.token.",
  },
  host_refused: {
    status: 403,
    sentence: "Without a configured token the Host header must be a loopback address or localhost.",
  },
  origin_refused: { status: 403, sentence: "A page of another origin may not change anything here." },
  route_unknown: { status: 404, sentence: "There is nothing at this address; GET /openapi.json lists what there is." },
  name_unknown: { status: 404, sentence: "Nothing of that name is configured." },
  refused: { status: 409, sentence: "The controller refused." },
  length_required: { status: 411, sentence: "A request body must come with a Content-Length." },
  body_too_large: { status: 413, sentence: "The request body is larger than this call accepts." },
  content_type_refused: { status: 415, sentence: "The request body must be JSON: Content-Type: application/json." },
  not_ready: { status: 503, sentence: "Since the start not every target was judged yet, or DNS does not answer yet." },
  too_many_clients: { status: 503, sentence: "Too many clients follow the live stream; try again later." },
  internal: { status: 500, sentence: "muster failed to answer; its log says more." },
} as const;

export type ApiErrorCode = keyof typeof apiErrors;

export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly code: ApiErrorCode;
  readonly details: readonly string[];

  /** `sentence` replaces the catalogue's own where something more precise is known. */
  constructor(code: ApiErrorCode, sentence?: string, details: readonly string[] = []) {
    super(sentence ?? apiErrors[code].sentence);
    this.code = code;
    this.details = details;
  }
}

export function errorReply(error: ApiError): ErrorReply {
  return { error: { code: error.code, message: error.message, details: error.details } };
}

/** The one edge where an error becomes an answer; what is not an `ApiError` is a bug, logged here. */
export function answerError(thrown: unknown, c: Context, log: Log): Response {
  const error = asApiError(thrown);
  if (error.code === "internal")
    log.error(`the API failed to answer ${c.req.method} ${c.req.path}: ${String(thrown)}`, { thrown });
  if (error.code === "unauthorized") c.header("WWW-Authenticate", 'Bearer realm="muster"');
  if (error.code === "too_many_clients") c.header("Retry-After", "10");
  return c.json(errorReply(error), apiErrors[error.code].status);
}

function asApiError(thrown: unknown): ApiError {
  if (thrown instanceof ApiError) return thrown;
  // Hono throws these for bodies that are not JSON, by their content or by their type.
  if (thrown instanceof HTTPException && thrown.status === 400)
    return new ApiError("bad_request", "The body is not JSON.");
  if (thrown instanceof HTTPException && thrown.status === 415) return new ApiError("content_type_refused");
  return new ApiError("internal");
}
