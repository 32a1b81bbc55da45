/**
 * The last hour of one member. Up is a thin line, down a tall block, flapping a half-tall one, unknown a dotted line:
 * height tells the state without colour. A suspicion stands over the line as a narrow bar, and what is held out by hand has a
 * line below. Pointer or arrow keys tell the time and the reason of each stretch.
 */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import type { MemberView } from "../../../src/core/view.ts";
import { formatClock, formatSpan } from "../format.ts";
import { slowNow, stripEventsOf, stripMs } from "../state.ts";
import { cutSegments, describeStrip, type Segment, type StripState } from "../strip.ts";

const width = 600;
const height = 20;
const boxes: Readonly<Record<StripState, { y: number; height: number }>> = {
  up: { y: 8, height: 4 },
  unknown: { y: 9, height: 2 },
  flapping: { y: 5, height: 10 },
  down: { y: 1, height: 18 },
};

/** The stretches, and the right edge. */
function useSegments(member: MemberView): { readonly segments: readonly Segment[]; readonly to: number } {
  const all = stripEventsOf(member);
  // The right edge moves in steps, but what has just happened is seen at once.
  const to = Math.max(slowNow.value, member.since + 1, (all.at(-1)?.at ?? 0) + 1);
  const segments = useMemo(
    () =>
      cutSegments({
        events: all,
        health: member.health,
        since: member.since,
        reason: member.reason,
        suspected: member.suspected,
        override: member.override,
        from: to - stripMs,
        to,
      }),
    [
      all.length,
      all.at(-1)?.id,
      to,
      member.health,
      member.since,
      member.reason,
      member.suspected,
      member.override?.setAt,
    ],
  );
  return { segments, to };
}

export function Strip({ member }: { member: MemberView }) {
  const { segments, to } = useSegments(member);
  const chosen = useSignal<number | null>(null);
  const last = segments.length - 1;
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (event.key === "Escape") chosen.value = null;
    if (step === undefined) return;
    event.preventDefault();
    chosen.value = Math.min(Math.max((chosen.value ?? last) + step, 0), last);
  };
  const onPointerMove = (event: PointerEvent): void => {
    const box = (event.currentTarget as Element).getBoundingClientRect();
    const at = to - stripMs + ((event.clientX - box.left) / box.width) * stripMs;
    chosen.value = Math.max(
      segments.findIndex((segment) => at < segment.to),
      0,
    );
  };
  const told = chosen.value === null ? undefined : segments[Math.min(chosen.value, last)];
  return (
    <span
      class="strip"
      role="group"
      tabIndex={0}
      aria-label={`${describeStrip(segments, formatSpan)}. Arrow keys tell each stretch.`}
      onKeyDown={onKeyDown}
      onFocus={() => (chosen.value ??= last)}
      onBlur={() => (chosen.value = null)}
      onPointerMove={onPointerMove}
      onPointerLeave={() => (chosen.value = null)}
    >
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true">
        {segments.map((segment) => (
          <Stretch key={segment.from} segment={segment} start={to - stripMs} />
        ))}
        {segments.map((segment) => (
          <Over key={segment.from} segment={segment} start={to - stripMs} />
        ))}
      </svg>
      <span class="tip" role="status" data-side={told !== undefined && told.from > to - stripMs / 2 ? "right" : "left"}>
        {told !== undefined && <Tip segment={told} start={to - stripMs} end={to} />}
      </span>
    </span>
  );
}

const suspectedWidth = 4;
const holdWords = { drain: "drained", disable: "disabled", maintenance: "in maintenance" } as const;

/** No stretch is drawn narrower than can be seen, and a short fault is what somebody looks for. */
const widthMin = { up: 2, unknown: 2, flapping: 8, down: 8 } as const;

function Stretch({ segment, start }: { segment: Segment; start: number }) {
  const x = ((segment.from - start) / stripMs) * width;
  const wide = Math.max(((segment.to - segment.from) / stripMs) * width, widthMin[segment.state]);
  return <rect data-state={segment.state} x={Math.min(x, width - wide)} width={wide} {...boxes[segment.state]} />;
}

/** What lies over the health: a suspicion, and what is held out by hand. */
function Over({ segment, start }: { segment: Segment; start: number }) {
  const x = ((segment.from - start) / stripMs) * width;
  const wide = ((segment.to - segment.from) / stripMs) * width;
  const mark = { x: Math.min(x, width - suspectedWidth), width: Math.max(wide, suspectedWidth) };
  return (
    <>
      {segment.suspected && <rect data-over="suspected" {...mark} y={4} height={12} />}
      {segment.hold !== null && (
        <rect data-over="hold" x={Math.min(x, width - 3)} width={Math.max(wide, 3)} y={16} height={4} />
      )}
    </>
  );
}

function Tip({ segment, start, end }: { segment: Segment; start: number; end: number }) {
  const from = segment.from <= start ? "earlier" : formatClock(segment.from);
  const to = segment.to >= end ? "now" : formatClock(segment.to);
  return (
    <>
      <b>{[segment.state, ...overOf(segment)].join(", ")}</b>{" "}
      <span class="num">
        {from} – {to}
      </span>
      {segment.from > start && ` (${formatSpan(segment.to - segment.from)})`}
      {segment.reason !== null && <span class="tip-reason">{segment.reason}</span>}
    </>
  );
}

function overOf({ hold, suspected }: Segment): readonly string[] {
  return [...(suspected ? ["suspected"] : []), ...(hold === null ? [] : [holdWords[hold]])];
}
