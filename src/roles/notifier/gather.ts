/**
 * From lines to messages. What happens together goes together: the first line opens a message, later ones join it, and
 * after the window it is whole. Three things hold a message back: quiet hours (never its critical lines), a thing that
 * was told too often (its last state is told when the hour is over), and a channel that had too many messages.
 */
import { later, type Mono, mono } from "../../base/time.ts";
import { isAtLeast, type Line, type Message, worst } from "../../core/notify.ts";
import { isQuiet } from "../../core/quiet-hours.ts";
import { hourMs, linesMax, messagesMax, messagesPerHourMax, minuteMs, mutedMax } from "./limits.ts";
import { addEntry, channelOf, type Entry, nextId, removeEntry, type Step, touchEntry } from "./state.ts";

export interface Telling {
  readonly channel: string;
  readonly line: Line;
  readonly digestMs: number | null;
  /** Id of the message that it belongs to; null: none. */
  readonly reference: string | null;
}

/** Returns the id of the message that it goes with. */
export function gatherLine(step: Step, telling: Telling): string {
  const { channel, line } = telling;
  const muted = findBucket(step, channel, `mute ${line.key}`);
  if (muted !== null) return replaceMuted(step, muted, telling);
  const tellAgainAt = line.state === "still" ? null : countTold(step, channel, line.key);
  if (tellAgainAt !== null) return mute(step, telling, tellAgainAt);
  // An end does not overtake its beginning.
  const begun = telling.reference === null ? undefined : step.state.entries.get(telling.reference);
  if (begun?.bucket?.startsWith("digest ") === true)
    return join(step, telling, { bucket: begun.bucket, due: begun.due });
  const digestMs = line.severity === "critical" ? null : telling.digestMs;
  const bucket = digestMs === null ? "now" : `digest ${digestMs}`;
  return join(step, telling, { bucket, due: later(step.now.mono, digestMs ?? step.state.config.groupMs) });
}

/** Null: it may be told, and is counted. Else from when on. */
function countTold({ now, state }: Step, channel: string, key: string): Mono | null {
  const name = `${channel} ${key}`;
  const since = now.mono - hourMs;
  const times = (state.told.get(name) ?? []).filter((at) => at > since);
  state.told.set(name, times);
  const [oldest] = times;
  if (oldest !== undefined && times.length >= state.config.repeatsMax) return later(oldest, hourMs);
  times.push(now.mono);
  return null;
}

function mute(step: Step, telling: Telling, due: Mono): string {
  const { channel, line } = telling;
  let count = 0;
  for (const { bucket, message } of step.state.entries.values())
    if (message.channel === channel && bucket?.startsWith("mute ") === true) count += 1;
  return join(step, telling, { bucket: count < mutedMax ? `mute ${line.key}` : "mute", due });
}

/** Only the last state of it matters; the others are counted. */
function replaceMuted(step: Step, entry: Entry, { line }: Telling): string {
  const { message } = entry;
  entry.message = { ...message, lines: [line], omitted: message.omitted + 1, severity: line.severity };
  touchEntry(step.state, entry);
  return message.id;
}

/** What still gathers for that, if anything does. */
function findBucket({ state }: Step, channel: string, bucket: string): Entry | null {
  const entry = state.buckets.get(`${channel} ${bucket}`);
  return entry?.bucket === bucket && state.entries.get(entry.message.id) === entry ? entry : null;
}

function join(step: Step, telling: Telling, { bucket, due }: { bucket: string; due: Mono }): string {
  const { channel, line, reference } = telling;
  const entry = findBucket(step, channel, bucket) ?? open(step, { channel, bucket, due });
  const { message } = entry;
  const known = reference === null || reference === message.id || message.references.includes(reference);
  const references = known ? message.references : [...message.references, reference].slice(-linesMax);
  entry.message = { ...message, ...addLine(message, line), references };
  touchEntry(step.state, entry);
  return message.id;
}

function open(step: Step, { bucket, channel, due }: { channel: string; bucket: string; due: Mono }): Entry {
  const message = emptyMessage(step, channel);
  const entry: Entry = { message, bucket, due, refusals: 0 };
  addEntry(step.state, entry);
  return entry;
}

function emptyMessage({ now, state }: Step, channel: string): Message {
  return {
    id: nextId(state),
    channel,
    createdAt: now.wall,
    severity: "info",
    lines: [],
    omitted: 0,
    dropped: 0,
    references: [],
    details: null,
    left: null,
  };
}

/** A full message takes a line only in the place of a less important one; the newest of those goes. */
function addLine({ lines, omitted }: Message, line: Line): Pick<Message, "lines" | "omitted" | "severity"> {
  if (lines.length < linesMax) return withLines([...lines, line], omitted);
  const place = lines.findLastIndex(({ severity }) => severity !== line.severity && isAtLeast(line.severity, severity));
  if (place < 0) return withLines(lines, omitted + 1);
  return withLines([...lines.toSpliced(place, 1), line], omitted + 1);
}

