/**
 * Keeps the page live: reads the event stream, and when it ends or falls silent, waits a little and asks again with
 * the id of the last event seen. Whatever was missed meanwhile is fetched, so that the story has no holes. What is
 * shown stays on the page, marked as old.
 */
import type { LiveMessage } from "../../src/core/view.ts";
import { ApiError, callApi, fetchEvents, fetchStatus, readToken } from "./api.ts";
import { StreamReader, type StreamMessage } from "./sse.ts";
import { events, eventsMax, link, now, status, stripMs, takeEvents, takeStatus } from "./state.ts";

/** Not even a heartbeat (one every 15 s) for so long: the connection is taken for dead, though nobody closed it. */
const silentMsMax = 25_000;
const retryMsMin = 500;
const retryMsMax = 5_000;
const eventsPerPage = 1_000;
const pagesMax = 20;
const dayMs = 24 * 60 * 60 * 1000;
/** Fewer events than this in the last hour: the day before is told as well. */
const quietEvents = 40;

let session = new AbortController();
/** How far back the story was asked for. */
let reachedBack: number | null = null;

/** (Re)starts from nothing, as after a token was given. */
export function connect(): void {
  session.abort();
  session = new AbortController();
  void run(session.signal);
}

async function run(signal: AbortSignal): Promise<void> {
  let retryMs = retryMsMin;
  while (!signal.aborted) {
    const why = await follow(signal, () => {
      retryMs = retryMsMin;
    });
    if (signal.aborted || link.value.kind === "locked") return;
    markLost(why);
    await pause(retryMs, signal);
    retryMs = Math.min(retryMs * 2, retryMsMax);
  }
}

function markLost(why: string): void {
  const since = link.value.kind === "lost" ? link.value.since : now.value;
  link.value = { kind: "lost", since, why };
}

/** One connection, until it ends; the answer is why it did. */
async function follow(parent: AbortSignal, onOpen: () => void): Promise<string> {
  const watch = new SilenceWatch();
  const signal = AbortSignal.any([parent, watch.signal]);
  try {
    const last = await takeWhole();
    const headers: Record<string, string> = { Accept: "text/event-stream" };
    if (last !== undefined) headers["Last-Event-ID"] = String(last);
    const response = await callApi("live", { headers, signal });
    await Promise.all([catchUp(last), pump(response, watch, onOpen)]);
    return "the controller closed the connection";
  } catch (error) {
    return explainEnd(error, watch);
  } finally {
    watch.stop();
  }
}

function explainEnd(error: unknown, watch: SilenceWatch): string {
  if (error instanceof ApiError && error.status === 401) {
    link.value = { kind: "locked", refused: readToken() !== null };
    return error.message;
  }
  if (watch.signal.aborted) return `nothing was heard for ${silentMsMax / 1000} s`;
  return error instanceof ApiError ? error.message : "the controller cannot be reached";
}

/**
 * The whole picture, before the stream opens, so that nothing older can follow something newer. A controller that was
 * started anew may have another history; then the story is read anew too. Returns the last event that is known.
 */
async function takeWhole(): Promise<number | undefined> {
  const startedAt = status.value?.startedAt;
  takeStatus(await fetchStatus());
  if (startedAt !== undefined && startedAt !== status.value?.startedAt) {
    events.value = [];
    reachedBack = null;
  }
  return events.value.at(-1)?.id;
}

/** What the stream alone would have missed. */
async function catchUp(last: number | undefined): Promise<void> {
  markLive();
  if (last !== undefined) return takePages({ after: last });
  await takePages({ since: now.value - stripMs });
  if (events.value.length < quietEvents) await loadOlder();
}

async function takePages(first: { since: number } | { after: number }): Promise<void> {
  let query = first;
  for (let pages = 0; pages < pagesMax; pages++) {
    const page = await fetchEvents({ ...query, limit: eventsPerPage });
    takeEvents(page);
    const last = page.at(-1);
    if (last === undefined || page.length < eventsPerPage) return;
    query = { after: last.id };
  }
}

/** Goes one day further back than the story does; false: nothing older is kept, or no room is left. */
export async function loadOlder(): Promise<boolean> {
  const before = events.value.length;
  if (before >= eventsMax) return false;
  reachedBack = (reachedBack ?? events.value[0]?.at ?? now.value) - dayMs;
  await takePages({ since: reachedBack });
  return events.value.length > before;
}

function markLive(): void {
  if (link.value.kind !== "live") link.value = { kind: "live" };
}

async function pump(response: Response, watch: SilenceWatch, onOpen: () => void): Promise<void> {
  const stream = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const lines = new StreamReader();
  for (;;) {
    const chunk = await stream?.read();
    if (chunk === undefined || chunk.done) return;
    watch.heard();
    onOpen();
    takeMessages(lines.read(chunk.value));
  }
}

/** Of several statuses that came in one chunk only the newest is worth reading. */
function takeMessages(messages: readonly StreamMessage[]): void {
  const told = messages.filter((message) => message.name === "event").map(readMessage);
  takeEvents(told.flatMap((message) => (message.kind === "event" ? [message.event] : [])));
  const newest = messages.findLast((message) => message.name === "status");
  const read = newest === undefined ? null : readMessage(newest);
  if (read?.kind !== "status") return;
  takeStatus(read.status);
  markLive();
}

function readMessage({ data }: StreamMessage): LiveMessage {
  return JSON.parse(data) as LiveMessage;
}

/** Aborts when nothing was heard for too long. */
class SilenceWatch {
  readonly #controller = new AbortController();
  #timer: ReturnType<typeof setTimeout>;

  constructor() {
    this.#timer = this.#arm();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    this.#timer = this.#arm();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#controller.abort();
  }

  #arm(): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#controller.abort(), silentMsMax);
  }
}

/** Ends early when the browser finds its network again. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(end, ms);
    window.addEventListener("online", end);
    signal.addEventListener("abort", end);
    function end(): void {
      clearTimeout(timer);
      window.removeEventListener("online", end);
      signal.removeEventListener("abort", end);
      resolve();
    }
  });
}
