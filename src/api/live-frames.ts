/**
 * The text of the live stream: server-sent events as the HTML standard defines them. Only events carry an id, so
 * that a follower who returns with `Last-Event-ID` names the last piece of the story it knows.
 */
import type { HistoryEvent } from "../core/model.ts";
import type { LiveMessage, Operator } from "../core/view.ts";

/** Shortest distance between two statuses: four a second. */
export const LIVE_STATUS_MS_MIN = 250;
/** A status that took t ms to write is followed by a pause of at least this many times t: a twentieth of a core. */
const STATUS_COST_FACTOR = 20;

export const heartbeatFrame = ": heartbeat\n\n";
/** Tells browsers to come back after a second. */
export const retryFrame = "retry: 1000\n\n";

export function eventFrame(event: HistoryEvent): string {
  const message: LiveMessage = { kind: "event", event };
  return `id: ${event.id}\nevent: event\ndata: ${JSON.stringify(message)}\n\n`;
}

/** Writes the status down when it is first asked for after it was outdated, and knows what that cost. */
export interface StatusFrames {
  frame(): Uint8Array;
  outdate(): void;
  /** How long to wait before the next one. */
  pauseMs(): number;
}

export function createStatusFrames(operator: Operator): StatusFrames {
  const encoder = new TextEncoder();
  let written: Uint8Array | null = null;
  let costMs = 0;
  const write = (): Uint8Array => {
    const startedAt = performance.now();
    const message: LiveMessage = { kind: "status", status: operator.status() };
    const bytes = encoder.encode(`event: status\ndata: ${JSON.stringify(message)}\n\n`);
    costMs = performance.now() - startedAt;
    return bytes;
  };
  return {
    frame: () => (written ??= write()),
    outdate() {
      written = null;
    },
    pauseMs: () => Math.max(LIVE_STATUS_MS_MIN, costMs * STATUS_COST_FACTOR),
  };
}
