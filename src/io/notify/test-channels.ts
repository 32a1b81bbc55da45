/** `muster notify test`: one message to a channel, or to each, past the queue and the quiet hours. */
import { findNearest } from "../../base/nearest.ts";
import type { ChannelConfig, Line, Message, NotifyConfig } from "../../core/notify.ts";
import type { OperatorOutcome } from "../../core/view.ts";
import type { Clock } from "../../ports/clock.ts";
import { createNotifier } from "./create-notifier.ts";

/** Whoever waits for the answer does not wait longer than ten seconds. */
const testMsMax = 8000;

export async function testChannels(
  notify: NotifyConfig | null,
  name: string | null,
  parts: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<OperatorOutcome> {
  const channels = notify?.channels ?? [];
  const meant = channels.filter((channel) => name === null || channel.name === name);
  if (notify === null || channels.length === 0)
    return { kind: "refused", sentence: "no channel is configured under notify", details: [] };
  if (meant.length === 0) {
    const known = channels.map((channel) => channel.name);
    return { kind: "not-found", sentence: `no channel is called "${name}"`, nearest: findNearest(name ?? "", known) };
  }
  const tried = await Promise.all(meant.map((channel) => tryChannel(channel, notify, parts)));
  const failed = tried.filter(({ ok }) => !ok);
  if (failed.length === 0) return { kind: "done", sentences: tried.map(({ sentence }) => sentence), members: [] };
  const sentence = `the test reached ${tried.length - failed.length} of ${tried.length} channels`;
  return { kind: "refused", sentence, details: tried.map((one) => one.sentence) };
}

async function tryChannel(
  channel: ChannelConfig,
  { timeZone }: NotifyConfig,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<{ ok: boolean; sentence: string }> {
  const began = clock.now();
  const shorter = { ...channel, timeoutMs: Math.min(channel.timeoutMs, testMsMax), secrets: channel.secrets };
  const notifier = createNotifier(shorter, { clock, timeZone });
  const delivery = await notifier.deliver(testMessage(channel, began.wall), signal);
  const tookMs = Math.round(clock.now().mono - began.mono);
  if (delivery.kind === "delivered")
    return { ok: true, sentence: `${channel.name}: delivered within ${tookMs} ms: ${delivery.detail}` };
  return { ok: false, sentence: `${channel.name}: not delivered: ${delivery.reason}` };
}

function testMessage({ name }: ChannelConfig, at: Message["createdAt"]): Message {
  const text = `TEST of the channel ${name}: muster can reach you here`;
  const about = { event: 0, at, state: "news", severity: "info", rule: "notify/test", subject: "muster", key: "test" };
  const line: Line = { ...about, text } as Line;
  const empty = { omitted: 0, dropped: 0, references: [], details: null, left: null } as const;
  return { id: `test-${at}`, channel: name, createdAt: at, severity: "info", lines: [line], ...empty };
}
