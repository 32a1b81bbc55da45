/** `POST /api/v1/plan`: what a reload or a reset would change. `POST /api/v1/reset`: puts everything back to normal. */
import { createRoute } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses, jsonBody, jsonContent } from "../context.ts";
import {
  doneReplySchema,
  forceBodySchema,
  planBodySchema,
  planSchema,
  simulateBodySchema,
  simulationSchema,
} from "../contract.ts";
import { doneReply, planReply, simulationReply } from "../outcome.ts";

const planRoute = createRoute({
  method: "post",
  path: "/api/v1/plan",
  summary: "What a reload, another configuration or a reset would change; changes nothing",
  request: { body: jsonBody(planBodySchema, "What is planned") },
  responses: { 200: jsonContent(planSchema, "What would change"), ...errorResponses },
});

const resetRoute = createRoute({
  method: "post",
  path: "/api/v1/reset",
  summary: "Puts everything back to normal: no override, every member taken for up until it is judged again",
  request: { body: jsonBody(forceBodySchema, "Who, and why") },
  responses: { 200: jsonContent(doneReplySchema, "What changed"), ...errorResponses },
});

const simulateRoute = createRoute({
  method: "post",
  path: "/api/v1/simulate",
  summary: "What would happen if members failed: story, answers, records; changes nothing",
  request: { body: jsonBody(simulateBodySchema, "Who fails, and how") },
  responses: { 200: jsonContent(simulationSchema, "What would happen"), ...errorResponses },
});

export function addPlanRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(planRoute, async (c) => {
    const { kind, text = null } = c.req.valid("json");
    return c.json(planReply(await operator.plan(kind === "reset" ? { kind } : { kind, text })), 200);
  });
  api.openapi(resetRoute, async (c) => c.json(doneReply(operator, await operator.reset(c.req.valid("json"))), 200));
  api.openapi(simulateRoute, async (c) => c.json(simulationReply(await operator.simulate(c.req.valid("json"))), 200));
}
