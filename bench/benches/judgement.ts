/**
 * Who is removed wrongly, who is not noticed, and how long noticing takes. First 200 seeded histories of eight kinds,
 * played by the real controller in the simulator, where it is known at every moment who is well. Then one of each kind,
 * live, in network namespaces, with all checkers watching the same web servers side by side (`--cases live`).
 */
import { historyKinds, judgeHistory } from "../../sim/judgement.ts";
import { percentileOf } from "../parts/statistics.ts";
import { type Bench, type Report, wantsCase, wantsSubject } from "../parts/types.ts";
import { liveKinds, measureLive } from "./judgement-live.ts";

const historyCount = 200;
const quickHistoryCount = 16;
const simulated = "all";

export const judgement: Bench = {
  name: "judgement",
  about: "false removals, missed faults and detection time over 200 seeded histories, and live beside peers",
  goals: [
    { case: simulated, metric: "false_removals", direction: "at-most", limit: { kind: "number", value: 0 } },
    { case: simulated, metric: "missed_faults", direction: "at-most", limit: { kind: "number", value: 0 } },
    { case: simulated, metric: "detection_p99_intervals", direction: "at-most", limit: { kind: "number", value: 2 } },
  ],
  run: async (options, report) => {
    if (wantsSubject(options, "muster") && wantsCase(options, simulated)) {
      playHistories(options.quick ? quickHistoryCount : historyCount, report);
    }
    if (liveKinds(options).length > 0) await measureLive(options, report);
  },
};

function playHistories(count: number, report: Report): void {
  report.progress(`judgement: ${count} histories`);
  const judged = Array.from({ length: count }, (_, seed) => judgeHistory(seed));
  const scopes = [{ name: simulated, of: judged }].concat(
    historyKinds.map((kind) => ({ name: `${simulated}/${kind}`, of: judged.filter((one) => one.kind === kind) })),
  );
  for (const { name, of } of scopes) {
    const sample = (metric: string, value: number): void =>
      report.samples({ subject: "muster", case: name, metric }, [value]);
    const detections = of.flatMap((one) => one.detections);
    sample("false_removals", sum(of.map((one) => one.falseRemovals)));
    sample("missed_faults", sum(of.map((one) => one.missedFaults)));
    if (detections.length === 0) continue;
    sample("detection_p50_intervals", percentileOf(detections, 0.5));
    sample("detection_p99_intervals", percentileOf(detections, 0.99));
  }
  report.setting("muster", "simulated: every default of a check, interval 1s, one reference; flapping off");
  report.note(`${simulated}: seeds 0 to ${count - 1}, ${historyKinds.join(", ")} in turn; six members, a minute each`);
}

function sum(values: readonly number[]): number {
  return values.reduce((so, far) => so + far, 0);
}
