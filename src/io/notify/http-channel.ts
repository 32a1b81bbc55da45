/**
 * Messages by HTTP: JSON for programs, signed, and the shapes that Slack, Mattermost and ntfy read. A success is a 2xx; a
 * busy or broken server is tried again, anything else is a refusal, since it would be one every time. Redirects are not
 * followed: a secret URL is meant for one place. Of a reply a little is read, for the reason.
 */
import { createHmac } from "node:crypto";
import type { HttpChannel, Message } from "../../core/notify.ts";
import { cleanText, messageDetails, messageLine, urgency } from "../../core/notify-text.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Delivery, Notifier } from "../../ports/notifier.ts";
import { faultText } from "./faults.ts";
import { readStart } from "./read-start.ts";
import { decodePart, openUrl } from "./secret-url.ts";

/** Octets of a reply that are looked at. */
const replyOctetsMax = 1024;
/** Characters of its first line in a reason. */
const replyCharsMax = 120;
/** Characters of the details in a chat. */
const chatCharsMax = 3500;

export interface HttpParts {
  readonly clock: Clock;
  readonly timeZone: string;
}

interface Post {
  readonly url: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function createHttpNotifier(channel: HttpChannel, parts: HttpParts): Notifier {
  return { deliver: async (message, signal) => deliver(channel, makePost(channel, message, parts), signal) };
}

async function deliver({ timeoutMs }: HttpChannel, { body, headers, url }: Post, stop: AbortSignal): Promise<Delivery> {
  const limit = AbortSignal.timeout(timeoutMs);
  try {
    const open = openUrl(url);
    const always = { "content-type": "application/json", "user-agent": "muster", connection: "close" };
    const response = await fetch(open.url, {
      method: "POST",
      redirect: "manual",
      headers: { ...always, ...open.headers, ...headers },
      body,
      signal: AbortSignal.any([limit, stop]),
    });
    return await judge(response);
  } catch (thrown) {
    const reason = limit.aborted ? `it did not answer within ${timeoutMs} ms` : faultText(thrown);
    return { kind: "failed", reason, afterMs: null, left: null };
  }
}

async function judge(response: Response): Promise<Delivery> {
  const { status } = response;
  if (response.ok) {
    await response.body?.cancel();
    return { kind: "delivered", detail: `HTTP status ${status}` };
  }
  const said = cleanText((await readStart(response, replyOctetsMax)).split("\n")[0] ?? "", replyCharsMax);
  const reason = `HTTP status ${status}${said === "" ? "" : `: ${said}`}`;
  if (status < 500 && status !== 408 && status !== 425 && status !== 429)
    return { kind: "refused", reason, left: null };
  const seconds = Number(response.headers.get("retry-after") ?? Number.NaN);
  return { kind: "failed", reason, afterMs: Number.isFinite(seconds) ? seconds * 1000 : null, left: null };
}

function makePost(channel: HttpChannel, message: Message, parts: HttpParts): Post {
  const { key, url } = channel.secrets;
  const target = url ?? "";
  switch (channel.kind) {
    case "webhook":
      return signed({ url: target, key, body: JSON.stringify(webhookBody(message)), id: message.id }, parts);
    case "slack":
    case "mattermost":
      return { url: target, headers: {}, body: JSON.stringify({ text: chatText(channel.kind, message, parts) }) };
    case "ntfy":
      return ntfyPost(target, message, { key, timeZone: parts.timeZone });
  }
}

/** Also what a program gets on its input. */
export function webhookBody(message: Message): object {
  const { createdAt, details, dropped, id, lines, omitted, severity } = message;
  return { version: 1, id, at: createdAt, severity, line: messageLine(message), lines, omitted, dropped, details };
}

/**
 * The receiver computes the HMAC-SHA256 of the time, a dot and the body, compares it in constant time, and refuses a
 * time that is long ago. The delivery's id is the same when a message is sent again.
 */
function signed(post: { url: string; key: string | null; body: string; id: string }, { clock }: HttpParts): Post {
  const { body, id, key, url } = post;
  const headers = { "muster-delivery": id };
  if (key === null) return { url, body, headers };
  const time = Math.floor(clock.now().wall / 1000);
  const digest = createHmac("sha256", key).update(`${time}.${body}`).digest("hex");
  return { url, body, headers: { ...headers, "muster-signature": `t=${time},v1=${digest}` } };
}

/** The line in bold, the details below. Nobody is called by what a server answered. */
function chatText(kind: "slack" | "mattermost", message: Message, { timeZone }: HttpParts): string {
  const plain = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");
  const calm = (text: string): string => text.replace(/@/g, "@\u200b").replace(/[*_`~]/g, "\\$&");
  const clean = kind === "slack" ? plain : calm;
  const bold = kind === "slack" ? "*" : "**";
  const line = clean(messageLine(message));
  return `${bold}${line}${bold}\n${clean(messageDetails(message, timeZone)).slice(0, chatCharsMax)}`;
}

/** ntfy takes JSON at the server's root; the topic is the last part of its URL. */
function ntfyPost(target: string, message: Message, { key, timeZone }: { key: string | null; timeZone: string }): Post {
  const url = new URL(target);
  const path = url.pathname.replace(/\/+$/, "");
  const topic = decodePart(path.slice(path.lastIndexOf("/") + 1));
  url.pathname = path.slice(0, path.lastIndexOf("/") + 1);
  const body = {
    topic,
    title: messageLine(message),
    message: messageDetails(message, timeZone).slice(0, chatCharsMax),
  };
  const headers: Record<string, string> = key === null ? {} : { authorization: `Bearer ${key}` };
  return { url: url.href, headers, body: JSON.stringify({ ...body, priority: urgency(message) }) };
}
