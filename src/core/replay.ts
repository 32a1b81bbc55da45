/**
 * What a replay says, and how it counts. Ground truth is what probes found: an **outage** is a time of at least
 * `outageMs` in which every probe of a target failed, and in which the checker itself was well. A target that is ruled
 * down outside of an outage is a **false alarm**; an outage through which it stays up is **missed**; **detection** is the
 * time from the outage's first bad probe to the ruling. A **failover** is an answer that loses a member which is not up.
 */
import type { Wall } from "../base/time.ts";
import type { HistoryEvent } from "./model.ts";
import type { RecordedLife } from "./recording.ts";
import type { Outage, Timeline } from "./timeline.ts";

export interface ReplayReport {
  readonly from: Wall;
  readonly to: Wall;
  /** How much of that time muster ran, so that anything is known of it. */
  readonly knownMs: number;
  readonly outageMs: number;
  /** Outages of the members that were recorded, and faults too short to be one. */
  readonly outages: number;
  readonly blips: number;
  /** How much earlier the outages may have begun than the first bad probe. */
  readonly earlier: Spread | null;
  /** What happened, then the configuration that ran, then each other one. */
  readonly columns: readonly ReplayColumn[];
  readonly members: readonly ReplayMember[];
  /** What the record cannot tell. */
  readonly notes: readonly string[];
}

