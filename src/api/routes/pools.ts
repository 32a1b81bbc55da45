/** `/api/v1/pools/NAME`: one pool, and the order to fail back. */
import { createRoute } from "@hono/zod-openapi";
import { findNearest } from "../../base/nearest.ts";
import type { PoolView } from "../../core/view.ts";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { doneReplySchema, nameParamsSchema, ownerQuerySchema, poolReplySchema } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { doneReply } from "../outcome.ts";

const getPool = createRoute({
  method: "get",
  path: "/api/v1/pools/{name}",
  summary: "One pool",
  request: { params: nameParamsSchema },
  responses: { 200: jsonContent(poolReplySchema, "The pool"), ...errorResponses },
});

const failback = createRoute({
  method: "post",
  path: "/api/v1/pools/{name}/failback",
  summary: "Lets a priority pool return to its best fit member now",
  request: { params: nameParamsSchema, query: ownerQuerySchema },
  responses: { 200: jsonContent(doneReplySchema, "What was done"), ...errorResponses },
});

export function addPoolRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(getPool, (c) => {
    const status = operator.status();
    const pool = requirePool(status.pools, c.req.valid("param").name);
    return c.json({ at: status.at, pool }, 200);
  });
  api.openapi(failback, async (c) => {
    const outcome = await operator.failback(canonicalName(c.req.valid("param").name), c.req.valid("query"));
    return c.json(doneReply(operator, outcome), 200);
  });
}

function requirePool(pools: readonly PoolView[], asked: string): PoolView {
  const name = canonicalName(asked);
  const pool = pools.find((candidate) => candidate.name === name);
  if (pool === undefined)
    throw unknownName(
      `There is no pool ${name}`,
      name,
      pools.map((known) => known.name),
    );
  return pool;
}

/** Names are kept in lower case without a final dot; people type both. */
export function canonicalName(asked: string): string {
  return asked.toLowerCase().replace(/(?<=.)\.$/, "");
}

export function unknownName(sentence: string, name: string, known: readonly string[]): ApiError {
  const nearest = findNearest(name, known);
  if (nearest === null) return new ApiError("name_unknown", `${sentence}.`);
  return new ApiError("name_unknown", `${sentence}; did you mean ${nearest}?`, [nearest]);
}
