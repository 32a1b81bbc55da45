/**
 * What the machine remembers, and how it is kept on disk: one row a thing, written when it changes, so that after a
 * crash every message that was not delivered, every line that was gathered and every open incident is there again.
 * How often something was told is not kept: a restart may tell once more.
 */
import type { Prng } from "../../base/prng.ts";
import { later, type Mono, never, type Now, type Wall } from "../../base/time.ts";
import type { ToldDiagnosis } from "../../core/model.ts";
import type { Message, NotifyConfig, Severity } from "../../core/notify.ts";
import type { SubjectNames } from "../../core/notify-names.ts";
import type { SavedMessage } from "../../ports/store.ts";
import type { NotifierEffect } from "./effects.ts";
import { hourMs } from "./limits.ts";

/** Something that began and is not over. */
export interface Incident {
  readonly key: string;
  readonly subject: string;
  severity: Severity;
  /** How it was told. */
  text: string;
  readonly rule: string;
  /** As it was told last. */
  diagnosis?: ToldDiagnosis | undefined;
  readonly since: Wall;
  readonly sinceMono: Mono;
  /** Id of the event that told of it last. Absent: an older version wrote it. */
  event?: number;
  /** Its end is on its way to the story. */
  isEndTold: boolean;
  /** Steps of the escalation that are done. */
  escalated: number;
  /** Who takes care of it; null: nobody yet. */
  acknowledged: string | null;
  /** Channels that were told, with the id of the message. */
  readonly told: Map<string, string>;
}

/** A message on its way: lines are added until it is due, then it waits for its channel. */
export interface Entry {
  message: Message;
  /** What it gathers for: `now`, `digest MS`, `mute KEY`; null: it is whole. */
  bucket: string | null;
  due: Mono;
  /** Refusals in a row. */
  refusals: number;
}

export interface ChannelState {
  readonly name: string;
  /** Id of the message that is being delivered. */
  underway: string | null;
  failures: number;
  restUntil: Mono;
  /** That it does not work was told. */
  toldOf: boolean;
  /** Messages dropped that no message has told of. */
  dropped: number;
  /** When messages were made within the last hour. */
  sent: Mono[];
}

export interface NotifierState {
  config: NotifyConfig;
  names: SubjectNames;
  readonly prng: Prng;
  readonly openedAt: Mono;
  /** The last event that was seen; null: none ever. */
  cursor: number | null;
  lastId: number;
  readonly incidents: Map<string, Incident>;
  readonly entries: Map<string, Entry>;
  /** The newest entry of each channel and bucket. */
  readonly buckets: Map<string, Entry>;
  readonly channels: Map<string, ChannelState>;
  /** The occasion of each report that was made last, and the one that was last seen: a clock that is set back sees older ones again. */
  readonly occasions: Map<string, string>;
  readonly seenOccasions: Map<string, string>;
  /** When a thing was told to a channel within the last hour. */
  readonly told: Map<string, Mono[]>;
  escalateAt: Mono;
  /** Rows to be written. */
  readonly dirty: Set<string>;
}

export interface Step {
  readonly state: NotifierState;
  readonly now: Now;
  readonly effects: NotifierEffect[];
}

const past = Number.NEGATIVE_INFINITY as Mono;

export function createState(
  start: { readonly config: NotifyConfig; readonly names: SubjectNames; readonly prng: Prng },
  saved: readonly SavedMessage[],
  now: Now,
): NotifierState {
  const state: NotifierState = {
    ...start,
    openedAt: now.mono,
    cursor: null,
    lastId: 0,
    incidents: new Map(),
    entries: new Map(),
    buckets: new Map(),
    channels: new Map(),
    occasions: new Map(),
    seenOccasions: new Map(),
    told: new Map(),
    escalateAt: past,
    dirty: new Set(),
  };
  for (const row of saved) restore(state, row, now);
  return state;
}

export function channelOf(state: NotifierState, name: string): ChannelState {
  const known = state.channels.get(name);
  if (known !== undefined) return known;
  const made = { name, underway: null, failures: 0, restUntil: past, toldOf: false, dropped: 0, sent: [] };
  state.channels.set(name, made);
  return made;
}

