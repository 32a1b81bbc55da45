/**
 * From events to lines: what an event means, whether it begins or ends something, and which channels hear of it. An
 * end is told to every channel that heard of the beginning, also where no route would lead it; an incident that lasts
 * is told to more channels, step by step, until it is over or somebody takes care of it.
 */
import { type Mono, later, never, type Wall } from "../../base/time.ts";
import type { HistoryEvent } from "../../core/model.ts";
import { matchesPattern } from "../../core/name-pattern.ts";
import { type EscalationConfig, isAtLeast, type Line, type RouteConfig, worst } from "../../core/notify.ts";
import { readMeaning } from "../../core/notify-event.ts";
import { eventText, stillText } from "../../core/notify-text.ts";
import { gatherLine } from "./gather.ts";
import { incidentsMax } from "./limits.ts";
import { type Around, standingOf } from "./standing.ts";
import { type Incident, type Step, touchIncident } from "./state.ts";

export function takeEvent(step: Step, event: HistoryEvent): void {
  const meaning = readMeaning(event);
  if (event.rule === "operator/reset") endAll(step, event);
  const incident = step.state.incidents.get(meaning.key);
  if (meaning.state === "resolved" && incident !== undefined) return end(step, incident, event);
  if (meaning.state === "problem") return begin(step, event, meaning);
  // Who is down turns out to suffer from something else.
  const down = event.kind === "diagnosis" ? step.state.incidents.get(`health ${event.subject}`) : undefined;
  if (down !== undefined) {
    down.diagnosis = event.diagnosis;
    touchIncident(step.state, down);
  }
  // The end of what nobody knows the beginning of is no more than news.
  const severity = meaning.state === "resolved" ? "info" : meaning.severity;
  const line = makeLine(step, event, { state: "news", severity, key: meaning.key, lastedMs: null });
  tellRoutes(step, event, { line, told: new Map() });
}

type Worded = Pick<Line, "state" | "severity" | "key"> & { readonly lastedMs: number | null };

function makeLine({ state }: Step, event: HistoryEvent, worded: Worded): Line {
  const { lastedMs, ...line } = worded;
  const { at, diagnosis, id, rule, subject } = event;
  const text = eventText({ event, ...line, name: state.names.get(subject), lastedMs });
  return { event: id, at, rule, subject, text, ...line, ...(diagnosis === undefined ? {} : { diagnosis }) };
}

function begin(step: Step, event: HistoryEvent, meaning: Pick<Line, "severity" | "key">): void {
  const { state } = step;
  const { key, severity } = meaning;
  const line = makeLine(step, event, { key, severity, state: "problem", lastedMs: null });
  const incident = state.incidents.get(key) ?? openIncident(step, line);
  incident.severity = worst([incident, line]);
  incident.text = line.text;
  incident.diagnosis = line.diagnosis;
  incident.event = event.id;
  incident.isEndTold = false;
  for (const [channel, message] of tellRoutes(step, event, { line, told: incident.told }))
    incident.told.set(channel, message);
  touchIncident(state, incident);
}

function openIncident({ now, state }: Step, { key, rule, severity, subject, text, at }: Line): Incident {
  const [oldest] = state.incidents.values();
  if (oldest !== undefined && state.incidents.size >= incidentsMax) forget(state, oldest);
  const incident: Incident = {
    ...{ key, subject, severity, text, rule, since: at, sinceMono: now.mono, isEndTold: false },
    ...{ escalated: 0, acknowledged: null, told: new Map<string, string>() },
  };
  state.incidents.set(key, incident);
  state.escalateAt = now.mono;
  return incident;
}

function forget(state: Step["state"], incident: Incident): void {
  state.incidents.delete(incident.key);
  touchIncident(state, incident);
}

function end(step: Step, incident: Incident, event: HistoryEvent): void {
  const { key, severity, since } = incident;
  forget(step.state, incident);
  const lastedMs = Math.max(0, event.at - since);
  const line = makeLine(step, event, { key, severity, state: "resolved", lastedMs });
  for (const [channel, reference] of incident.told) gatherLine(step, { channel, line, digestMs: null, reference });
}

/** A reset takes every member for up; what is still down begins anew. */
function endAll(step: Step, event: HistoryEvent): void {
  for (const incident of [...step.state.incidents.values()])
    if (/^(health|hold|answer) /.test(incident.key)) endSilently(step, incident, { at: event.at, why: event.sentence });
}

/** Ends what nobody else will: see `standing.ts`. */
export function lookAround(step: Step, around: Around): void {
  for (const incident of [...step.state.incidents.values()]) {
    const standing = standingOf(incident, around, step);
    if (standing.kind === "goes-on" || incident.isEndTold) continue;
    if (standing.kind === "silent") endSilently(step, incident, { at: step.now.wall, why: standing.why });
    else {
      incident.isEndTold = true;
      const { rule, sentence } = standing;
      step.effects.push({ kind: "tell", subject: incident.subject, rule, sentence });
    }
  }
}

