/**
 * The dead-man's switch: a URL outside is asked at an interval, for as long as muster runs and can decide. Whoever
 * watches that URL alarms people when it stays silent, which is the one alarm that muster cannot raise itself.
 */
import type { HeartbeatConfig } from "../../core/notify.ts";
import type { Log } from "../../ports/log.ts";
import { faultText } from "./faults.ts";
import { openUrl } from "./secret-url.ts";

/** One request takes no longer; also never longer than the interval. */
const requestMsMax = 10_000;
/** So many failures in a row are told of. */
const failuresTold = 3;

export interface HeartbeatParts {
  readonly config: HeartbeatConfig;
  readonly log: Log;
  /** Null: muster can decide. Else why not. */
  readonly whyUndecided: () => string | null;
  readonly tell: (line: { rule: string; sentence: string }) => void;
}

/** Begins at once; returns its end. */
export function startHeartbeat(parts: HeartbeatParts): () => void {
  const heartbeat = new Heartbeat(parts);
  heartbeat.beat();
  const timer = setInterval(() => heartbeat.beat(), parts.config.everyMs);
  return () => {
    clearInterval(timer);
    heartbeat.stop();
  };
}

class Heartbeat {
  readonly #parts: HeartbeatParts;
  readonly #stop = new AbortController();
  #failures = 0;
  #silent: string | null = null;

  constructor(parts: HeartbeatParts) {
    this.#parts = parts;
  }

  beat(): void {
    const why = this.#parts.whyUndecided();
    this.#noteSilence(why);
    if (why === null) void this.#ask();
  }

  stop(): void {
    this.#stop.abort();
  }

  #noteSilence(why: string | null): void {
    if (why !== null && this.#silent === null) this.#parts.log.warn(`no heartbeat is sent: ${why}`);
    if (why === null && this.#silent !== null) this.#parts.log.info("heartbeats are sent again");
    this.#silent = why;
  }

  async #ask(): Promise<void> {
    const { everyMs, secrets } = this.#parts.config;
    const limit = AbortSignal.timeout(Math.min(requestMsMax, everyMs));
    try {
      const signal = AbortSignal.any([limit, this.#stop.signal]);
      const { headers: login, url } = openUrl(secrets.url ?? "");
      const headers = { "user-agent": "muster", connection: "close", ...login };
      const response = await fetch(url, { signal, headers, redirect: "manual" });
      await response.body?.cancel();
      if (response.ok) this.#noteSuccess();
      else this.#noteFailure(`HTTP status ${response.status}`);
    } catch (thrown) {
      if (!this.#stop.signal.aborted) this.#noteFailure(limit.aborted ? "no answer in time" : faultText(thrown));
    }
  }

  #noteSuccess(): void {
    if (this.#failures >= failuresTold)
      this.#parts.tell({ rule: "heartbeat/works", sentence: `heartbeats reach ${this.#parts.config.place} again` });
    this.#failures = 0;
  }

  #noteFailure(reason: string): void {
    this.#failures += 1;
    if (this.#failures !== failuresTold) return;
    const sentence = `heartbeats do not reach ${this.#parts.config.place}: ${reason}`;
    this.#parts.tell({ rule: "heartbeat/failed", sentence });
  }
}
