/**
 * The history strip of one member: its last hour as stretches of one state, read from health events, and over them what
 * an operator held out and what was suspected. Where nothing is known (before the first proof, or while muster itself was
 * stopped) the strip says so instead of guessing green.
 */
import type { HistoryEvent } from "../../src/core/model.ts";

export type StripState = "up" | "down" | "flapping" | "unknown";

/** What keeps a member out whatever its health. */
export type StripHold = "drain" | "disable" | "maintenance";

export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly state: StripState;
  readonly suspected: boolean;
  readonly hold: StripHold | null;
  /** Why the stretch began; null when that lies before what is known. */
  readonly reason: string | null;
}

export interface StripInput {
  /** Rising by id: what is told of the member and its target, and `start`/`stop` of muster itself. */
  readonly events: readonly HistoryEvent[];
  readonly health: string;
  readonly since: number;
  readonly reason: string;
  readonly suspected: boolean;
  /** What holds it out now, since when and why. */
  readonly override: { readonly kind: StripHold; readonly setAt: number; readonly reason: string } | null;
  readonly from: number;
  readonly to: number;
}

interface Mark {
  readonly at: number;
  readonly state: StripState;
  readonly reason: string | null;
}

/** From somewhere to somewhere else. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly reason: string;
}

export function cutSegments(input: StripInput): Segment[] {
  const marks = readMarks(input);
  const holds = readHolds(input);
  const doubts = readDoubts(input);
  const edges = [...marks, ...[...holds, ...doubts].flatMap(({ from, to }) => [{ at: from }, { at: to }])];
  const times = [...new Set(edges.map(({ at }) => Math.min(Math.max(at, input.from), input.to)))].sort((a, b) => a - b);
  const segments = times.flatMap((from, index): Segment[] => {
    const to = times[index + 1] ?? input.to;
    const mark = marks.findLast(({ at }) => at <= from);
    if (to <= from || mark === undefined) return [];
    const hold = holds.find((span) => span.from <= from && from < span.to);
    const doubt = doubts.find((span) => span.from <= from && from < span.to);
    const reason = latest([mark, hold, doubt], input.from);
    return [{ from, to, state: mark.state, suspected: doubt !== undefined, hold: hold?.kind ?? null, reason }];
  });
  return joinAlike(segments);
}

/** Of what is so in a stretch, the reason of what began last; what lies before the left edge began unseen. */
function latest(parts: readonly (Mark | Span | undefined)[], start: number): string | null {
  const known = parts.flatMap((part) =>
    part === undefined ? [] : [{ at: "at" in part ? part.at : part.from, reason: part.reason }],
  );
  const last = known.toSorted((a, b) => a.at - b.at).at(-1);
  const held = known.find((part, index) => index > 0 && part.at < start);
  return last === undefined || last.reason === null ? (held?.reason ?? null) : last.reason;
}

const holdWords = ["drain", "disable", "maintenance"] as const;

/** An operator's overrides, and the window that runs; of windows that are over nothing is known here. */
function readHolds({ events, override, to }: StripInput): (Span & { readonly kind: StripHold })[] {
  const holds: (Span & { readonly kind: StripHold })[] = [];
  let open: (Omit<Span, "to"> & { readonly kind: StripHold }) | null = null;
  let seen = false;
  for (const { at, from, kind, rule, sentence, to: next } of events) {
    if (kind !== "override" || rule === "operator/release") continue;
    const before = holdWords.find((word) => word === from);
    // It was set before anything that is known.
    if (open === null && !seen && before !== undefined)
      open = { kind: before, from: Number.NEGATIVE_INFINITY, reason: sentence };
    seen = true;
    if (open !== null) holds.push({ ...open, to: at });
    const kindNow = holdWords.find((word) => word === next);
    open = kindNow === undefined ? null : { kind: kindNow, from: at, reason: sentence };
  }
  if (override !== null) {
    const from = open?.kind === override.kind ? Math.min(open.from, override.setAt) : override.setAt;
    holds.push({ kind: override.kind, from, to, reason: open?.reason ?? override.reason });
  }
  return holds;
}

/** A suspicion lasts until it is cleared, or until health has followed it. */
function readDoubts({ events, suspected, to }: StripInput): Span[] {
  const doubts: Span[] = [];
  let open: Omit<Span, "to"> | null = null;
  for (const { at, kind, rule, sentence } of events) {
    // One vantage point's mind alone is no suspicion of the member.
    if (rule.startsWith("quorum/") && kind !== "health") continue;
    if (kind === "suspicion") open ??= { from: at, reason: sentence };
    if (open === null || (kind !== "cleared" && kind !== "health" && kind !== "stop")) continue;
    doubts.push({ ...open, to: at });
    open = null;
  }
  if (open !== null && suspected) doubts.push({ ...open, to });
  return doubts;
}

/** Changes of state in order, the first at or before the left edge, the last the present one. */
function readMarks(input: StripInput): Mark[] {
  const marks: Mark[] = [];
  const health = input.events.filter((event) => event.kind === "health");
  marks.push({ at: Number.NEGATIVE_INFINITY, state: stateBefore(input, health[0]), reason: null });
  let last = marks[0]?.state ?? "unknown";
  for (const event of input.events) {
    if (event.kind === "health") last = toState(event.to);
    if (event.kind === "health") marks.push({ at: event.at, state: last, reason: event.sentence });
    if (event.kind === "stop") marks.push({ at: event.at, state: "unknown", reason: "muster was stopped" });
    if (event.kind === "start") marks.push({ at: event.at, state: last, reason: "muster started" });
  }
  if (toState(input.health) !== last && input.since >= (marks.at(-1)?.at ?? 0))
    marks.push({ at: input.since, state: toState(input.health), reason: input.reason });
  return marks;
}

function stateBefore(input: StripInput, first: HistoryEvent | undefined): StripState {
  if (first !== undefined) return toState(first.from);
  return input.since <= input.from ? toState(input.health) : "unknown";
}

function toState(word: string | null): StripState {
  return word === "up" || word === "down" || word === "flapping" ? word : "unknown";
}

function joinAlike(segments: readonly Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    const before = joined.at(-1);
    if (before !== undefined && isAlike(before, segment)) joined[joined.length - 1] = { ...before, to: segment.to };
    else joined.push(segment);
  }
  return joined;
}

function isAlike(a: Segment, b: Segment): boolean {
  return a.state === b.state && a.hold === b.hold && a.suspected === b.suspected;
}

/** The strip in words, for those who do not see it. */
export function describeStrip(segments: readonly Segment[], span: (ms: number) => string): string {
  const total = (state: StripState): number =>
    segments.filter((segment) => segment.state === state).reduce((sum, segment) => sum + segment.to - segment.from, 0);
  const states: readonly StripState[] = ["up", "down", "flapping", "unknown"];
  const parts = states.filter((state) => total(state) > 0).map((state) => `${state} ${span(total(state))}`);
  const doubts = segments.filter(({ suspected }) => suspected).length;
  const held = segments.filter(({ hold }) => hold !== null).reduce((sum, { from, to }) => sum + to - from, 0);
  if (doubts > 0) parts.push(`suspected ${doubts === 1 ? "once" : `${doubts} times`}`);
  if (held > 0) parts.push(`held out by hand ${span(held)}`);
  return `Last hour: ${parts.join(", ")}`;
}
