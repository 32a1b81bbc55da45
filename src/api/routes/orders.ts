/** `/api/v1/pins` and `/api/v1/maintenance`: names that answer one thing, and windows in which members are out. */
import { createRoute } from "@hono/zod-openapi";
import { wall } from "../../base/time.ts";
import { parseTimeZone } from "../../config/notify-scalars.ts";
import { everyExpected, parseEvery } from "../../config/schema-maintenance.ts";
import type { MaintenanceRequest } from "../../core/view.ts";
import { type Api, type ApiParts, errorResponses, jsonBody, jsonContent } from "../context.ts";
import {
  doneReplySchema,
  maintenanceBodySchema,
  nameParamsSchema,
  ownerQuerySchema,
  pinBodySchema,
} from "../contract.ts";
import { ApiError } from "../errors.ts";
import { doneReply } from "../outcome.ts";
import { canonicalName } from "./pools.ts";

const done = { 200: jsonContent(doneReplySchema, "What was done"), ...errorResponses };

const pin = createRoute({
  method: "post",
  path: "/api/v1/pins",
  summary: "Pins a pool's name to one answer: failover is off",
  request: { body: jsonBody(pinBodySchema, "Which pool, to what and why") },
  responses: done,
});

const unpin = createRoute({
  method: "delete",
  path: "/api/v1/pins/{name}",
  summary: "Lets a pinned pool decide again",
  request: { params: nameParamsSchema, query: ownerQuerySchema },
  responses: done,
});

const plan = createRoute({
  method: "post",
  path: "/api/v1/maintenance",
  summary: "Orders a window of maintenance, once or again and again",
  request: { body: jsonBody(maintenanceBodySchema, "Whom, when and why") },
  responses: done,
});

const end = createRoute({
  method: "delete",
  path: "/api/v1/maintenance/{name}",
  summary: "Ends a window of maintenance before its time",
  request: { params: nameParamsSchema, query: ownerQuerySchema },
  responses: done,
});

const cancel = createRoute({
  method: "delete",
  path: "/api/v1/maintenance/{name}/series",
  summary: "Cancels a window of maintenance that was ordered to come again",
  request: { params: nameParamsSchema, query: ownerQuerySchema },
  responses: done,
});

/** When it comes again; null: once. Throws what the caller is told when it cannot be read. */
function againOf({ every, timeZone = "UTC", until }: Again): MaintenanceRequest["again"] {
  if (every === undefined) return null;
  const read = parseEvery(every);
  if (!read.ok) throw unreadable("every", everyExpected);
  const zone = parseTimeZone(timeZone);
  if (!zone.ok) throw unreadable("timeZone", "a time zone such as Europe/Berlin");
  return { ...read.value, timeZone: zone.value, until: until === undefined ? null : wall(until) };
}

function unreadable(field: string, expected: string): ApiError {
  return new ApiError("bad_request", `${field} cannot be read: expected ${expected}`);
}

interface Again {
  readonly every: string | undefined;
  readonly timeZone: string | undefined;
  readonly until: number | undefined;
}

export function addOrderRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(pin, async (c) => {
    const { forSeconds, pool, ...body } = c.req.valid("json");
    const forMs = forSeconds === undefined ? null : forSeconds * 1000;
    return c.json(doneReply(operator, await operator.pin({ ...body, pool: canonicalName(pool), forMs })), 200);
  });
  api.openapi(unpin, async (c) => {
    const name = canonicalName(c.req.valid("param").name);
    return c.json(doneReply(operator, await operator.unpin(name, c.req.valid("query"))), 200);
  });
  api.openapi(plan, async (c) => {
    const { every, forSeconds, from, name = null, pools, timeZone, until, ...body } = c.req.valid("json");
    const again = againOf({ every, timeZone, until });
    const window = { name, from: from === undefined ? null : wall(from), forMs: forSeconds * 1000, again };
    const outcome = await operator.planMaintenance({ ...body, ...window, pools: pools.map(canonicalName) });
    return c.json(doneReply(operator, outcome), 200);
  });
  api.openapi(end, async (c) => {
    const outcome = await operator.endMaintenance(c.req.valid("param").name, c.req.valid("query"));
    return c.json(doneReply(operator, outcome), 200);
  });
  api.openapi(cancel, async (c) => {
    const outcome = await operator.cancelMaintenance(c.req.valid("param").name, c.req.valid("query"));
    return c.json(doneReply(operator, outcome), 200);
  });
}
