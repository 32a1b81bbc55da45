/** `GET /healthz`: for load balancers and process supervisors. 200 only when every target was judged and DNS answers. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { healthzReplySchema } from "../contract.ts";
import { ApiError } from "../errors.ts";

const route = createRoute({
  method: "get",
  path: "/healthz",
  summary: "200 when ready, 503 with the reason otherwise",
  responses: { 200: jsonContent(healthzReplySchema, "Ready"), ...errorResponses },
});

export function addHealthzRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, (c) => {
    if (!operator.status().ready) throw new ApiError("not_ready");
    return c.json({ ready: true as const }, 200);
  });
}
