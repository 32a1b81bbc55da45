/**
 * One follower of the live stream. Events wait in a bounded queue, because each matters; of whole statuses only
 * the newest matters, so a slow follower misses some and never piles them up. The stream is pulled: while the
 * follower's socket is full nothing is handed over. Who lets too much wait, or takes nothing for too long, is cut.
 */

/** Events that may wait for one slow follower, in bytes of text. */
export const LIVE_BUFFER_BYTES_MAX = 1024 * 1024;
/** A follower that took nothing for so long is cut. */
export const LIVE_STALL_MS_MAX = 60_000;

export interface LiveClient {
  readonly body: ReadableStream<Uint8Array>;
  /** Queues text that must arrive, in order. */
  push(frame: string): void;
  /** Says that a newer status can be had from `latestStatus`. */
  statusChanged(): void;
  /** Cuts a follower that has stalled; `nowMs` is monotonic. */
  checkStall(nowMs: number): void;
  end(): void;
}

export interface LiveClientParts {
  /** The newest status as a frame of the stream; the bytes are shared by all followers. */
  readonly latestStatus: () => Uint8Array;
  /** Called once, when the follower left or was cut; `cut` says why it was, and is null when it left. */
  readonly onEnd: (cut: string | null) => void;
}

interface Follower {
  controller: ReadableStreamDefaultController<Uint8Array> | null;
  waiting: string[];
  waitingBytes: number;
  statusDue: boolean;
  /** The stream asked for more and nothing was there. */
  hungry: boolean;
  /** Monotonic time since which it has been sated; null while hungry. */
  satedSince: number | null;
}

function newFollower(): Follower {
  return { controller: null, waiting: [], waitingBytes: 0, statusDue: false, hungry: false, satedSince: null };
}

const encoder = new TextEncoder();

export function createLiveClient(parts: LiveClientParts): LiveClient {
  const state = newFollower();
  const finish = (cut: string | null): void => {
    const controller = state.controller;
    if (controller === null) return;
    state.controller = null;
    state.waiting = [];
    if (cut === null) parts.onEnd(null);
    else {
      controller.error(new Error(cut));
      parts.onEnd(cut);
    }
  };
  const body = new ReadableStream<Uint8Array>(
    {
      start: (controller) => {
        state.controller = controller;
      },
      pull: () => {
        state.hungry = true;
        feed(state, parts.latestStatus);
      },
      cancel: () => finish(null),
    },
    { highWaterMark: 1 },
  );
  return {
    body,
    push(frame) {
      if (state.controller === null) return;
      state.waiting.push(frame);
      state.waitingBytes += frame.length;
      feed(state, parts.latestStatus);
      if (state.waitingBytes > LIVE_BUFFER_BYTES_MAX) finish(`more than ${LIVE_BUFFER_BYTES_MAX} bytes were waiting`);
    },
    statusChanged() {
      state.statusDue = true;
      feed(state, parts.latestStatus);
    },
    checkStall(nowMs) {
      state.satedSince = state.hungry ? null : (state.satedSince ?? nowMs);
      if (state.satedSince !== null && nowMs - state.satedSince > LIVE_STALL_MS_MAX)
        finish(`took nothing for ${LIVE_STALL_MS_MAX} ms`);
    },
    end() {
      const controller = state.controller;
      finish(null);
      controller?.close();
    },
  };
}

/** Hands over everything that waits, if the stream asked for it. Events go before a status. */
function feed(state: Follower, latestStatus: () => Uint8Array): void {
  if (!state.hungry || state.controller === null) return;
  if (state.waiting.length === 0 && !state.statusDue) return;
  const { waiting, statusDue, controller } = state;
  state.waiting = [];
  state.waitingBytes = 0;
  state.statusDue = false;
  state.hungry = false;
  state.satedSince = null;
  if (waiting.length > 0) controller.enqueue(encoder.encode(waiting.join("")));
  if (statusDue) controller.enqueue(latestStatus());
}
