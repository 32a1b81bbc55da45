/** `GET /api/v1/explain/NAME`: the chain of evidence for the answer that a name gives now. */
import { createRoute } from "@hono/zod-openapi";
import type { Operator } from "../../core/view.ts";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { explanationSchema, nameParamsSchema } from "../contract.ts";
import { canonicalName, unknownName } from "./pools.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/explain/{name}",
  summary: "Why a name answers what it answers",
  request: { params: nameParamsSchema },
  responses: { 200: jsonContent(explanationSchema, "From the answer back to the probes"), ...errorResponses },
});

export function addExplainRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, (c) => {
    const name = canonicalName(c.req.valid("param").name);
    const explanation = operator.explain(name);
    if (explanation === null) throw unknownName(`There is no pool and no zone ${name}`, name, knownNames(operator));
    return c.json(explanation, 200);
  });
}

function knownNames(operator: Operator): readonly string[] {
  const { pools, zones } = operator.status();
  return [...pools.map((pool) => pool.name), ...zones.map((zone) => zone.origin)];
}
