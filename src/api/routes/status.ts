/** `GET /api/v1/status`: everything that the controller knows now. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { statusSchema } from "../contract.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/status",
  summary: "Zones, pools and members: what is answered, since when and why",
  responses: { 200: jsonContent(statusSchema, "The whole view"), ...errorResponses },
});

export function addStatusRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, (c) => c.json(operator.status(), 200));
}
