/**
 * What is known of one target over time, read from the record: spans in which probes failed, and good in between, as long
 * as muster ran. Asked what a probe at any moment would have found, it says so, and whether that rests on what was seen
 * or on a guess between two probes.
 *
 *     good ... | first bad probe ... last bad probe | not looked | first good probe ... good
 *              from                               seenTo        to
 */
import { type Wall, wall } from "../base/time.ts";
import type { DataAge, Verdict } from "./model.ts";
import type {
  Recorded,
  RecordedAge,
  RecordedLife,
  RecordedPace,
  RecordedRun,
  RecordedStream,
  RecordedWord,
} from "./recording.ts";

export interface BadSpan {
  readonly kind: RecordedRun["kind"];
  readonly from: Wall;
  readonly seenTo: Wall;
  /** When it was first seen good again, or failing otherwise, or when muster ended. */
  readonly to: Wall;
  readonly run: RecordedRun;
}

/** A time in which a target failed all along. */
export interface Outage {
  readonly from: Wall;
  readonly to: Wall;
  readonly reason: string;
  /** How much earlier it may have begun: the last good probe ended so long before; null: not known. */
  readonly earlierMs: number | null;
}

export interface Finding {
  readonly verdict: Verdict;
  /** True: nobody looked at that moment, and the nearest probe was taken. */
  readonly guessed: boolean;
  /** The run that it failed by; null: by none. */
  readonly run: RecordedRun | null;
}

export class Timeline {
  readonly stream: RecordedStream;
  readonly spans: readonly BadSpan[];
  readonly paces: readonly RecordedPace[];
  readonly ages: readonly RecordedAge[];
  /** What watchers said, in the order of time. */
  readonly words: readonly RecordedWord[];
  readonly #byAge: readonly (RecordedAge & { readonly from: Wall })[];
  readonly #byMinute: readonly (RecordedPace & { readonly from: Wall })[];
  readonly outages: readonly Outage[];

  constructor(
    stream: RecordedStream,
    rows: Pick<Recorded, "runs" | "paces" | "ages" | "words">,
    lives: readonly RecordedLife[],
  ) {
    this.stream = stream;
    this.spans = spansOf(rows.runs, lives);
    this.paces = rows.paces;
    this.ages = rows.ages;
    this.words = rows.words;
    this.#byAge = rows.ages.map((age) => ({ ...age, from: age.at }));
    this.#byMinute = rows.paces.map((pace) => ({ ...pace, from: pace.at }));
    this.outages = outagesOf(this.spans);
  }

  /** The span that lasts at a moment, or the last one before it. */
  spanAt(at: Wall): BadSpan | null {
    return lastAtOrBefore(this.spans, at);
  }

  /** The span that it goes on failing by, without anything good in between. */
  nextOf(span: BadSpan): BadSpan | null {
    const next = this.spanAt(span.to);
    return next !== null && next.run !== span.run && next.from === span.to ? next : null;
  }

