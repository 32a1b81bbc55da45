/** `POST /api/v1/reload`: reads the configuration file again. A bad file, or one that removes too much, changes nothing. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonContent } from "../context.ts";
import { doneReplySchema, reloadBodySchema } from "../contract.ts";
import { doneReply } from "../outcome.ts";

const route = createRoute({
  method: "post",
  path: "/api/v1/reload",
  summary: "Reads the configuration file again; a bad file changes nothing",
  request: {
    body: jsonContent(
      reloadBodySchema,
      "Who asks and why, and whether a step that removes more than allowed is forced",
    ),
  },
  responses: { 200: jsonContent(doneReplySchema, "What changed"), ...errorResponses },
});

export function addReloadRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, async (c) => {
    // A request without a body has an empty object here, without the defaults.
    const { force = null, ...by } = reloadBodySchema.parse(c.req.valid("json"));
    return c.json(doneReply(operator, await operator.reload(force, by)), 200);
  });
}