function withLines(lines: readonly Line[], omitted: number) {
  return { lines, omitted, severity: worst(lines) };
}

/** A message that is whole from the beginning: a report. */
export function queueWhole(step: Step, channel: string, whole: { line: Line; details: string }): void {
  const entry = open(step, { channel, bucket: `whole ${step.state.lastId}`, due: step.now.mono });
  entry.message = { ...entry.message, lines: [whole.line], severity: whole.line.severity, details: whole.details };
  touchEntry(step.state, entry);
}

/** Closes what is due. */
export function closeDue(step: Step): void {
  for (const entry of [...step.state.entries.values()])
    if (entry.bucket !== null && entry.due <= step.now.mono) close(step, entry);
}

function close(step: Step, entry: Entry): void {
  if (entry.bucket === "mute" || entry.bucket?.startsWith("mute ") === true) return unmute(step, entry);
  const { message } = entry;
  const channel = channelOf(step.state, message.channel);
  channel.sent = channel.sent.filter((at) => at > step.now.mono - hourMs);
  const [oldest] = channel.sent;
  if (oldest !== undefined && channel.sent.length >= messagesPerHourMax) return wait(entry, later(oldest, hourMs));
  const { quietHours, timeZone } = step.state.config;
  if (!isQuiet(quietHours, step.now.wall, timeZone)) return finish(step, entry);
  const urgent = message.lines.filter(({ severity }) => severity === "critical");
  if (urgent.length === message.lines.length) return finish(step, entry);
  wait(entry, nextMinute(step));
  if (urgent.length > 0) splitUrgent(step, entry, urgent);
}

/** Its critical lines go now, the others when the quiet hours are over. */
function splitUrgent(step: Step, entry: Entry, urgent: readonly Line[]): void {
  const { message } = entry;
  const rest = message.lines.filter(({ severity }) => severity !== "critical");
  const second = emptyMessage(step, message.channel);
  const held: Entry = { ...entry, message: { ...second, ...withLines(rest, message.omitted) } };
  addEntry(step.state, held);
  touchEntry(step.state, held);
  entry.message = { ...message, ...withLines(urgent, 0) };
  finish(step, entry);
}

function wait(entry: Entry, due: Mono): void {
  entry.due = due;
}

/** Back to the others, with the number of times that were not told. */
function unmute(step: Step, entry: Entry): void {
  const { message } = entry;
  removeEntry(step.state, entry);
  for (const line of message.lines) {
    const times = message.omitted === 0 ? "" : ` (and ${message.omitted} changes before that were not told)`;
    countTold(step, message.channel, line.key);
    const telling = { channel: message.channel, line: { ...line, text: line.text + times }, digestMs: null };
    const [reference = null] = message.references;
    join(step, { ...telling, reference }, { bucket: "now", due: step.now.mono });
  }
}

function finish(step: Step, entry: Entry): void {
  const { message } = entry;
  const channel = channelOf(step.state, message.channel);
  channel.sent.push(step.now.mono);
  entry.bucket = null;
  entry.due = step.now.mono;
  entry.message = { ...message, dropped: channel.dropped };
  if (channel.dropped > 0) step.state.dirty.add(`channel ${channel.name}`);
  channel.dropped = 0;
  touchEntry(step.state, entry);
  keepWithinLimit(step, channel.name);
}

function keepWithinLimit(step: Step, name: string): void {
  const { state } = step;
  const channel = channelOf(state, name);
  const waiting = [...state.entries.values()].filter(
    ({ bucket, message }) => bucket === null && message.channel === name && message.id !== channel.underway,
  );
  if (waiting.length <= messagesMax) return;
  const least = waiting.reduce((so, entry) => (isLessImportant(entry.message, so.message) ? entry : so));
  removeEntry(state, least);
  channel.dropped += 1 + least.message.dropped;
  state.dirty.add(`channel ${name}`);
  if (channel.dropped > 1) return;
  const sentence = `more than ${messagesMax} messages wait for ${name}: the oldest of the least important is dropped`;
  step.effects.push({ kind: "tell", subject: name, rule: "notify/dropped", sentence });
}

/** At equal importance the one that came first. */
function isLessImportant(one: Message, other: Message): boolean {
  if (one.severity !== other.severity) return isAtLeast(other.severity, one.severity);
  return Number(one.id) < Number(other.id);
}

/** When the clock on the wall begins its next minute. */
export function nextMinute({ now }: Pick<Step, "now">): Mono {
  return mono(now.mono + minuteMs - (((now.wall % minuteMs) + minuteMs) % minuteMs));
}
