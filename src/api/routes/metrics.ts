/** `GET /metrics`: numbers for Prometheus, in its text format. */
import { createRoute, z } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses } from "../context.ts";
import { renderMetrics } from "../metrics.ts";

const route = createRoute({
  method: "get",
  path: "/metrics",
  summary: "Numbers for Prometheus",
  responses: {
    200: { description: "Prometheus text", content: { "text/plain": { schema: z.string() } } },
    ...errorResponses,
  },
});

export function addMetricsRoute(api: Api, { operator }: ApiParts): void {
  api.openapi(route, async (c) => {
    const { contentType, text } = await renderMetrics(
      operator.status(),
      await operator.counters(),
      operator.rehearsals(),
    );
    return c.text(text, 200, { "Content-Type": contentType });
  });
}
