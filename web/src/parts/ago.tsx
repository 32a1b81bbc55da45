/** Times that move: each redraws itself alone, fresh ones every second, older ones less often. */
import { formatAgo, formatSpan } from "../format.ts";
import { now, slowNow } from "../state.ts";

const freshMs = 2 * 60 * 1000;

function clockFor(at: number): number {
  return Math.abs(now.peek() - at) > freshMs ? slowNow.value : now.value;
}

/** `2 min ago`, with the full date as title. */
export function Ago({ at }: { at: number }) {
  return <span class="num">{formatAgo(at, clockFor(at))}</span>;
}

/** `2 min`: how long it has been so. */
export function Lasting({ since }: { since: number }) {
  return (
    <time class="num" dateTime={new Date(since).toISOString()} title={new Date(since).toLocaleString()}>
      {formatSpan(clockFor(since) - since)}
    </time>
  );
}

/** `in 20 s`, or what to say once it has come. */
export function Until({ at, then }: { at: number; then: string }) {
  const left = at - now.value;
  return <span class="num">{left <= 0 ? then : `in ${formatSpan(left + 999)}`}</span>;
}
