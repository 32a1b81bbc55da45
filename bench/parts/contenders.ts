/** The subjects of `fault`: everything here that checks members and answers for them, each in two tempos. */
import { startGdnsd } from "./gdnsd.ts";
import { startMuster } from "./muster.ts";
import { startPowerdnsChecked } from "./powerdns.ts";
import type { Start, Tempo } from "./service.ts";
import type { Subject } from "./types.ts";

export interface Contender {
  readonly subject: Subject;
  readonly start: Start;
  readonly tempo: Tempo;
  /** Its check interval: faults are spread over it, so that no phase is preferred. */
  readonly intervalMs: number;
  /** It needs minutes to believe in a member again, so it is started anew between trials; this is not measured. */
  readonly restarts: boolean;
}

export const contenders: readonly Contender[] = [
  { subject: "muster", start: startMuster, tempo: "default", intervalMs: 1_000, restarts: false },
  { subject: "muster", start: startMuster, tempo: "fastest", intervalMs: 100, restarts: false },
  { subject: "gdnsd", start: startGdnsd, tempo: "fastest", intervalMs: 2_000, restarts: false },
  { subject: "gdnsd", start: startGdnsd, tempo: "default", intervalMs: 10_000, restarts: true },
  { subject: "powerdns", start: startPowerdnsChecked, tempo: "fastest", intervalMs: 1_000, restarts: false },
  { subject: "powerdns", start: startPowerdnsChecked, tempo: "default", intervalMs: 5_000, restarts: false },
];
