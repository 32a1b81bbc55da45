/**
 * What would other thresholds have made of the same time? Plays what was recorded against the configuration that ran and
 * against others, and puts what came of each beside what happened. Nothing is judged here a second time: each course is
 * the real controller's (`play-record`), and counting is the same for all (`core/replay`).
 */
import { assert } from "../base/assert.ts";
import { counted, listed } from "../base/listed.ts";
import type { Wall } from "../base/time.ts";
import { lengthText, localText } from "../core/local-time.ts";
import type { Config, HistoryEvent, MemberConfig, Target } from "../core/model.ts";
import type { Recorded, RecordedLife } from "../core/recording.ts";
import {
  answeringShare,
  cutAnswers,
  type CountedMember,
  type Course,
  goodShare,
  judgeCourse,
  type ReplayMember,
  type ReplayReport,
  spreadOf,
  type Truth,
} from "../core/replay.ts";
import { makeTarget } from "../core/target.ts";
import { clipLives, mergeLives, type Outage, Timeline } from "../core/timeline.ts";
import { playRecord } from "./play-record.ts";

export interface ReplayRequest {
  readonly from: Wall;
  readonly to: Wall;
  /** Shorter faults are no outage. */
  readonly outageMs: number;
  readonly recorded: Recorded;
  /** Sealed, as all configurations here: what runs now, and what ran then, in the order of time. */
  readonly running: Config;
  readonly ran: readonly { readonly at: Wall; readonly config: Config }[];
  readonly others: readonly { readonly name: string; readonly config: Config; readonly notes: readonly string[] }[];
  /** What happened: events of health and answers, and resets; and what pools answered at the end, for those without one. */
  readonly events: readonly HistoryEvent[];
  readonly answersAfter: Readonly<Record<string, readonly string[]>>;
  /** What else the record cannot tell. */
  readonly notes: readonly string[];
  readonly stepsMax: number;
  /** False: calm time is played like any other, to show that skipping it changes nothing. */
  readonly skips?: boolean;
}

export function replayRecord(request: ReplayRequest): ReplayReport {
  const { from, recorded, to } = request;
  const lives = clipLives(mergeLives(recorded.lives), { from, to });
  const timelines = timelinesOf(recorded);
  const truth = truthOf(request, { lives, timelines });
  const ran = request.ran.length === 0 ? [{ at: from, config: request.running }] : request.ran;
  const courses = [
    courseOfHistory(request, timelines),
    courseOf(request, { name: "as configured then", configs: ran, lives, timelines, notes: [] }),
    ...request.others.map(({ config, name, notes }) =>
      courseOf(request, { name, configs: [{ at: from, config }], lives, timelines, notes }),
    ),
  ];
  const counted = countedTimelines(courses);
  const outages = counted.flatMap((timeline) => truth.outagesOf(timeline));
  const faults = counted.flatMap((timeline) => timeline.outages).filter((one) => one.from >= from && one.from <= to);
  const earlier = spreadOf(outages.flatMap(({ earlierMs }) => (earlierMs === null ? [] : [earlierMs])));
  const knownMs = lives.reduce((sum, life) => sum + (life.to - life.from), 0);
  return {
    from,
    to,
    knownMs,
    outageMs: request.outageMs,
    outages: outages.length,
    blips: faults.filter((one) => one.to - one.from < request.outageMs).length,
    earlier,
    columns: courses.map((course) => judgeCourse(course, truth)),
    members: membersOf(courses, { truth, lives }),
    notes: [...notesOf(request, { knownMs, blind: blindCount(faults, outages, request.outageMs) }), ...request.notes],
  };
}

type Timelines = ReadonlyMap<string, Timeline>;

const keyOf = ({ address, key }: { readonly address: string; readonly key: string }): string => `${address} ${key}`;

/** Targets that asked the same of the same address are one, whatever their thresholds were. */
function timelinesOf({ ages, lives, paces, runs, streams, words }: Recorded): Timelines {
  const merged = mergeLives(lives);
  const keys = new Map(streams.map((stream) => [stream.target, keyOf(stream)]));
  const runsByKey = Map.groupBy(runs, ({ target }) => keys.get(target) ?? "");
  const pacesByKey = Map.groupBy(paces, ({ target }) => keys.get(target) ?? "");
  const agesByKey = Map.groupBy(ages, ({ target }) => keys.get(target) ?? "");
  const wordsByKey = Map.groupBy(words, ({ target }) => keys.get(target) ?? "");
  const timelines = new Map<string, Timeline>();
  for (const [key, same] of Map.groupBy(streams, keyOf)) {
    const finest = same.reduce((best, one) => (one.intervalMs < best.intervalMs ? one : best));
    const seen = { runs: apart(runsByKey.get(key) ?? []), paces: pacesByKey.get(key) ?? [] };
    const rows = { ...seen, ages: agesByKey.get(key) ?? [], words: wordsByKey.get(key) ?? [] };
    timelines.set(key, new Timeline(finest, rows, merged));
  }
  return timelines;
}

