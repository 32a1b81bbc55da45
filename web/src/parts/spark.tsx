/** The answering times seen since the page was opened, as a line: a server that slows down shows before it fails. */
import type { MemberView } from "../../../src/core/view.ts";
import { samplesOf } from "../state.ts";

const width = 56;
const height = 16;
const samplesMin = 3;

export function Spark({ member }: { member: MemberView }) {
  const samples = samplesOf(member.id);
  if (samples.length < samplesMin) return <svg class="spark" viewBox={`0 0 ${width} ${height}`} aria-hidden="true" />;
  return (
    <svg class="spark" viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      <polyline points={plot(samples)} />
    </svg>
  );
}

/** From zero to twice the median, or to the highest when it lies above: calm lines stay calm. */
function plot(samples: readonly number[]): string {
  const median = samples.toSorted((a, b) => a - b)[samples.length >> 1] ?? 1;
  const top = Math.max(median * 2, ...samples, 0.1);
  const step = width / (samples.length - 1);
  return samples
    .map((ms, index) => `${(index * step).toFixed(1)},${(height - 1 - (ms / top) * (height - 2)).toFixed(1)}`)
    .join(" ");
}
