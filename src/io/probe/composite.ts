/**
 * The probes made of probes: all parts start side by side, and the verdict is there as soon as no open part can change
 * it; those that still run are then cancelled. How parts count is in `core/tally.ts`.
 */
import type { CompositeProbe, ProbeConfig, Target } from "../../core/model.ts";
import { Tally } from "../../core/tally.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import type { ProbeKind, Surroundings, TargetProbe, TargetProber } from "./kind.ts";

type Open = (target: Target, surroundings: Surroundings) => TargetProber;

/** `open` finds the prober of a part. */
export function makeCompositeKind<P extends CompositeProbe>(open: Open): ProbeKind<P> {
  return {
    open: (target, probe, surroundings) => {
      // The id stays the whole's: a part whose idle connection ends makes the whole due.
      const openPart = (part: ProbeConfig): TargetProber =>
        open({ ...target, check: { ...target.check, probe: part } }, surroundings);
      return new Composite(probe, probe.of.map(openPart));
    },
  };
}

class Composite implements TargetProber {
  readonly #probe: CompositeProbe;
  readonly #parts: readonly TargetProber[];

  constructor(probe: CompositeProbe, parts: readonly TargetProber[]) {
    this.#probe = probe;
    this.#parts = parts;
  }

  start(probe: TargetProbe, onVerdict: (verdict: Verdict) => void): CancelProbe {
    const startedAtMs = performance.now();
    const tally = new Tally(this.#probe);
    const running = new Map<TargetProber, CancelProbe>();
    const cancel = (): void => {
      for (const cancelPart of running.values()) cancelPart();
      running.clear();
    };
    for (const [index, part] of this.#parts.entries()) {
      const cancelPart = part.start(probe, (verdict) => {
        running.delete(part);
        const outcome = tally.add(index, verdict);
        if (outcome === null) return;
        cancel();
        onVerdict({ ...outcome, tookMs: performance.now() - startedAtMs });
      });
      running.set(part, cancelPart);
    }
    return cancel;
  }

  forget(): void {
    for (const part of this.#parts) part.forget();
  }
}
