/**
 * From the queue to the channel: one message at a time, the most important first. After a failure the channel rests, ever
 * longer; after a refusal only the message does, since the next may be welcome. A message stays on disk until it was
 * delivered, so one that was on its way when muster was killed is sent again.
 */
import { later, mono } from "../../base/time.ts";
import { isAtLeast, type Message, worst } from "../../core/notify.ts";
import { isQuiet } from "../../core/quiet-hours.ts";
import type { NotifierEvent } from "./effects.ts";
import { failuresTold, restMs } from "./limits.ts";
import { type ChannelState, channelOf, type Entry, removeEntry, type Step, touchEntry } from "./state.ts";

export function startDeliveries(step: Step): void {
  const { now, state } = step;
  const { quietHours, timeZone } = state.config;
  const quiet = isQuiet(quietHours, now.wall, timeZone);
  const best = new Map<string, Entry>();
  for (const entry of state.entries.values()) {
    const { channel: name, severity } = entry.message;
    if (entry.bucket !== null || entry.due > now.mono || (quiet && severity !== "critical")) continue;
    const channel = channelOf(state, name);
    if (channel.underway !== null || channel.restUntil > now.mono) continue;
    const known = best.get(name);
    if (known === undefined || isBefore(entry, known)) best.set(name, entry);
  }
  for (const [name, { message }] of best) {
    channelOf(state, name).underway = message.id;
    step.effects.push({ kind: "deliver", message });
  }
}

function isBefore({ message: one }: Entry, { message: other }: Entry): boolean {
  if (one.severity !== other.severity) return isAtLeast(one.severity, other.severity);
  return Number(one.id) < Number(other.id);
}

/** The channel whose message that is; null: it is no longer on its way. */
function endDelivery({ state }: Step, id: string): ChannelState | null {
  for (const channel of state.channels.values()) {
    if (channel.underway !== id) continue;
    channel.underway = null;
    return channel;
  }
  return null;
}

export function noteDelivered(step: Step, id: string): void {
  const channel = endDelivery(step, id);
  if (channel === null) return;
  const entry = step.state.entries.get(id);
  if (entry !== undefined) {
    removeEntry(step.state, entry);
    dropOlder(step, entry.message);
  }
  channel.failures = 0;
  if (!channel.toldOf) return;
  channel.toldOf = false;
  step.state.dirty.add(`channel ${channel.name}`);
  tell(step, channel, { rule: "notify/works", sentence: `messages reach ${channel.name} again` });
}

/** What was refused and tells an older state of a thing than what was just told would only mislead. */
function dropOlder({ state }: Step, told: Message): void {
  const keys = new Set(told.lines.map(({ key }) => key));
  for (const entry of [...state.entries.values()]) {
    const { message } = entry;
    if (entry.bucket !== null || message.channel !== told.channel || Number(message.id) > Number(told.id)) continue;
    const lines = message.lines.filter(({ key }) => !keys.has(key));
    if (lines.length === message.lines.length) continue;
    entry.message = { ...message, lines, severity: worst(lines) };
    if (lines.length === 0) removeEntry(state, entry);
    else touchEntry(state, entry);
  }
}

export function noteFailed(step: Step, failed: Extract<NotifierEvent, { kind: "failed" }>): void {
  const { now, state } = step;
  const channel = endDelivery(step, failed.id);
  const entry = state.entries.get(failed.id);
  if (channel === null || entry === undefined) return;
  if (failed.left !== null) entry.message = { ...entry.message, left: failed.left };
  if (failed.refused) {
    entry.refusals += 1;
    entry.due = later(now.mono, restMs("refused", entry.refusals, state.prng));
  } else {
    channel.failures += 1;
    const ms = Math.max(restMs("failed", channel.failures, state.prng), Math.min(failed.afterMs ?? 0, restAskedMsMax));
    channel.restUntil = later(now.mono, ms);
  }
  touchEntry(state, entry);
  if (channel.toldOf || (!failed.refused && channel.failures < failuresTold)) return;
  channel.toldOf = true;
  state.dirty.add(`channel ${channel.name}`);
  const sentence = `messages do not reach ${channel.name}: ${failed.reason}; they wait, and are tried again`;
  tell(step, channel, { rule: "notify/failed", sentence });
}

/** The other side may ask for a longer rest, up to this. */
const restAskedMsMax = 3_600_000;

function tell(step: Step, channel: ChannelState, line: { rule: string; sentence: string }): void {
  step.effects.push({ kind: "tell", subject: channel.name, ...line });
}

/** When a channel that rests, or a message that does, may be tried again. */
export function nextDeliveryAt({ state, now }: Pick<Step, "state" | "now">): number {
  let at = Number.POSITIVE_INFINITY;
  const { quietHours, timeZone } = state.config;
  const quiet = isQuiet(quietHours, now.wall, timeZone);
  for (const { bucket, due, message } of state.entries.values()) {
    const channel = channelOf(state, message.channel);
    if (bucket !== null) at = Math.min(at, due);
    else if (channel.underway === null && (!quiet || message.severity === "critical"))
      at = Math.min(at, Math.max(due, channel.restUntil));
  }
  return mono(at);
}