/** Two targets that were probed side by side have seen the same fault; the one that saw it first is kept. */
function apart(runs: Recorded["runs"]): Recorded["runs"] {
  const kept: Recorded["runs"][number][] = [];
  for (const run of runs) {
    const last = kept.at(-1);
    if (last === undefined || run.from >= Math.max(last.to, last.goodAt ?? 0)) kept.push(run);
  }
  return kept;
}

function truthOf(
  { from, outageMs, running, to }: ReplayRequest,
  { lives, timelines }: { lives: readonly RecordedLife[]; timelines: Timelines },
): Truth {
  const references = running.references.flatMap((target) => timelineOfTarget(timelines, target) ?? []);
  const isBlind = (outage: Outage): boolean =>
    references.length > 0 &&
    references.every(({ spans }) =>
      spans.some((span) => span.from <= outage.from + edgeMs && span.to >= outage.to - edgeMs),
    );
  return {
    lives,
    outagesOf: (timeline) =>
      timeline.outages.filter(
        (outage) => outage.to - outage.from >= outageMs && outage.from >= from && outage.from <= to && !isBlind(outage),
      ),
  };
}

/** A checker that is cut off sees its references fail about as early and as late as everybody else. */
const edgeMs = 2_000;

function blindCount(faults: readonly Outage[], outages: readonly Outage[], outageMs: number): number {
  return faults.filter((one) => one.to - one.from >= outageMs).length - outages.length;
}

/** The sealed probe's key stands where its program would, or what it sends (`io/recording/seal.ts`). */
function timelineOfTarget(
  timelines: Timelines,
  { address, check }: Pick<Target, "address" | "check">,
): Timeline | null {
  const { probe } = check;
  const key = probe.kind === "exec" ? (probe.command[0] ?? "") : probe.kind === "tcp" ? (probe.send ?? "") : "";
  return timelines.get(keyOf({ address, key })) ?? null;
}

function countMembers(config: Config, timelines: Timelines): readonly CountedMember[] {
  return config.pools.flatMap(({ members }) =>
    members.map((member: MemberConfig): CountedMember => {
      const { address, id, label, pool, target } = member;
      const timeline = timelineOfTarget(timelines, member);
      return { id, label, pool, answer: target ?? address, targetId: makeTarget(member).id, timeline };
    }),
  );
}

function courseOf(
  request: ReplayRequest,
  play: {
    readonly name: string;
    readonly configs: readonly { readonly at: Wall; readonly config: Config }[];
    readonly lives: readonly RecordedLife[];
    readonly timelines: Timelines;
    readonly notes: readonly string[];
  },
): Course {
  const { configs, lives, name, timelines } = play;
  const last = configs.at(-1);
  assert(last !== undefined, "a course has a configuration");
  const timelineOf = (target: Target): Timeline | null => timelineOfTarget(timelines, target);
  const { recorded, skips = true, stepsMax } = request;
  const played = playRecord({ configs, timelineOf, lives, vantages: recorded.vantages, stepsMax, skips });
  const members = countMembers(last.config, timelines);
  // A reload during the time may have changed a target's thresholds, and so its id.
  const ids = new Map(configs.flatMap(({ config }) => aliasesOf(config, members)));
  const events = played.events.map((event) => ({ ...event, subject: ids.get(event.subject) ?? event.subject }));
  const notes = [...play.notes, ...limitsOf(last.config, timelines), ...playNotes(played)];
  return { name, members, events, guessed: played.guessed, answersBefore: new Map(), notes };
}

function aliasesOf(config: Config, members: readonly CountedMember[]): readonly (readonly [string, string])[] {
  const now = new Map(members.map(({ id, targetId }) => [id, targetId]));
  return config.pools.flatMap((pool) =>
    pool.members.map((member) => [makeTarget(member).id, now.get(member.id) ?? makeTarget(member).id] as const),
  );
}

