/** What every route of the API gets: the controller to ask, and who is asking it. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Operator } from "../core/view.ts";
import type { Log } from "../ports/log.ts";
import { errorReplySchema } from "./contract.ts";
import type { ApiEnv } from "./guard.ts";

export interface ApiParts {
  readonly operator: Operator;
  /** Bearer token; null: only this machine is served. */
  readonly token: string | null;
  readonly version: string;
  /** Folder of the built live page; null: it is not built. */
  readonly pageDir: string | null;
  readonly log: Log;
}

export type Api = OpenAPIHono<ApiEnv>;

/** The part of every route's description that is the same. */
export const errorResponses = {
  default: { description: "An error of the catalogue", content: { "application/json": { schema: errorReplySchema } } },
} as const;

export function jsonContent<S>(schema: S, description: string) {
  return { description, content: { "application/json": { schema } } } as const;
}

/** A body that must be there: of one that may be missing nothing is checked when it is. */
export function jsonBody<S>(schema: S, description: string) {
  return { ...jsonContent(schema, description), required: true } as const;
}