/** What is no longer configured is no longer watched: whoever heard of its trouble hears that too. */
export function endForgotten(step: Step): void {
  const { names } = step.state;
  for (const incident of [...step.state.incidents.values()]) {
    if (!/^(health|hold) /.test(incident.key) || names.has(incident.subject)) continue;
    endSilently(step, incident, { at: step.now.wall, why: `no longer checked: ${incident.subject}` });
  }
}

function endSilently(step: Step, incident: Incident, { at, why }: { at: Wall; why: string }): void {
  const { key, rule, severity, subject } = incident;
  forget(step.state, incident);
  const line: Line = { event: 0, at, state: "resolved", severity, rule, subject, key, text: `RESOLVED: ${why}` };
  for (const [channel, reference] of incident.told) gatherLine(step, { channel, line, digestMs: null, reference });
}

/** Pairs of channel and message. */
function tellRoutes(
  step: Step,
  event: HistoryEvent,
  { line, told: before }: { line: Line; told: ReadonlyMap<string, string> },
): readonly [string, string][] {
  const told = new Map<string, number | null>();
  for (const route of step.state.config.routes) {
    if (!fits(step, route, { event, line })) continue;
    for (const channel of route.to) told.set(channel, soonest(told.get(channel), route.digestMs));
  }
  return [...told].map(([channel, digestMs]) => {
    const reference = before.get(channel) ?? null;
    return [channel, gatherLine(step, { channel, line, digestMs, reference })];
  });
}

/** Of several routes to one channel the one that waits least. */
function soonest(known: number | null | undefined, digestMs: number | null): number | null {
  if (known === undefined) return digestMs;
  return known === null || digestMs === null ? null : Math.min(known, digestMs);
}

function fits({ state }: Step, route: RouteConfig, { event, line }: { event: HistoryEvent; line: Line }): boolean {
  if (!isAtLeast(line.severity, route.severity)) return false;
  if (route.kinds.length > 0 && !route.kinds.includes(event.kind)) return false;
  if (route.rules.length > 0 && !route.rules.some((pattern) => matchesPattern(pattern, event.rule))) return false;
  const words = [event.subject, ...(state.names.get(event.subject)?.words ?? [])];
  return route.subjects.length === 0 || route.subjects.some((pattern) => words.some((w) => matchesPattern(pattern, w)));
}

/** Tells further channels of what lasts, and finds out when to look again. */
export function escalate(step: Step): void {
  const { now, state } = step;
  if (now.mono < state.escalateAt) return;
  state.escalateAt = never;
  for (const incident of state.incidents.values()) {
    let next = nextStep(step, incident);
    while (next !== null && next.at <= now.mono) {
      climb(step, incident, next.config);
      next = nextStep(step, incident);
    }
    if (next !== null && next.at < state.escalateAt) state.escalateAt = next.at;
  }
}

function nextStep({ state }: Step, incident: Incident): { at: Mono; config: EscalationConfig } | null {
  const config = state.config.escalate[incident.escalated];
  if (config === undefined || incident.acknowledged !== null) return null;
  return { at: later(incident.sinceMono, config.afterMs), config };
}

function climb(step: Step, incident: Incident, config: EscalationConfig): void {
  const { now, state } = step;
  incident.escalated += 1;
  touchIncident(state, incident);
  if (!isAtLeast(incident.severity, config.severity)) return;
  const { diagnosis, key, rule, severity, subject } = incident;
  const text = stillText(incident.text, Math.max(0, now.wall - incident.since));
  const about = { rule, subject, key, text, ...(diagnosis === undefined ? {} : { diagnosis }) };
  const line: Line = { event: 0, at: now.wall, state: "still", severity, ...about };
  for (const channel of config.to) {
    const reference = incident.told.get(channel) ?? null;
    const message = gatherLine(step, { channel, line, digestMs: null, reference });
    if (reference === null) incident.told.set(channel, message);
  }
}

/** Somebody takes care: nothing of it is told to further channels. An empty pattern means all. */
export function acknowledge(step: Step, { owner, pattern }: { owner: string; pattern: string }): readonly Incident[] {
  const { state } = step;
  const open = [...state.incidents.values()].filter((incident) => incident.acknowledged === null);
  const meant = open.filter(({ subject }) => {
    const words = [subject, ...(state.names.get(subject)?.words ?? [])];
    return pattern === "" || words.some((word) => matchesPattern(pattern, word));
  });
  for (const incident of meant) {
    incident.acknowledged = owner;
    touchIncident(state, incident);
  }
  return meant;
}