  /** How old its data was last found to be; null: it was never looked for, or could not be found in this bad time. */
  ageAt(at: Wall): DataAge | null {
    const age = lastAtOrBefore(this.#byAge, at);
    const span = this.spanAt(at);
    const isLost = span?.kind === "down" && at < span.to && (age?.at ?? 0) < span.from;
    return age === null || isLost ? null : { at: age.dataAt, staleMs: age.staleMs };
  }

  /** The answering times of the last minute that was kept, at a moment. */
  paceAt(at: Wall): RecordedPace | null {
    return lastAtOrBefore(this.#byMinute, at);
  }
}

/**
 * Probes of a replay, one after the other. They do not fall on the moments at which the real ones began, so a fault that
 * was shorter than the interval is met by the first probe that comes within an interval after its beginning, and lasts
 * from there: as many probes meet it as met it then.
 */
export class Look {
  readonly timeline: Timeline;
  #lastAt: Wall;
  #met: { readonly span: BadSpan; readonly shiftMs: number } | null = null;

  constructor(timeline: Timeline, from: Wall) {
    this.timeline = timeline;
    this.#lastAt = from;
  }

  /** Nothing has happened up to then. */
  skipTo(at: Wall): void {
    this.#lastAt = at;
  }

  isGood(at: Wall): boolean {
    const span = this.#spanAt(at);
    return span === null || at >= span.to;
  }

  /** What a probe finds that begins at `at`, not before the last one. */
  find(at: Wall, timeoutMs: number): Finding {
    const found = this.#find(at, timeoutMs);
    const data = this.timeline.ageAt(at);
    const { verdict } = found;
    return data === null || verdict.kind === "unknown" ? found : { ...found, verdict: { ...verdict, data } };
  }

  #find(at: Wall, timeoutMs: number): Finding {
    this.#meet(at);
    const span = this.#spanAt(at);
    const lastAt = this.#lastAt;
    this.#lastAt = at;
    const good = (): Verdict => goodVerdict(this.timeline.paceAt(at), { at, lastAt, timeoutMs });
    if (span === null || at >= span.to) return { verdict: good(), guessed: false, run: null };
    // Between two ways of failing nothing good was seen: it goes on failing as it did, and that is no guess.
    const isSeen = at <= span.seenTo || this.timeline.nextOf(span) !== null;
    if (!isSeen && at - span.seenTo > span.to - at) return { verdict: good(), guessed: true, run: null };
    return { verdict: badVerdict(span, at, timeoutMs), guessed: !isSeen, run: span.run };
  }

  #meet(at: Wall): void {
    const span = this.timeline.spanAt(at);
    if (span === null || span === this.#met?.span || span.from <= this.#lastAt) return;
    const { intervalMs } = this.timeline.stream;
    const isShort = span.to - span.from < intervalMs;
    if (isShort && at - span.from < intervalMs) this.#met = { span, shiftMs: at - span.from };
  }

  #spanAt(at: Wall): BadSpan | null {
    const span = this.timeline.spanAt(at);
    if (span === null || span !== this.#met?.span) return span;
    const { shiftMs } = this.#met;
    return { ...span, seenTo: wall(span.seenTo + shiftMs), to: wall(span.to + shiftMs) };
  }
}

/** The slowest probe of a minute is known with its moment: whichever probe comes first after it is as slow. */
function goodVerdict(
  pace: RecordedPace | null,
  { at, lastAt, timeoutMs }: { readonly at: Wall; readonly lastAt: Wall; readonly timeoutMs: number },
): Verdict {
  if (pace === null) return { kind: "up", tookMs: 1, detail: "answers" };
  const isSlowest = pace.maxAt > lastAt && pace.maxAt <= at;
  const tookMs = isSlowest ? pace.maxMs : pace.meanMs;
  if (tookMs < timeoutMs) return { kind: "up", tookMs, detail: "answers" };
  return { kind: "down", tookMs: timeoutMs, reason: `no answer within ${timeoutMs} ms` };
}

/** Who hangs until a moment answers then, if that is soon enough. */
function badVerdict({ kind, run, to }: BadSpan, at: Wall, timeoutMs: number): Verdict {
  if (!run.late) return { kind, tookMs: Math.min(timeoutMs, run.tookMsMax), reason: run.reason };
  if (run.goodAt !== null && to === run.goodAt && to - at < timeoutMs)
    return { kind: "up", tookMs: to - at, detail: "answers" };
  return { kind, tookMs: timeoutMs, reason: run.reason };
}

function spansOf(runs: readonly RecordedRun[], lives: readonly RecordedLife[]): readonly BadSpan[] {
  return runs.map((run, i): BadSpan => {
    const next = runs[i + 1];
    const goesOn = next !== undefined && next.goodBefore === run.goodBefore && next.from >= run.to;
    const life = lives.find(({ from, to }) => from <= run.to && run.to <= to);
    const to = run.goodAt ?? (goesOn && life !== undefined && next.from <= life.to ? next.from : (life?.to ?? run.to));
    return { kind: run.kind, from: run.from, seenTo: run.to, to: wall(Math.max(to, run.to)), run };
  });
}

/** Spans that follow each other without anything good are one outage, unless nothing but the checker was at fault. */
function outagesOf(spans: readonly BadSpan[]): readonly Outage[] {
  const groups: BadSpan[][] = [];
  for (const span of spans) {
    const group = groups.at(-1);
    if (group?.at(-1)?.to === span.from) group.push(span);
    else groups.push([span]);
  }
  return groups.flatMap((group) => {
    const down = group.filter(({ kind }) => kind === "down");
    const [first] = down;
    const last = down.at(-1);
    if (first === undefined || last === undefined) return [];
    const { goodBefore, reason } = first.run;
    const earlierMs = goodBefore === null ? null : Math.max(0, first.from - goodBefore);
    return [{ from: first.from, to: last.to, reason, earlierMs }];
  });
}

/** Rows are in the order of their beginning. */
function lastAtOrBefore<T extends { readonly from: Wall }>(rows: readonly T[], at: Wall): T | null {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((rows[middle]?.from ?? at) <= at) low = middle + 1;
    else high = middle;
  }
  return rows[low - 1] ?? null;
}

/** Lives that follow each other without a gap are one. */
export function mergeLives(lives: readonly RecordedLife[]): readonly RecordedLife[] {
  const merged: RecordedLife[] = [];
  for (const life of lives) {
    const last = merged.at(-1);
    if (last === undefined || life.from > last.to) merged.push(life);
    else merged[merged.length - 1] = { from: last.from, to: wall(Math.max(last.to, life.to)) };
  }
  return merged;
}

/** The part of each life that lies within a time. */
export function clipLives(
  lives: readonly RecordedLife[],
  { from, to }: { readonly from: Wall; readonly to: Wall },
): readonly RecordedLife[] {
  return lives
    .map((life) => ({ from: wall(Math.max(life.from, from)), to: wall(Math.min(life.to, to)) }))
    .filter((life) => life.to > life.from);
}
