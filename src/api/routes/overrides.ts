/** `/api/v1/overrides`: takes members out of the answers by hand, and gives them back. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonBody, jsonContent } from "../context.ts";
import { doneReplySchema, memberParamsSchema, overrideBodySchema, ownerQuerySchema } from "../contract.ts";
import { doneReply } from "../outcome.ts";

const set = createRoute({
  method: "post",
  path: "/api/v1/overrides",
  summary: "Drains or disables a member",
  request: { body: jsonBody(overrideBodySchema, "Whom, how and why") },
  responses: {
    200: jsonContent(doneReplySchema, "What was done, and when the member is safe to stop"),
    ...errorResponses,
  },
});

const clear = createRoute({
  method: "delete",
  path: "/api/v1/overrides/{member}",
  summary: "Enables a member again",
  request: { params: memberParamsSchema, query: ownerQuerySchema },
  responses: { 200: jsonContent(doneReplySchema, "What was done"), ...errorResponses },
});

const release = createRoute({
  method: "delete",
  path: "/api/v1/holds/{member}",
  summary: "Lets a member back that is held out for flapping",
  request: { params: memberParamsSchema, query: ownerQuerySchema },
  responses: { 200: jsonContent(doneReplySchema, "What was done"), ...errorResponses },
});

const releaseBrake = createRoute({
  method: "delete",
  path: "/api/v1/brake",
  summary: "Lets members leave that the brake holds back, until the next window",
  request: { query: ownerQuerySchema },
  responses: { 200: jsonContent(doneReplySchema, "What was done"), ...errorResponses },
});

export function addOverrideRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(set, async (c) => {
    const { member, kind, owner, reason, forSeconds } = c.req.valid("json");
    const forMs = forSeconds === undefined ? null : forSeconds * 1000;
    return c.json(
      doneReply(operator, await operator.setOverride({ selector: member, kind, owner, reason, forMs })),
      200,
    );
  });
  api.openapi(clear, async (c) => {
    const outcome = await operator.clearOverride(c.req.valid("param").member, c.req.valid("query"));
    return c.json(doneReply(operator, outcome), 200);
  });
  api.openapi(release, async (c) => {
    const outcome = await operator.release(c.req.valid("param").member, c.req.valid("query"));
    return c.json(doneReply(operator, outcome), 200);
  });
  api.openapi(releaseBrake, async (c) =>
    c.json(doneReply(operator, await operator.releaseBrake(c.req.valid("query"))), 200),
  );
}
