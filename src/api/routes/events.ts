/** `GET /api/v1/events`: the story so far, newest last, a bounded piece at a time. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { eventsQuerySchema, eventsReplySchema } from "../contract.ts";

const route = createRoute({
  method: "get",
  path: "/api/v1/events",
  summary: "What happened, newest last",
  request: { query: eventsQuerySchema },
  responses: { 200: jsonContent(eventsReplySchema, "The events"), ...errorResponses },
});

export function addEventsRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, async (c) => {
    const { after, kind, operator: byOperator, since, subject, limit } = c.req.valid("query");
    const events = await operator.history({
      limit,
      ...(after === undefined ? {} : { afterId: after }),
      ...(since === undefined ? {} : { sinceMs: since }),
      ...(subject === undefined ? {} : { subject }),
      ...(kind === undefined ? {} : { kind }),
      ...(byOperator === undefined ? {} : { operator: true as const }),
    });
    return c.json({ events }, 200);
  });
}
