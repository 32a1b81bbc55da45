/**
 * The history strip of one member: its last hour as stretches of one state, read from health events. Where nothing is
 * known (before the first proof, or while muster itself was stopped) the strip says so instead of guessing green.
 */
import type { HistoryEvent } from "../../src/core/model.ts";

export type StripState = "up" | "down" | "flapping" | "unknown";

export interface Segment {
  readonly from: number;
  readonly to: number;
  readonly state: StripState;
  /** Why the stretch began; null when that lies before what is known. */
  readonly reason: string | null;
}

export interface StripInput {
  /** Rising by id: the member's `health` events, and `start`/`stop` of muster itself. */
  readonly events: readonly HistoryEvent[];
  readonly health: string;
  readonly since: number;
  readonly reason: string;
  readonly from: number;
  readonly to: number;
}

interface Mark {
  readonly at: number;
  readonly state: StripState;
  readonly reason: string | null;
}

export function cutSegments(input: StripInput): Segment[] {
  const marks = readMarks(input);
  const segments: Segment[] = [];
  marks.forEach((mark, index) => {
    const from = Math.max(mark.at, input.from);
    const to = Math.min(marks[index + 1]?.at ?? input.to, input.to);
    if (to > from) segments.push({ from, to, state: mark.state, reason: mark.reason });
  });
  return joinAlike(segments);
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
    if (before !== undefined && before.state === segment.state)
      joined[joined.length - 1] = { ...before, to: segment.to };
    else joined.push(segment);
  }
  return joined;
}

/** The strip in words, for those who do not see it. */
export function describeStrip(segments: readonly Segment[], span: (ms: number) => string): string {
  const total = (state: StripState): number =>
    segments.filter((segment) => segment.state === state).reduce((sum, segment) => sum + segment.to - segment.from, 0);
  const states: readonly StripState[] = ["up", "down", "flapping", "unknown"];
  const parts = states.filter((state) => total(state) > 0).map((state) => `${state} ${span(total(state))}`);
  return `Last hour: ${parts.join(", ")}`;
}
