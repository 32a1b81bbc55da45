/**
 * The HTTP API as an app that listens nowhere: requests can be made to it in memory. One guard in front, one
 * route file a noun, one place where errors become answers.
 */
import { OpenAPIHono } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import type { ZodError } from "zod";
import type { Api, ApiParts } from "./context.ts";
import { ApiError, answerError } from "./errors.ts";
import { type ApiEnv, guard } from "./guard.ts";
import { addEventsRoute } from "./routes/events.ts";
import { addExplainRoute } from "./routes/explain.ts";
import { addHealthzRoute } from "./routes/healthz.ts";
import { addLiveRoute } from "./routes/live.ts";
import { addMetricsRoute } from "./routes/metrics.ts";
import { addNotifyRoutes } from "./routes/notify.ts";
import { addOverrideRoutes } from "./routes/overrides.ts";
import { addPageRoutes } from "./routes/page.ts";
import { addPlanRoutes } from "./routes/plan.ts";
import { addOrderRoutes } from "./routes/orders.ts";
import { addPoolRoutes } from "./routes/pools.ts";
import { addRehearsalRoutes } from "./routes/rehearsals.ts";
import { addReplayRoutes } from "./routes/replay.ts";
import { addRecordsRoute } from "./routes/records.ts";
import { addReloadRoute } from "./routes/reload.ts";
import { addStatusRoute } from "./routes/status.ts";

/** Largest request body that is read. */
export const REQUEST_BODY_BYTES_MAX = 16 * 1024;
/** A plan may carry a whole configuration. */
const PLAN_BODY_BYTES_MAX = 4 * 1024 * 1024;
const REPLAY_BODY_BYTES_MAX = 16 * 1024 * 1024;

/** A new noun is a new file and a new line here. */
const routes: readonly ((api: Api, parts: ApiParts) => void)[] = [
  addStatusRoute,
  addPoolRoutes,
  addExplainRoute,
  addRecordsRoute,
  addEventsRoute,
  addLiveRoute,
  addOverrideRoutes,
  addOrderRoutes,
  addReloadRoute,
  addPlanRoutes,
  addReplayRoutes,
  addRehearsalRoutes,
  addNotifyRoutes,
  addHealthzRoute,
  addMetricsRoute,
  addPageRoutes,
];

export function createApi(parts: ApiParts): Api {
  const api: Api = new OpenAPIHono<ApiEnv>({
    defaultHook: (result) => {
      if (!result.success) throw badRequest(result.error);
    },
  });
  api.use(async (c, next) => {
    await next();
    c.header("X-Content-Type-Options", "nosniff");
    c.header("Referrer-Policy", "no-referrer");
    c.header("Cross-Origin-Resource-Policy", "same-origin");
    if (!c.res.headers.has("Cache-Control")) c.header("Cache-Control", "no-store");
  });
  api.use(guard(parts.token));
  api.use(limitBody);
  for (const add of routes) add(api, parts);
  api.openAPIRegistry.registerComponent("securitySchemes", "token", { type: "http", scheme: "bearer" });
  api.doc31("/openapi.json", {
    openapi: "3.1.0",
    info: { title: "muster", version: parts.version, description: "Who answers for a name, since when, and why." },
    // With `api.token` or, on this machine, without any.
    security: [{ token: [] }, {}],
  });
  api.notFound((c) => answerError(new ApiError("route_unknown"), c, parts.log));
  api.onError((thrown, c) => answerError(thrown, c, parts.log));
  return api;
}

/** Whole configurations: one, or several. */
const bodyBytesMax: Readonly<Record<string, number>> = {
  "/api/v1/plan": PLAN_BODY_BYTES_MAX,
  "/api/v1/replay": REPLAY_BODY_BYTES_MAX,
};

/** Node's parser holds a body to its Content-Length, so looking at that is enough once chunks are refused. */
const limitBody: MiddlewareHandler<ApiEnv> = async (c, next) => {
  if (c.req.header("transfer-encoding") !== undefined) throw new ApiError("length_required");
  const bytesMax = bodyBytesMax[c.req.path] ?? REQUEST_BODY_BYTES_MAX;
  if (Number(c.req.header("content-length") ?? 0) > bytesMax)
    throw new ApiError("body_too_large", `The request body is larger than ${bytesMax} bytes.`);
  await next();
};

function badRequest(error: ZodError): ApiError {
  const details = error.issues.map(({ message, path }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
  return new ApiError("bad_request", undefined, details);
}
