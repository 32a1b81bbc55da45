/** `GET /api/v1/records/ZONE`: what the zone's pools decided, record by record, for audits on any machine. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { nameParamsSchema, recordsSchema } from "../contract.ts";
import { canonicalName, unknownName } from "./pools.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/records/{name}",
  summary: "The records of a zone's pools, as decided",
  request: { params: nameParamsSchema },
  responses: { 200: jsonContent(recordsSchema, "Every set of every pool in the zone"), ...errorResponses },
});

export function addRecordsRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, (c) => {
    const zone = canonicalName(c.req.valid("param").name);
    const records = operator.records(zone);
    if (records !== null) return c.json(records, 200);
    const known = operator.status().zones.map(({ origin }) => origin);
    throw unknownName(`There is no zone ${zone}`, zone, known);
  });
}
