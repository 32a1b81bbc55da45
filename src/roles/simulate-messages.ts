/**
 * Who would be told of a simulated story, and when: the machine that decides it in production (`roles/notifier`), on a
 * copy without its queue. Every message is taken for delivered; what quiet hours hold back comes when they end.
 */
import { createPrng } from "../base/prng.ts";
import { mono, type Now, wall } from "../base/time.ts";
import type { Config, HistoryEvent } from "../core/model.ts";
import type { ChannelConfig, Message, NotifyConfig } from "../core/notify.ts";
import { nameSubjects } from "../core/notify-names.ts";
import type { SimulatedMessage } from "../core/view.ts";
import { MessageDesk } from "./notifier.ts";
import type { NotifierEffect } from "./notifier/effects.ts";

/** Escalations and quiet hours are followed for so long. */
const followMsMax = 86_400_000;
const stepsMax = 5_000;
const messagesMax = 200;

interface Told {
  readonly atMs: number;
  readonly event: HistoryEvent;
}

/** Empty without `notify`. `story` in the order of time, in milliseconds after `startedAt`. */
export function simulateMessages(config: Config, story: readonly Told[], startedAt: Now): readonly SimulatedMessage[] {
  const { notify } = config;
  const [first] = story;
  if (notify === null || first === undefined) return [];
  const names = nameSubjects(config);
  const desk = new MessageDesk({ config: notify, names, saved: [], prng: createPrng(1), now: startedAt });
  desk.beginAfter(first.event.id - 1);
  const messages: SimulatedMessage[] = [];
  const at = (ms: number): Now => ({ mono: mono(startedAt.mono + ms), wall: wall(startedAt.wall + ms) });
  const perform = (effects: readonly NotifierEffect[], ms: number): void => {
    for (const effect of effects) {
      if (effect.kind !== "deliver") continue;
      messages.push(viewOf(notify, effect.message, ms));
      perform(desk.step({ kind: "delivered", id: effect.message.id }, at(ms)), ms);
    }
  };
  const waiting = [...story];
  let ms = 0;
  for (let steps = 0; steps < stepsMax && messages.length < messagesMax; steps++) {
    const wakeMs = Math.max(ms, desk.nextWakeAt(at(ms)) - startedAt.mono);
    const next = waiting[0];
    if (next !== undefined && next.atMs <= wakeMs) {
      waiting.shift();
      ms = Math.max(ms, next.atMs);
      perform(desk.step({ kind: "happened", events: [next.event] }, at(ms)), ms);
    } else {
      if (wakeMs > followMsMax) break;
      ms = wakeMs;
      perform(desk.step({ kind: "tick" }, at(ms)), ms);
    }
  }
  return messages.slice(0, messagesMax);
}

function viewOf(notify: NotifyConfig, message: Message, ms: number): SimulatedMessage {
  const { channel: name, lines, severity } = message;
  const channel = notify.channels.find((one) => one.name === name);
  return {
    atMs: Math.round(ms),
    channel: name,
    to: channel === undefined ? [] : placesOf(channel),
    severity,
    texts: lines.map(({ text }) => text),
  };
}

/** Whom a channel reaches, in words that hold no secret. */
function placesOf(channel: ChannelConfig): readonly string[] {
  if (channel.kind === "mail") return channel.to;
  return [channel.kind === "exec" ? (channel.command[0] ?? "") : channel.place];
}
