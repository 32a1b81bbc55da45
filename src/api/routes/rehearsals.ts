/** `/api/v1/rehearsals`: makes a canary fail on purpose and measures what follows; what came of the last ones. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonBody, jsonContent } from "../context.ts";
import { rehearsalSchema, rehearsalsReplySchema, rehearseBodySchema } from "../contract-rehearsals.ts";
import { rehearsalReply } from "../outcome.ts";

const rehearse = createRoute({
  method: "post",
  path: "/api/v1/rehearsals",
  summary: "Makes a canary's check fail and measures what follows; replies when all is back",
  request: { body: jsonBody(rehearseBodySchema, "Who fails, and for how long at most") },
  responses: { 200: jsonContent(rehearsalSchema, "What was measured"), ...errorResponses },
});

const last = createRoute({
  method: "get",
  path: "/api/v1/rehearsals",
  summary: "The last rehearsal of each pool",
  responses: { 200: jsonContent(rehearsalsReplySchema, "What was measured"), ...errorResponses },
});

export function addRehearsalRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(rehearse, async (c) => {
    const { forSeconds, ...wish } = c.req.valid("json");
    return c.json(rehearsalReply(await operator.rehearse({ ...wish, forMs: forSeconds * 1000 })), 200);
  });
  api.openapi(last, (c) => c.json({ rehearsals: operator.rehearsals() }, 200));
}