export interface Spread {
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

export interface ReplayColumn {
  readonly name: string;
  readonly failovers: number;
  readonly answerChanges: number;
  /** Times that a target was ruled down. */
  readonly removals: number;
  readonly falseAlarms: number;
  /** Removals that rest on moments at which nobody looked. */
  readonly guessed: number;
  readonly missed: number;
  /** Null: no outage was detected. */
  readonly detection: Spread | null;
  readonly notes: readonly string[];
}

export interface ReplayMember {
  readonly id: string;
  readonly label: string;
  readonly pool: string;
  readonly outages: number;
  /** Share of the time that is known in which its probes were good; null: it was not recorded. */
  readonly good: number | null;
  /** Share of that time in which each column's answer named it; null: not known. */
  readonly answering: readonly (number | null)[];
}

/** A member as a replay counts it. */
export interface CountedMember {
  readonly id: string;
  readonly label: string;
  readonly pool: string;
  /** What an answer names it by: its address, or another record's target. */
  readonly answer: string;
  readonly targetId: string;
  /** Null: what this configuration asks of it was never recorded. */
  readonly timeline: Timeline | null;
}

/** What one configuration did, or what really happened. */
export interface Course {
  readonly name: string;
  readonly members: readonly CountedMember[];
  /** In the order of time. */
  readonly events: readonly HistoryEvent[];
  /** Removals that rest on guesses. */
  readonly guessed: number;
  /** What a pool answered before its first event. */
  readonly answersBefore: ReadonlyMap<string, readonly string[]>;
  readonly notes: readonly string[];
}

/** What a course is judged by. */
export interface Truth {
  readonly lives: readonly RecordedLife[];
  /** Outages of a target; those in which the checker was cut off are left out. */
  readonly outagesOf: (timeline: Timeline) => readonly Outage[];
}

interface DownTime {
  readonly from: Wall;
  to: Wall;
}

export function judgeCourse(course: Course, truth: Truth): ReplayColumn {
  const { guessed, members, name, notes } = course;
  const downs = downTimes(course);
  const timelines = new Map(
    members.flatMap(({ targetId, timeline }) => (timeline === null ? [] : [[targetId, timeline]])),
  );
  const detections: number[] = [];
  let missed = 0;
  let falseAlarms = 0;
  let removals = 0;
  for (const [targetId, timeline] of timelines) {
    const outages = truth.outagesOf(timeline);
    const { falls, spans } = downs.get(targetId) ?? { falls: [], spans: [] };
    removals += falls.length;
    falseAlarms += falls.filter((at) => !outages.some(({ from, to }) => at >= from && at <= to)).length;
    for (const outage of outages) {
      const down = spans.find(({ from, to }) => from <= outage.to && to >= outage.from);
      if (down === undefined) missed += 1;
      else if (down.from >= outage.from) detections.push(down.from - outage.from);
    }
  }
  const answers = course.events.filter(({ from, kind }) => kind === "answer" && from !== null);
  const failovers = answers.filter((event) => isFailover(course, downs, event)).length;
  const counts = { failovers, answerChanges: answers.length, removals, falseAlarms, guessed, missed };
  return { name, ...counts, detection: spreadOf(detections), notes };
}

type Downs = ReadonlyMap<string, { readonly falls: Wall[]; readonly spans: DownTime[] }>;

/** When each target was ruled down, and when it was not up. */
function downTimes({ events }: Course): Downs {
  const downs = new Map<string, { falls: Wall[]; spans: DownTime[] }>();
  for (const { at, from, kind, rule, subject, to } of events) {
    // Everybody is taken for up, without a word for each.
    if (rule === "operator/reset") for (const { spans } of downs.values()) endLast(spans, at);
    if (kind !== "health" || rule.startsWith("maintenance/")) continue;
    const known = downs.get(subject) ?? { falls: [], spans: [] };
    downs.set(subject, known);
    const open = known.spans.at(-1);
    const isOpen = open !== undefined && open.to === Number.POSITIVE_INFINITY;
    if (to === "up") endLast(known.spans, at);
    // It was not up when the time began.
    if (from !== "up" && from !== "unproven" && from !== null && known.spans.length === 0)
      known.spans.push({ from: Number.NEGATIVE_INFINITY as Wall, to: at });
    if (to !== "down" && to !== "flapping") continue;
    if (to === "down" && from === "up") known.falls.push(at);
    if (!isOpen) known.spans.push({ from: at, to: Number.POSITIVE_INFINITY as Wall });
  }
  return downs;
}

function endLast(spans: readonly DownTime[], at: Wall): void {
  const last = spans.at(-1);
  if (last?.to === Number.POSITIVE_INFINITY) last.to = at;
}

function isFailover({ members }: Course, downs: Downs, event: HistoryEvent): boolean {
  const to = namesOf(event.to);
  const lost = namesOf(event.from).filter((name) => !to.includes(name));
  return members.some(({ answer, pool, targetId }) => {
    if (pool !== event.subject || !lost.includes(answer)) return false;
    return downs.get(targetId)?.spans.some((down) => down.from <= event.at && event.at < down.to) ?? false;
  });
}

/** Of very many the history has only the first, and how many more there were. */
const cut = / and \d+ more$/;

/** What an answer names, as the history writes it. */
function namesOf(text: string | null): readonly string[] {
  return text === null || text === "" ? [] : text.replace(cut, "").split(", ");
}

/** What pools answered before `later` happened, in the order of time, if they answer `now` after it. */
export function answersBefore(
  now: readonly (readonly [pool: string, names: readonly string[]])[],
  later: readonly HistoryEvent[],
): Readonly<Record<string, readonly string[]>> {
  const changed = later.filter(({ from, kind }) => kind === "answer" && from !== null).toReversed();
  return Object.fromEntries([...now, ...changed.map(({ from, subject }) => [subject, namesOf(from)] as const)]);
}

/** Pools of whose answers the history has not every name. */
export function cutAnswers({ events }: Pick<Course, "events">): ReadonlySet<string> {
  const answers = events.filter(({ kind }) => kind === "answer");
  const some = answers.filter(({ from, to }) => cut.test(from ?? "") || cut.test(to ?? ""));
  return new Set(some.map(({ subject }) => subject));
}

/** Share of the time that is known in which the answer named the member; null: it is not known. */
export function answeringShare(course: Course, member: CountedMember, lives: readonly RecordedLife[]): number | null {
  const mine = course.members.find(({ id }) => id === member.id);
  if (mine === undefined || mine.timeline === null) return null;
  const events = course.events.filter(({ kind, subject }) => kind === "answer" && subject === mine.pool);
  if (cutAnswers({ events }).size > 0) return null;
  const from = events[0]?.from ?? null;
  const first = course.answersBefore.get(mine.pool) ?? (from === null ? null : namesOf(from));
  let inMs = 0;
  let allMs = 0;
  const steps = [
    { at: Number.NEGATIVE_INFINITY, names: first },
    ...events.map(({ at, to }) => ({ at, names: namesOf(to) })),
  ];
  for (const [i, { at, names }] of steps.entries()) {
    if (names === null) continue;
    const ms = overlapMs(lives, { from: at, to: steps[i + 1]?.at ?? Number.POSITIVE_INFINITY });
    allMs += ms;
    if (names.includes(mine.answer)) inMs += ms;
  }
  return allMs === 0 ? null : inMs / allMs;
}

export function goodShare({ timeline }: CountedMember, lives: readonly RecordedLife[]): number | null {
  if (timeline === null) return null;
  const allMs = overlapMs(lives, { from: Number.NEGATIVE_INFINITY, to: Number.POSITIVE_INFINITY });
  const badMs = timeline.spans
    .filter(({ kind }) => kind === "down")
    .reduce((sum, span) => sum + overlapMs(lives, span), 0);
  return allMs === 0 ? null : 1 - badMs / allMs;
}

function overlapMs(
  lives: readonly RecordedLife[],
  { from, to }: { readonly from: number; readonly to: number },
): number {
  return lives.reduce((sum, life) => sum + Math.max(0, Math.min(life.to, to) - Math.max(life.from, from)), 0);
}

export function spreadOf(values: readonly number[]): Spread | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return { count: sorted.length, p50Ms: at(0.5), p99Ms: at(0.99), maxMs: Math.round(sorted.at(-1) ?? 0) };
}
