/**
 * Fans the controller's changes out to the followers of the live stream. However many follow, the controller is
 * subscribed to once and each status is written once. A follower is subscribed before the events it missed are
 * read, and what happens meanwhile is held back for it, so nothing is lost or doubled between the two.
 */
import type { HistoryEvent } from "../core/model.ts";
import type { LiveMessage, Operator } from "../core/view.ts";
import type { Log } from "../ports/log.ts";
import { ApiError } from "./errors.ts";
import { createLiveClient, type LiveClient } from "./live-client.ts";
import { createStatusFrames, eventFrame, heartbeatFrame, retryFrame, type StatusFrames } from "./live-frames.ts";

/** Followers at the same time. */
export const LIVE_CLIENTS_MAX = 64;
export const LIVE_HEARTBEAT_MS = 15_000;
/** A returning follower gets at most so many, the newest; who missed more asks /api/v1/events. */
export const LIVE_REPLAY_EVENTS_MAX = 500;

interface Follower {
  readonly client: LiveClient;
  /** Events that happen while the missed ones are read; null: none are held back. */
  held: HistoryEvent[] | null;
}

interface Hub {
  readonly operator: Operator;
  readonly log: Log;
  readonly frames: StatusFrames;
  readonly followers: Set<Follower>;
  /** Ends subscription and timers; null while nobody follows. */
  stop: (() => void) | null;
}

export interface LiveHub {
  /** `afterId`: the last event that the follower has seen; null: it wants only what comes. */
  follow(afterId: number | null): Promise<ReadableStream<Uint8Array>>;
}

export function createLiveHub(operator: Operator, log: Log): LiveHub {
  const hub: Hub = { operator, log, frames: createStatusFrames(operator), followers: new Set(), stop: null };
  return {
    async follow(afterId) {
      const follower = addFollower(hub);
      follower.client.push(retryFrame);
      hub.frames.outdate();
      follower.client.statusChanged();
      let seenId = afterId ?? 0;
      try {
        if (afterId !== null) seenId = await replay(hub, follower, afterId);
      } catch (thrown) {
        follower.client.end();
        throw thrown;
      }
      releaseHeld(follower, seenId);
      return follower.client.body;
    },
  };
}

function addFollower(hub: Hub): Follower {
  if (hub.followers.size >= LIVE_CLIENTS_MAX) throw new ApiError("too_many_clients");
  const client = createLiveClient({
    latestStatus: () => hub.frames.frame(),
    onEnd: (cut) => {
      hub.followers.delete(follower);
      if (cut !== null) hub.log.warn(`a follower of the live stream was cut: ${cut}`);
      if (hub.followers.size === 0) hub.stop?.();
    },
  });
  const follower: Follower = { client, held: [] };
  hub.followers.add(follower);
  hub.stop ??= startFeeding(hub);
  return follower;
}

/**
 * Returns the id up to which the follower has seen everything. One that was never handed out is of another database, which
 * was replaced meanwhile: of this one the follower has seen nothing.
 */
async function replay(hub: Hub, follower: Follower, afterId: number): Promise<number> {
  const newest = await hub.operator.history({ limit: LIVE_REPLAY_EVENTS_MAX });
  const seenId = (newest.at(-1)?.id ?? 0) < afterId ? 0 : afterId;
  const missed = newest.filter((event) => event.id > seenId);
  for (const event of missed) follower.client.push(eventFrame(event));
  return missed.at(-1)?.id ?? seenId;
}

function releaseHeld(follower: Follower, seenId: number): void {
  const held = follower.held ?? [];
  follower.held = null;
  for (const event of held) if (event.id > seenId) follower.client.push(eventFrame(event));
}

/** Subscribes to the controller; returns what ends it. */
function startFeeding(hub: Hub): () => void {
  let statusTimer: NodeJS.Timeout | null = null;
  let sentAt = Number.NEGATIVE_INFINITY;
  const sendStatus = (): void => {
    statusTimer = null;
    sentAt = performance.now();
    hub.frames.outdate();
    for (const { client } of hub.followers) client.statusChanged();
  };
  const unsubscribe = hub.operator.subscribe((message) => {
    if (message.kind === "event") sendEvent(hub, message);
    // The status in the message is not used: by the time it is sent there is a newer one.
    else statusTimer ??= setTimeout(sendStatus, Math.max(0, sentAt + hub.frames.pauseMs() - performance.now()));
  });
  const heartbeat = setInterval(() => beat(hub), LIVE_HEARTBEAT_MS);
  return () => {
    hub.stop = null;
    unsubscribe();
    clearInterval(heartbeat);
    if (statusTimer !== null) clearTimeout(statusTimer);
  };
}

function sendEvent(hub: Hub, message: LiveMessage & { kind: "event" }): void {
  const frame = eventFrame(message.event);
  for (const follower of hub.followers) {
    if (follower.held === null) follower.client.push(frame);
    else follower.held.push(message.event);
  }
}

function beat(hub: Hub): void {
  for (const { client } of hub.followers) {
    client.push(heartbeatFrame);
    client.checkStall(performance.now());
  }
}
