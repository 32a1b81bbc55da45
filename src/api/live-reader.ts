/**
 * The reading end of the live stream: bytes to messages (server-sent events, HTML standard), checked against the
 * contract. The heartbeat makes a dead connection show: silence that is longer than a few of them is an error.
 */
import { type LiveReply, liveMessageSchema } from "./contract.ts";

/** Three heartbeats that did not come. */
export const LIVE_SILENCE_MS_MAX = 45_000;
/** A message longer than this is no status of ours. */
const MESSAGE_CHARS_MAX = 256 * 1024 * 1024;

export interface LiveStart {
  readonly signal: AbortSignal;
  /** The last event already seen; null: only what comes. */
  readonly afterId: number | null;
}

type Open = (headers: Record<string, string>, signal: AbortSignal) => Promise<Response>;

export async function* followLive(open: Open, { signal, afterId }: LiveStart): AsyncGenerator<LiveReply> {
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error("the live stream fell silent")), LIVE_SILENCE_MS_MAX);
  const headers: Record<string, string> = { accept: "text/event-stream" };
  if (afterId !== null) headers["last-event-id"] = String(afterId);
  try {
    const response = await open(headers, AbortSignal.any([signal, silence.signal]));
    for await (const data of readData(response, () => timer.refresh())) yield liveMessageSchema.parse(JSON.parse(data));
    throw new Error("the controller ended the live stream");
  } catch (thrown) {
    if (!signal.aborted) throw thrown;
  } finally {
    clearTimeout(timer);
    // Ends the request when the reader stops early.
    silence.abort();
  }
}

/** The `data` of each message; comments and other fields are passed over. Our frames have one data line each. */
async function* readData(response: Response, onBytes: () => void): AsyncGenerator<string> {
  if (response.body === null) return;
  const parts: string[] = [];
  let waitingChars = 0;
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    onBytes();
    const [first = "", ...rest] = text.split("\n");
    parts.push(first);
    waitingChars += first.length;
    if (waitingChars > MESSAGE_CHARS_MAX) throw new Error("a message of the live stream is too long");
    for (const next of rest) {
      const line = parts.splice(0).join("");
      if (line.startsWith("data: ")) yield line.slice("data: ".length);
      parts.push(next);
      waitingChars = next.length;
    }
  }
}
