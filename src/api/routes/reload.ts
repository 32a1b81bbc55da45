/** `POST /api/v1/reload`: reads the configuration file again. A bad file changes nothing. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { doneReplySchema } from "../contract.ts";
import { doneReply } from "../outcome.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/reload",
  summary: "Reads the configuration file again; a bad file changes nothing",
  responses: { 200: jsonContent(doneReplySchema, "What changed"), ...errorResponses },
});

export function addReloadRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, async (c) => c.json(doneReply(operator, await operator.reload()), 200));
}
