/**
 * Who was out, how long, why, and how fast it was seen: read from the history, and from who is out now, since the history
 * of a time says nothing of whom nothing happened to. An outage begins with the event that ruled a target down, or that
 * holds it out for flapping, and ends when neither is so any more: also with a reset, and when it leaves the
 * configuration. It was seen as fast as the time from the first bad probe of any vantage point, which raised the
 * suspicion, to that ruling.
 */
import type { Wall } from "../base/time.ts";
import { lengthText, localText } from "./local-time.ts";
import type { HistoryEvent } from "./model.ts";
import type { SubjectNames } from "./notify-names.ts";
import { cleanText } from "./notify-text.ts";

export interface Outage {
  readonly from: Wall;
  /** Null: it lasts. */
  readonly to: Wall | null;
  readonly why: string;
  /** From the first bad probe to the ruling; null: the suspicion is not in the history. */
  readonly seenMs: number | null;
}

export interface MemberOutages {
  readonly subject: string;
  /** `web1 (www.example.org)`. */
  readonly name: string;
  /** Within the period. */
  readonly downMs: number;
  /** Suspicions that were cleared. */
  readonly falseAlarms: number;
  readonly outages: readonly Outage[];
}

export interface OutageReport {
  readonly from: Wall;
  readonly to: Wall;
  /** The longest out first; those without an outage or a suspicion are left out. */
  readonly members: readonly MemberOutages[];
}

interface Track {
  readonly outages: { from: Wall; to: Wall | null; why: string; seenMs: number | null }[];
  down: boolean;
  held: boolean;
  suspectedAt: Wall | null;
  /** The first start or reload since it was heard of last: when it left, if it did. */
  leftAt: Wall | null;
  falseAlarms: number;
}

/** Who is out at the end, since when, and why. */
export type OutNow = ReadonlyMap<string, { readonly since: Wall; readonly reason: string }>;

export interface ReportTerms {
  readonly from: Wall;
  readonly to: Wall;
  readonly names: SubjectNames;
  readonly out: OutNow;
}

/** `events` in the order in which they happened. */
export function readOutages(events: readonly HistoryEvent[], { from, names, out, to }: ReportTerms): OutageReport {
  const tracks = new Map<string, Track>();
  for (const event of events) {
    if (event.at > to) continue;
    if (event.rule === "operator/reset") for (const track of tracks.values()) reset(track, event.at);
    if (event.kind === "reload" || event.kind === "start")
      for (const track of tracks.values()) track.leftAt ??= event.at;
    const track = tracks.get(event.subject) ?? createTrack();
    if (takeEvent(track, event, from)) tracks.set(event.subject, track);
  }
  for (const [subject, track] of tracks) {
    const open = openOutage(track);
    if (open !== null && !out.has(subject)) open.to = track.leftAt ?? to;
  }
  for (const [subject, { reason, since }] of out) {
    const track = tracks.get(subject) ?? createTrack();
    if (openOutage(track) !== null || since > to) continue;
    track.outages.push({ from: since, to: null, why: reason, seenMs: null });
    tracks.set(subject, track);
  }
  const members = [...tracks].map(([subject, { falseAlarms, outages }]): MemberOutages => {
    const downMs = outages.reduce((sum, one) => sum + Math.max(0, (one.to ?? to) - Math.max(one.from, from)), 0);
    return { subject, name: names.get(subject)?.text ?? subject, downMs, falseAlarms, outages };
  });
  return { from, to, members: members.toSorted((a, b) => b.downMs - a.downMs) };
}

function createTrack(): Track {
  return { outages: [], down: false, held: false, suspectedAt: null, leftAt: null, falseAlarms: 0 };
}

function openOutage({ outages }: Track): Track["outages"][number] | null {
  const last = outages.at(-1);
  return last !== undefined && last.to === null ? last : null;
}

/** Everybody is taken for up; who still fails is ruled down anew. */
function reset(track: Track, at: Wall): void {
  const open = openOutage(track);
  if (open !== null) open.to = at;
  Object.assign(track, { down: false, held: false, suspectedAt: null });
}

