/**
 * One nameserver or outlet of a zone: its state as shape, colour and word, where it is, how long changes take to get
 * there, and what it has. The sentence below says since when and why.
 */
import type { DelaysView } from "../../../src/core/view.ts";
import { endSentence, formatMs, formatSpan } from "../format.ts";
import { isUnresolved, type Place } from "../publishing.ts";
import { Ago, Lasting } from "./ago.tsx";
import { Mark, type MarkShape } from "./mark.tsx";

export function PlaceRow({ place }: { place: Place }) {
  const shape = shapeOf(place);
  const word = wordOf(place);
  return (
    <li class="place" data-shape={shape} aria-label={`${place.name} ${place.where}: ${word}`}>
      <span class="health">
        <Mark shape={shape} />
        <b>{word}</b>
      </span>
      <span class="who">
        <b>{place.name}</b>
        <code>{place.where}</code>
      </span>
      <Delays delays={place.delays} />
      <span class="serial num" data-none={place.serial === null}>
        <span class="word">serial </span>
        {place.serial ?? "–"}
      </span>
      <span class="lag num" data-none={place.lagSeconds === 0}>
        <span class="word">behind </span>
        {place.lagSeconds > 0 ? formatSpan(place.lagSeconds * 1000) : "–"}
      </span>
      <p class="reason">
        <Reason place={place} />
      </p>
    </li>
  );
}

function Reason({ place }: { place: Place }) {
  if (isUnresolved(place)) return <>No address is known: {endSentence(place.reason)}</>;
  return (
    <>
      {wordOf(place)} for <Lasting since={place.since} />
      {place.state === "in-step" && place.kind === "nameserver" ? "." : `: ${endSentence(place.reason)}`}
      {place.lastAskedAt !== null && (
        <span class="muted">
          {" "}
          Asked <Ago at={place.lastAskedAt} />.
        </span>
      )}
    </>
  );
}

function wordOf({ state }: Place): string {
  return state === "in-step" ? "in step" : state;
}

/** What is on its way is drawn like what is not known yet: neither is anybody's task. */
function shapeOf({ state, trouble }: Place): MarkShape {
  if (state === "in-step") return "up";
  if (!trouble) return "unproven";
  return state === "behind" ? "suspected" : "down";
}

const barWidth = 5;
const barGap = 1;
const height = 30;

/** Bars from quick on the left to slow on the right; the two numbers say the same in words. */
function Delays({ delays }: { delays: DelaysView | null }) {
  if (delays === null || delays.count === 0)
    return <span class="delays muted">{delays === null ? "" : "no change yet"}</span>;
  const { buckets, p50Ms, p99Ms } = delays;
  const most = Math.max(...buckets.map(({ count }) => count), 1);
  const width = buckets.length * (barWidth + barGap) - barGap;
  return (
    <span class="delays">
      <svg class="histogram" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
        <path class="ground" d={`M0 ${height - 0.5}H${width}`} />
        {buckets.map(({ count }, index) => {
          const tall = count === 0 ? 0 : Math.max(2, (count / most) * (height - 1));
          return <rect key={index} x={index * (barWidth + barGap)} y={height - tall} width={barWidth} height={tall} />;
        })}
      </svg>
      <span class="num quantiles">
        <span>
          <abbr title="half of the changes were served so soon">p50</abbr> {p50Ms === null ? "–" : formatMs(p50Ms)}
        </span>{" "}
        <span>
          <abbr title="99 of 100 changes were served so soon">p99</abbr> {p99Ms === null ? "–" : formatMs(p99Ms)}
        </span>
      </span>
    </span>
  );
}
