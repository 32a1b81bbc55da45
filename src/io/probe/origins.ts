/**
 * The origins that mirrors are compared with. All mirrors of the same origins share one of these: its document is fetched
 * once for all of them and kept for a part of the interval, its failure too, so that neither thousands of mirrors nor
 * confirming probes make a burst. The addresses behind an origin's name, and the origins in their order, are tried in
 * turn. When none gives a time, that is told once, and once more when one does again.
 */
import { isIP } from "node:net";
import type { Wall } from "../../base/time.ts";
import type { FreshnessProbe, OriginConfig, Target } from "../../core/model.ts";
import type { CancelProbe } from "../../ports/prober.ts";
import { createResolver, lookUpAddresses } from "../dns-client/addresses.ts";
import { type DocumentFinding, fetchDocument } from "./document.ts";
import type { Surroundings } from "./kind.ts";
import { futureMsMax } from "../../core/data-age.ts";
import { originAddressesMax, originMsMax } from "./limits.ts";

export type OriginFinding =
  | { readonly kind: "stamp"; readonly at: Wall }
  | { readonly kind: "failed"; readonly reason: string };

/** All origins of a prober, by what makes them the same. */
export class Origins {
  readonly #origins = new Map<string, { readonly origin: Origin; users: number }>();

  /** Each user leaves once. */
  enter(target: Target, probe: FreshnessProbe, surroundings: Surroundings): Origin {
    const key = keyOf(probe);
    const entry = this.#origins.get(key) ?? { origin: new Origin(target, probe, surroundings), users: 0 };
    entry.users++;
    this.#origins.set(key, entry);
    return entry.origin;
  }

  /** The last one ends what runs. */
  leave(probe: FreshnessProbe): void {
    const key = keyOf(probe);
    const entry = this.#origins.get(key);
    if (entry === undefined || --entry.users > 0) return;
    this.#origins.delete(key);
    entry.origin.close();
  }
}

function keyOf({ format, origins }: FreshnessProbe): string {
  return JSON.stringify([origins, format]);
}

interface Known {
  readonly finding: OriginFinding;
  /** When its fetch began, on the monotonic clock. */
  readonly sinceMs: number;
}

export class Origin {
  readonly #target: Target;
  readonly #probe: FreshnessProbe;
  readonly #surroundings: Surroundings;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<(finding: OriginFinding) => void>();
  #known: Known | null = null;
  #isFetching = false;
  #isFailing = false;

  constructor(target: Target, probe: FreshnessProbe, surroundings: Surroundings) {
    this.#target = target;
    this.#probe = probe;
    this.#surroundings = surroundings;
  }

  /** What is known, when it is not older than `keptMs`; null: it is being fetched, and `onFinding` is called once. */
  ask(keptMs: number, onFinding: (finding: OriginFinding) => void): OriginFinding | null {
    const known = this.recall(keptMs);
    if (known !== null) return known;
    this.#waiting.add(onFinding);
    if (!this.#isFetching && !this.#stop.signal.aborted) void this.#fetch();
    return null;
  }

  /** Whoever does not wait any more. */
  forget(onFinding: (finding: OriginFinding) => void): void {
    this.#waiting.delete(onFinding);
  }

  /** What was found at most `agoMs` ago; null: nothing. */
  recall(agoMs: number): OriginFinding | null {
    return this.#known !== null && performance.now() - this.#known.sinceMs < agoMs ? this.#known.finding : null;
  }

  /** Whoever heard that it fails hears that nobody asks it any more. */
  close(): void {
    this.#stop.abort();
    this.#waiting.clear();
    if (this.#isFailing) this.#tellWell("is asked no more");
  }

  async #fetch(): Promise<void> {
    this.#isFetching = true;
    const sinceMs = performance.now();
    const finding = await this.#tryAll();
    this.#isFetching = false;
    if (this.#stop.signal.aborted) return;
    this.#known = { finding, sinceMs };
    this.#tell(finding);
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const onFinding of waiting) onFinding(finding);
  }

  async #tryAll(): Promise<OriginFinding> {
    const reasons: string[] = [];
    for (const origin of this.#probe.origins) {
      const found = await this.#tryOrigin(origin);
      if (found.kind === "stamp") return found;
      reasons.push(`${origin.url}: ${found.reason}`);
    }
    return { kind: "failed", reason: reasons.join("; ") };
  }

  async #tryOrigin(origin: OriginConfig): Promise<OriginFinding> {
    const addresses = await findAddresses(origin.host);
    if (typeof addresses === "string") return { kind: "failed", reason: addresses };
    let reason = "ended";
    for (const address of addresses) {
      if (this.#stop.signal.aborted) break;
      const found = await this.#fetchFrom(origin, address);
      if (found.kind === "stamp") return judgeFuture(found.at);
      reason = found.reason;
    }
    return { kind: "failed", reason };
  }

  #fetchFrom({ request }: OriginConfig, address: string): Promise<DocumentFinding> {
    const { format } = this.#probe;
    const { promise, resolve } = Promise.withResolvers<DocumentFinding>();
    const family = address.includes(":") ? 6 : 4;
    const target: Target = { ...this.#target, address, family };
    const cancel: CancelProbe = fetchDocument(
      { target, request, format, timeoutMs: originMsMax },
      this.#surroundings,
      resolve,
    );
    const { signal } = this.#stop;
    const end = (): void => {
      cancel();
      resolve({ kind: "unknown", tookMs: 0, reason: "ended" });
    };
    signal.addEventListener("abort", end, { once: true });
    return promise.finally(() => signal.removeEventListener("abort", end));
  }

  #tell(finding: OriginFinding): void {
    const hasFailed = finding.kind === "failed";
    if (hasFailed === this.#isFailing) return;
    this.#isFailing = hasFailed;
    if (finding.kind === "failed") {
      const advice = "no member is judged by its freshness until an origin is back";
      const sentence = `the origin cannot be read (${finding.reason}): ${advice}`;
      return this.#surroundings.trouble({ subject: this.#subject, rule: "check/cannot-judge", sentence });
    }
    this.#tellWell("is back: members are judged by their freshness again");
  }

  #tellWell(how: string): void {
    const subject = this.#subject;
    this.#surroundings.trouble({ subject, rule: "check/judges-again", sentence: `the origin ${subject} ${how}` });
  }

  get #subject(): string {
    return this.#probe.origins.map(({ url }) => url).join(" or ");
  }
}

/** A time that has not come yet says nothing of how old anything is. */
function judgeFuture(at: Wall): OriginFinding {
  const aheadMs = at - Date.now();
  if (aheadMs <= futureMsMax) return { kind: "stamp", at };
  const minutes = Math.round(aheadMs / 60_000);
  return { kind: "failed", reason: `its time lies ${minutes} min in the future; one of the two clocks is wrong` };
}

const resolver = createResolver();

/** A text says why there is none. */
async function findAddresses(host: string): Promise<readonly string[] | string> {
  if (isIP(host) !== 0) return [host];
  const found = await lookUpAddresses(resolver, host);
  return found.ok ? found.value.slice(0, originAddressesMax).map(({ address }) => address) : found.error.reason;
}
