/**
 * `GET /api/v1/live`: the live stream, as server-sent events. First a status, then statuses and events as they
 * come. Who was cut off resumes the events with the `Last-Event-ID` header.
 */
import { createRoute, z } from "@hono/zod-openapi";
import { type Api, type ApiParts, errorResponses } from "../context.ts";
import { liveMessageSchema } from "../contract.ts";
import { ApiError } from "../errors.ts";
import { createLiveHub } from "../live-hub.ts";

const lastSeen = z
  .string()
  .optional()
  .meta({ description: "The last event that was seen: those after it are sent first" });

const route = createRoute({
  method: "get",
  path: "/api/v1/live",
  summary: "Statuses and events as they come (server-sent events; the data of each is a LiveMessage)",
  request: { headers: z.object({ "last-event-id": lastSeen }) },
  responses: {
    200: { description: "The stream", content: { "text/event-stream": { schema: liveMessageSchema } } },
    ...errorResponses,
  },
});

export function addLiveRoute(api: Api, { operator, log }: ApiParts): void {
  const hub = createLiveHub(operator, log);
  api.openapi(route, async (c) => {
    const body = await hub.follow(lastEventId(c.req.header("last-event-id")));
    // no-transform and X-Accel-Buffering keep proxies from holding the stream back.
    return c.body(body, 200, {
      "Content-Type": "text/event-stream; charset=utf-8",
      "Cache-Control": "no-store, no-transform",
      "X-Accel-Buffering": "no",
    });
  });
}

function lastEventId(header: string | undefined): number | null {
  if (header === undefined || header === "") return null;
  if (!/^\d{1,15}$/.test(header)) throw new ApiError("bad_request", "Last-Event-ID must be the id of an event.");
  return Number(header);
}
