/**
 * A prober that can be told to find a target failing, for rehearsals: everything after the probe is then real. The fault
 * is held in memory only, so that it dies with the program, and every probe compares its limit with the clock, so that it
 * ends by itself, whoever forgets to end it.
 */
import { later, type Mono } from "../../base/time.ts";
import type { Verdict } from "../../core/model.ts";
import type { FaultManner } from "../../core/rehearsal.ts";
import type { Clock } from "../../ports/clock.ts";
import type { CancelProbe, Prober, ProbeRequest } from "../../ports/prober.ts";

/** No fault lasts longer, whatever is asked for. */
export const faultMsMax = 600_000;
/** A refused connection takes about as long. */
const refusedMs = 1;

export interface InjectedFault {
  readonly manner: FaultManner;
  readonly reason: string;
  readonly forMs: number;
}

export interface FaultyProber extends Prober {
  /** Replaces a fault that the target has already. */
  inject(targetId: string, fault: InjectedFault): void;
  /** Ends the fault of a target before its limit. */
  heal(targetId: string): void;
}

export function withInjectedFaults(prober: Prober, clock: Clock): FaultyProber {
  const faults = new Map<string, InjectedFault & { readonly until: Mono }>();
  const timers = new Set<NodeJS.Timeout>();
  const faultOf = (targetId: string): InjectedFault | null => {
    const fault = faults.get(targetId);
    if (fault === undefined) return null;
    if (clock.now().mono < fault.until) return fault;
    faults.delete(targetId);
    return null;
  };
  return {
    inject: (targetId, fault) => {
      const forMs = Math.min(fault.forMs, faultMsMax);
      faults.set(targetId, { ...fault, until: later(clock.now().mono, forMs) });
    },
    heal: (targetId) => void faults.delete(targetId),
    start: (request, onVerdict) => {
      const fault = faults.size === 0 ? null : faultOf(request.target.id);
      return fault === null ? prober.start(request, onVerdict) : fail(fault, request, { onVerdict, timers });
    },
    onTrip: (listener) => prober.onTrip(listener),
    onTrouble: (listener) => prober.onTrouble(listener),
    forget: (targetId) => {
      faults.delete(targetId);
      prober.forget(targetId);
    },
    close: async () => {
      for (const timer of timers) clearTimeout(timer);
      await prober.close();
    },
  };
}

function fail(
  { manner, reason }: InjectedFault,
  { timeoutMs }: ProbeRequest,
  { onVerdict, timers }: { readonly onVerdict: (verdict: Verdict) => void; readonly timers: Set<NodeJS.Timeout> },
): CancelProbe {
  const tookMs = manner === "refused" ? Math.min(refusedMs, timeoutMs) : timeoutMs;
  const what = manner === "refused" ? "connection refused" : `no answer within ${timeoutMs} ms`;
  const timer = setTimeout(() => {
    timers.delete(timer);
    const fault = manner === "refused" ? "refused" : "timed-out";
    onVerdict({ kind: "down", tookMs, reason: `${what} (${reason})`, fault });
  }, tookMs);
  timers.add(timer);
  return () => {
    timers.delete(timer);
    clearTimeout(timer);
  };
}
