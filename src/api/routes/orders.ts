/** `/api/v1/pins` and `/api/v1/maintenance`: names that answer one thing, and windows in which members are out. */
import { createRoute } from "@hono/zod-openapi";
import { wall } from "../../base/time.ts";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import {
  doneReplySchema,
  maintenanceBodySchema,
  nameParamsSchema,
  ownerQuerySchema,
  pinBodySchema,
} from "../contract.ts";
import { doneReply } from "../outcome.ts";
import { canonicalName } from "./pools.ts";

const done = { 200: jsonContent(doneReplySchema, "What was done"), ...errorResponses };

const pin = createRoute({
  method: "post",
  path: "/api/v1/pins",
  summary: "Pins a pool's name to one answer: failover is off",
  request: { body: { required: true, content: { "application/json": { schema: pinBodySchema } } } },
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
  summary: "Orders one window of maintenance",
  request: { body: { required: true, content: { "application/json": { schema: maintenanceBodySchema } } } },
  responses: done,
});

const end = createRoute({
  method: "delete",
  path: "/api/v1/maintenance/{name}",
  summary: "Ends a window of maintenance before its time",
  request: { params: nameParamsSchema, query: ownerQuerySchema },
  responses: done,
});

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
    const { forSeconds, from, name = null, pools, ...body } = c.req.valid("json");
    const window = { name, from: from === undefined ? null : wall(from), forMs: forSeconds * 1000 };
    const outcome = await operator.planMaintenance({ ...body, ...window, pools: pools.map(canonicalName) });
    return c.json(doneReply(operator, outcome), 200);
  });
  api.openapi(end, async (c) => {
    const outcome = await operator.endMaintenance(c.req.valid("param").name, c.req.valid("query"));
    return c.json(doneReply(operator, outcome), 200);
  });
}
