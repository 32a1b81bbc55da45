/** `POST /api/v1/notify/test`: a message to try the channels. `POST /api/v1/notify/acknowledge`: somebody takes care. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { acknowledgeBodySchema, doneReplySchema, notifyTestBodySchema } from "../contract.ts";
import { doneReply } from "../outcome.ts";

const testRoute = createRoute({
  method: "post",
  path: "/api/v1/notify/test",
  summary: "Sends a message to one channel, or to all, and says what came of it",
  request: { body: jsonContent(notifyTestBodySchema, "Which channel") },
  responses: { 200: jsonContent(doneReplySchema, "What was delivered"), ...errorResponses },
});

const acknowledgeRoute = createRoute({
  method: "post",
  path: "/api/v1/notify/acknowledge",
  summary: "Somebody takes care of what is open: it is told to nobody further",
  request: { body: jsonContent(acknowledgeBodySchema, "Of what, and who") },
  responses: { 200: jsonContent(doneReplySchema, "What was open"), ...errorResponses },
});

export function addNotifyRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(testRoute, async (c) => {
    const { channel = null } = c.req.valid("json");
    return c.json(doneReply(operator, await operator.notifyTest(channel)), 200);
  });
  api.openapi(acknowledgeRoute, async (c) => {
    // A request without a body has an empty object here, without the defaults.
    const { pattern, ...by } = acknowledgeBodySchema.parse(c.req.valid("json"));
    return c.json(doneReply(operator, await operator.acknowledge(pattern, by)), 200);
  });
}
