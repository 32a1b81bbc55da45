/**
 * The `freshness` probe: how far a mirror is behind its origin. Both have a document that tells when their data is from;
 * the mirror's is fetched by each probe, the origin's is shared (`origins.ts`).
 *
 * | origin | mirror | verdict |
 * |---|---|---|
 * | unreadable | whatever | unknown: nobody is judged by an origin that is not there |
 * | readable | unreadable, or from the future | down |
 * | readable | within the limit | up |
 * | readable | behind by more | down |
 *
 * An origin that takes longer than the probe may is replaced by what it said a little earlier: that can only make a
 * mirror look better.
 */
import { type Wall, wall } from "../../base/time.ts";
import { judgeAge } from "../../core/data-age.ts";
import type { FreshnessProbe, Target } from "../../core/model.ts";
import type { CancelProbe, Verdict } from "../../ports/prober.ts";
import { Deadline } from "./deadlines.ts";
import { type DocumentFinding, fetchDocument } from "./document.ts";
import type { ProbeKind, Surroundings, TargetProbe, TargetProber } from "./kind.ts";
import { originKeptMsMin, originKeptShare, originRecallIntervals } from "./limits.ts";
import type { Origin, OriginFinding } from "./origins.ts";

export const freshnessKind: ProbeKind<FreshnessProbe> = {
  open: (target, probe, surroundings) => new Freshness(target, probe, surroundings),
};

interface Mirror {
  readonly target: Target;
  readonly probe: FreshnessProbe;
  readonly origin: Origin;
  readonly surroundings: Surroundings;
}

class Freshness implements TargetProber {
  readonly #mirror: Mirror;
  #isForgotten = false;

  constructor(target: Target, probe: FreshnessProbe, surroundings: Surroundings) {
    const origin = surroundings.origins.enter(target, probe, surroundings);
    this.#mirror = { target, probe, origin, surroundings };
  }

  start({ timeoutMs }: TargetProbe, onVerdict: (verdict: Verdict) => void): CancelProbe {
    const run = new FreshnessRun(this.#mirror, timeoutMs, onVerdict);
    run.start();
    return () => run.cancel();
  }

  forget(): void {
    if (this.#isForgotten) return;
    this.#isForgotten = true;
    this.#mirror.surroundings.origins.leave(this.#mirror.probe);
  }
}

class FreshnessRun extends Deadline {
  readonly #mirror: Mirror;
  readonly #timeoutMs: number;
  #onVerdict: ((verdict: Verdict) => void) | null;
  #cancelFetch: CancelProbe = () => undefined;
  #found: DocumentFinding | null = null;
  #originFinding: OriginFinding | null = null;
  #isLate = false;

  constructor(mirror: Mirror, timeoutMs: number, onVerdict: (verdict: Verdict) => void) {
    super();
    this.#mirror = mirror;
    this.#timeoutMs = timeoutMs;
    this.#onVerdict = onVerdict;
  }

  start(): void {
    const { origin, probe, surroundings, target } = this.#mirror;
    const { format, request } = probe;
    const place = { target, request, format, timeoutMs: this.#timeoutMs };
    this.#cancelFetch = fetchDocument(place, surroundings, (found) => {
      this.#found = found;
      this.#settle();
    });
    const keptMs = Math.max(originKeptMsMin, target.check.intervalMs * originKeptShare);
    this.#originFinding = origin.ask(keptMs, this.#takeOrigin);
    surroundings.deadlines.set(this, this.#timeoutMs);
  }

  readonly #takeOrigin = (finding: OriginFinding): void => {
    this.#originFinding = finding;
    this.#settle();
  };

  override onDue(): void {
    this.#isLate = true;
    this.#settle();
  }

  /** Ends without a verdict. */
  cancel(): void {
    if (this.#onVerdict === null) return;
    this.#onVerdict = null;
    this.#mirror.surroundings.deadlines.clear(this);
    this.#mirror.origin.forget(this.#takeOrigin);
    this.#cancelFetch();
  }

  #settle(): void {
    const found = this.#found;
    if (found === null) return;
    if (found.kind === "unknown") return this.#finish(found);
    const origin = this.#originFinding ?? (this.#isLate ? this.#recallOrigin() : null);
    if (origin === null) return;
    if (origin.kind === "failed") {
      const reason = `the origin cannot be read: ${origin.reason}`;
      return this.#finish({ kind: "unknown", tookMs: found.tookMs, reason });
    }
    this.#finish(found.kind === "stamp" ? this.#compare(found, origin.at) : found);
  }

  #recallOrigin(): OriginFinding {
    const { origin, target } = this.#mirror;
    const agoMs = Math.max(originKeptMsMin, target.check.intervalMs) * originRecallIntervals;
    return origin.recall(agoMs) ?? { kind: "failed", reason: `no answer within ${this.#timeoutMs} ms` };
  }

  /** The time it took is the mirror's own: it is what its timeout learns from. */
  #compare({ at, tookMs }: Extract<DocumentFinding, { kind: "stamp" }>, origin: Wall): Verdict {
    const { lagMsMax } = this.#mirror.probe;
    return { ...judgeAge({ at, origin, now: wall(Date.now()) }, lagMsMax), tookMs };
  }

  #finish(verdict: Verdict): void {
    const onVerdict = this.#onVerdict;
    this.cancel();
    onVerdict?.(verdict);
  }
}