export function nextId(state: NotifierState): string {
  state.lastId += 1;
  state.dirty.add("cursor");
  return `${state.lastId}`;
}

export function addEntry(state: NotifierState, entry: Entry): void {
  state.entries.set(entry.message.id, entry);
  if (entry.bucket !== null) state.buckets.set(`${entry.message.channel} ${entry.bucket}`, entry);
}

export function touchEntry(state: NotifierState, { message }: Entry): void {
  state.dirty.add(`message ${message.id}`);
}

export function removeEntry(state: NotifierState, { bucket, message }: Entry): void {
  state.entries.delete(message.id);
  if (bucket !== null) state.buckets.delete(`${message.channel} ${bucket}`);
  state.dirty.add(`message ${message.id}`);
}

export function touchIncident(state: NotifierState, { key }: Incident): void {
  state.dirty.add(`incident ${key}`);
}

interface SavedEntry extends Omit<Entry, "due"> {
  readonly dueAt: number;
}

interface SavedIncident extends Omit<Incident, "told" | "sinceMono" | "isEndTold"> {
  readonly told: Readonly<Record<string, string>>;
}

/** A row that cannot be read is left out: the others are none the worse. */
function restore(state: NotifierState, { body, id }: SavedMessage, now: Now): void {
  const value = parse(body);
  if (value === null) return;
  const [kind = "", ...rest] = id.split(" ");
  const name = rest.join(" ");
  if (kind === "cursor") Object.assign(state, value);
  else if (kind === "channel") Object.assign(channelOf(state, name), value);
  else if (kind === "report") state.occasions.set(name, `${(value as { occasion?: string }).occasion}`);
  else if (kind === "message") {
    const { dueAt, ...entry } = value as SavedEntry;
    // Made after now: the clock was set back since, and the message waits no longer than from when it was made.
    const since = Math.max(now.wall, entry.message.createdAt);
    const waitMs = Math.min(Math.max(0, dueAt - since), 31 * 24 * hourMs);
    addEntry(state, { ...entry, due: later(now.mono, waitMs) });
  } else if (kind === "incident") {
    const { told, ...incident } = value as SavedIncident;
    const sinceMono = later(now.mono, Math.min(0, incident.since - now.wall));
    state.incidents.set(name, { ...incident, sinceMono, isEndTold: false, told: new Map(Object.entries(told)) });
  }
}

function parse(body: string): object | null {
  try {
    const value: unknown = JSON.parse(body);
    return typeof value === "object" ? value : null;
  } catch {
    return null;
  }
}

/** The rows that changed, as they are now. */
export function takeDirty(state: NotifierState, now: Now): { put: SavedMessage[]; remove: string[] } {
  const put: SavedMessage[] = [];
  const remove: string[] = [];
  for (const id of state.dirty) {
    const value = rowOf(state, id, now);
    if (value === null) remove.push(id);
    else put.push({ id, body: JSON.stringify(value) });
  }
  state.dirty.clear();
  return { put, remove };
}

function rowOf(state: NotifierState, id: string, now: Now): object | null {
  const [kind = "", ...rest] = id.split(" ");
  const name = rest.join(" ");
  if (kind === "cursor") return { cursor: state.cursor, lastId: state.lastId };
  if (kind === "report") return { occasion: state.occasions.get(name) };
  if (kind === "channel") {
    const channel = state.channels.get(name);
    return channel === undefined || (channel.dropped === 0 && !channel.toldOf)
      ? null
      : { dropped: channel.dropped, toldOf: channel.toldOf };
  }
  if (kind === "incident") {
    const incident = state.incidents.get(name);
    if (incident === undefined) return null;
    const { sinceMono: _since, isEndTold: _end, told, ...kept } = incident;
    return { ...kept, told: Object.fromEntries(told) };
  }
  const entry = state.entries.get(name);
  if (entry === undefined) return null;
  const { due, ...kept } = entry;
  return { ...kept, dueAt: due === never ? now.wall : now.wall + (due - now.mono) };
}
