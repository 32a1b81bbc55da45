/** `POST /api/v1/replay`: what other thresholds would have made of what was recorded. */
import { createRoute } from "@hono/zod-openapi";
import { wall } from "../../base/time.ts";
import { type Api, type ApiParts, errorResponses, jsonBody, jsonContent } from "../context.ts";
import { replayBodySchema, replayReportSchema } from "../contract-replay.ts";
import { ApiError } from "../errors.ts";

const replayRoute = createRoute({
  method: "post",
  path: "/api/v1/replay",
  summary: "What other configurations would have made of what was recorded; changes nothing",
  request: { body: jsonBody(replayBodySchema, "Which time, and which configurations") },
  responses: { 200: jsonContent(replayReportSchema, "What came of it, side by side"), ...errorResponses },
});

export function addReplayRoutes(api: Api, { operator }: ApiParts): void {
  api.openapi(replayRoute, async (c) => {
    const { from, to, ...wish } = c.req.valid("json");
    const outcome = await operator.replay({ ...wish, from: wall(from), to: wall(to) });
    if (outcome.kind === "refused") throw new ApiError("refused", outcome.sentence, outcome.details);
    return c.json(outcome.report, 200);
  });
}