/** Whether the event was about health. */
function takeEvent(track: Track, event: HistoryEvent, since: Wall): boolean {
  const { at, kind, rule } = event;
  if (kind === "suspicion") track.suspectedAt ??= at;
  if (kind === "cleared") {
    track.falseAlarms += track.suspectedAt === null ? 0 : 1;
    track.suspectedAt = null;
  }
  // The doubt was looked into, and is the route's: what comes later is another one.
  if (rule === "quorum/disagree" || rule === "quorum/frozen") track.suspectedAt = null;
  if (kind === "health") takeHealth(track, event, since);
  track.leftAt = null;
  return kind === "suspicion" || kind === "cleared" || kind === "health";
}

function takeHealth(track: Track, event: HistoryEvent, since: Wall): void {
  const { at, from, rule, to } = event;
  const isHold = rule === "health/flap";
  if (from === "flapping") track.held = false;
  if (isHold) track.held = true;
  else track.down = to === "down";
  const open = openOutage(track);
  if (track.down || track.held) {
    if (open === null) track.outages.push(beginOutage(track, event));
    else if (isHold) open.why = `${open.why}; then ${whyOf(event)}`;
  } else if (open !== null) open.to = at;
  else if (track.outages.length === 0 && (from === "down" || from === "flapping"))
    track.outages.push({ from: since, to: at, why: `it was ${from} before`, seenMs: null });
  if (!isHold) track.suspectedAt = null;
}

function beginOutage({ suspectedAt }: Track, event: HistoryEvent): Track["outages"][number] {
  return { from: event.at, to: null, why: whyOf(event), seenMs: suspectedAt === null ? null : event.at - suspectedAt };
}

/** Without the name, which stands above it. */
function whyOf({ sentence }: HistoryEvent): string {
  return sentence.includes(": ") ? sentence.slice(sentence.indexOf(": ") + 2) : sentence;
}

/** One line for a phone. */
export function reportLine({ members }: OutageReport): string {
  const out = members.filter(({ outages }) => outages.length > 0);
  if (out.length === 0) return "REPORT: nobody was out";
  const [first] = out;
  const rest = out.length === 1 ? "" : ` (+${out.length - 1} more)`;
  return cleanText(`REPORT: ${out.length} out; ${first?.name ?? ""} for ${lengthText(first?.downMs ?? 0)}`, 140) + rest;
}

/** Members and outages that are written out. */
const membersMax = 200;
const outagesMax = 50;

export function reportText(report: OutageReport, timeZone: string): string {
  const { from, members, to } = report;
  const head = `From ${localText(from, timeZone)} to ${localText(to, timeZone)} (${timeZone})`;
  const out = members.filter(({ outages }) => outages.length > 0);
  const alarms = members.reduce((sum, { falseAlarms }) => sum + falseAlarms, 0);
  const calm = `Suspicions that were cleared: ${alarms}`;
  if (out.length === 0) return [head, "", "Nobody was out.", calm].join("\n");
  const blocks = out.slice(0, membersMax).map((member) => memberText(member, timeZone));
  const more = out.length > membersMax ? [`and ${out.length - membersMax} more members`] : [];
  return [head, "", ...blocks, ...more, calm].join("\n");
}

function memberText({ downMs, name, outages }: MemberOutages, timeZone: string): string {
  const times = outages.length === 1 ? "once" : `${outages.length} times`;
  const lines = outages.slice(0, outagesMax).map(({ from, seenMs, to, why }) => {
    const length = to === null ? "still out" : lengthText(to - from);
    const seen = seenMs === null ? "" : `, seen within ${lengthText(seenMs)}`;
    return `  ${localText(from, timeZone)}  ${length}${seen}: ${cleanText(why, 300)}`;
  });
  const more = outages.length > outagesMax ? [`  and ${outages.length - outagesMax} more`] : [];
  return [`${name}: out ${times}, ${lengthText(downMs)} in all`, ...lines, ...more, ""].join("\n");
}