function courseOfHistory({ answersAfter, events, recorded, running }: ReplayRequest, timelines: Timelines): Course {
  const members = countMembers(running, timelines);
  const byTimeline = new Map(
    members.flatMap(({ targetId, timeline }) => (timeline === null ? [] : [[timeline, targetId]])),
  );
  const ids = new Map(
    recorded.streams.flatMap((stream) => {
      const timeline = timelines.get(keyOf(stream));
      const id = timeline === undefined ? undefined : byTimeline.get(timeline);
      return id === undefined ? [] : [[stream.target, id] as const];
    }),
  );
  const told = events.map((event) => ({ ...event, subject: ids.get(event.subject) ?? event.subject }));
  const changed = new Set(events.filter(({ kind }) => kind === "answer").map(({ subject }) => subject));
  const answersBefore = new Map(Object.entries(answersAfter).filter(([pool]) => !changed.has(pool)));
  const notes = historyNotes([...cutAnswers({ events })]);
  return { name: "as it happened", members, events: told, guessed: 0, answersBefore, notes };
}

function historyNotes(cut: readonly string[]): readonly string[] {
  if (cut.length === 0) return [];
  const pools = listed(cut, namesMax);
  return [`not known: ${pools} answered more members than the history names; failovers of the others are not counted`];
}

function countedTimelines(courses: readonly Course[]): readonly Timeline[] {
  return [...new Set(courses.flatMap(({ members }) => members.flatMap(({ timeline }) => timeline ?? [])))];
}

function membersOf(
  courses: readonly Course[],
  { lives, truth }: { readonly truth: Truth; readonly lives: readonly RecordedLife[] },
): readonly ReplayMember[] {
  const all = new Map(courses.flatMap(({ members }) => members).map((member) => [member.id, member]));
  return [...all.values()].map((member) => ({
    id: member.id,
    label: member.label,
    pool: member.pool,
    outages: member.timeline === null ? 0 : truth.outagesOf(member.timeline).length,
    good: goodShare(member, lives),
    answering: courses.map((course) => answeringShare(course, member, lives)),
  }));
}

/** Names that a note spells out. */
const namesMax = 5;

/** What the record cannot tell of a configuration. */
function limitsOf(config: Config, timelines: Timelines): readonly string[] {
  const members = config.pools.flatMap((pool) => pool.members);
  const missing = members.filter((member) => timelineOfTarget(timelines, member) === null).map(({ id }) => id);
  const finer = members.filter((member) => {
    const timeline = timelineOfTarget(timelines, member);
    return timeline !== null && member.check.intervalMs < timeline.stream.intervalMs;
  });
  const notes: string[] = [];
  if (missing.length > 0)
    notes.push(`not known: what it asks of ${listed(missing, namesMax)} was never asked; they are taken to be well`);
  if (finer.length > 0)
    notes.push(
      `it looks more often than was looked then (${listed(
        finer.map(({ id }) => id),
        namesMax,
      )}): faults count from the first bad probe of the record, and shorter ones are not known`,
    );
  const isAged = (member: MemberConfig): boolean => (timelineOfTarget(timelines, member)?.ages.length ?? 0) > 0;
  if (config.pools.some(({ lastResort, members: all }) => lastResort.kind === "least-stale" && !all.some(isAged)))
    notes.push("not known: how old members' data was, which `last-resort: least-stale` goes by");
  return notes;
}

function playNotes({ cutAt, events, givenUp, guessed }: ReturnType<typeof playRecord>): readonly string[] {
  const notes: string[] = [];
  const braked = events.filter(({ rule }) => rule === "guard/brake").length;
  if (braked > 0)
    notes.push(
      `the brake held ${counted(braked, "time")}: who still leaves hangs on who fails first, and probes fall on other moments here`,
    );
  if (givenUp > 0)
    notes.push(
      `not known: ${givenUp} probes would have waited longer than those of the record did; they count as failed`,
    );
  if (guessed > 0)
    notes.push(`${guessed} removals rest on moments at which nobody looked; the nearest probe was taken`);
  if (cutAt !== null) notes.push(`it was played until ${localText(cutAt, "UTC")} UTC only: ask for a shorter time`);
  return notes;
}

function notesOf(
  { from, to }: ReplayRequest,
  { blind, knownMs }: { knownMs: number; blind: number },
): readonly string[] {
  const notes: string[] = [];
  const gapMs = to - from - knownMs;
  if (gapMs >= gapMsMin)
    notes.push(`muster did not run, or kept no record, for ${lengthText(gapMs)} of the time: nothing is known of it`);
  if (blind > 0)
    notes.push(
      `${blind} outages are left out: no reference answered during them, so that the checker itself was cut off`,
    );
  return notes;
}

/** Shorter gaps are the end and the beginning of a restart. */
const gapMsMin = 60_000;
