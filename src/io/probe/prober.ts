/**
 * The prober with real sockets: finds the kind of each target's probe, keeps one prober per target, and shares
 * between all of them the buffer for reading, the wheel of timeouts and the TLS trust store.
 */
import { createSecureContext, getCACertificates, type SecureContext } from "node:tls";
import { assert } from "../../base/assert.ts";
import type { Target } from "../../core/model.ts";
import type { AgentWords } from "../../ports/agents.ts";
import type { CancelProbe, Prober, ProbeRequest, ProberStory, Verdict } from "../../ports/prober.ts";
import { Deadlines } from "./deadlines.ts";
import type { Surroundings, TargetProber } from "./kind.ts";
import { openTargetProber } from "./kinds.ts";
import { readBytesMax } from "./limits.ts";
import { LineBudget, openFilesMax } from "./line-budget.ts";
import { Origins } from "./origins.ts";
import { Programs } from "./programs.ts";
import { NumberMap } from "../../base/number-map.ts";

export interface ProberOptions {
  /** Certificates in PEM of authorities that are trusted besides Node's own. */
  readonly extraAuthorities?: readonly string[];
  /** Where reports of agents lie. */
  readonly agents?: AgentWords;
  /** Default: what the process may have open. */
  readonly openFilesMax?: number;
}

export function createProber(options: ProberOptions = {}): Prober {
  return new SocketProber(options);
}

interface Opened {
  readonly target: Target;
  readonly prober: TargetProber;
}

class SocketProber implements Prober {
  readonly #opened = new Map<string, Opened>();
  readonly #running = new NumberMap<CancelProbe>();
  #started = 0;
  readonly #deadlines = new Deadlines();
  readonly #programs = new Programs();
  readonly #surroundings: Surroundings;
  #tripListener: ((targetId: string, reason: string) => void) | null = null;
  #troubleListener: ((story: ProberStory) => void) | null = null;
  #isClosed = false;

  constructor(options: ProberOptions) {
    let context: SecureContext | null = null;
    this.#surroundings = {
      deadlines: this.#deadlines,
      lines: new LineBudget(options.openFilesMax ?? openFilesMax(), (story) => this.#troubleListener?.(story)),
      programs: this.#programs,
      origins: new Origins(),
      agents: options.agents ?? null,
      readBuffer: Buffer.allocUnsafeSlow(readBytesMax),
      secureContext: () => {
        context ??= createSecureContext({ ca: [...getCACertificates("default"), ...(options.extraAuthorities ?? [])] });
        return context;
      },
      trip: (targetId, reason) => this.#tripListener?.(targetId, reason),
      trouble: (story) => this.#troubleListener?.(story),
    };
  }

  start(request: ProbeRequest, onVerdict: (verdict: Verdict) => void): CancelProbe {
    assert(!this.#isClosed, "a closed prober starts nothing");
    const number = ++this.#started;
    const cancelProbe = this.#open(request.target).start(request, (verdict) => {
      this.#running.take(number);
      onVerdict(verdict);
    });
    this.#running.add(number, cancelProbe);
    return () => this.#running.take(number)?.();
  }

  onTrip(listener: (targetId: string, reason: string) => void): void {
    this.#tripListener = listener;
  }

  onTrouble(listener: (story: ProberStory) => void): void {
    this.#troubleListener = listener;
  }

  forget(targetId: string): void {
    this.#opened.get(targetId)?.prober.forget();
    this.#opened.delete(targetId);
  }

  /** Running probes are cancelled, and every connection and program has ended when the promise resolves. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#tripListener = null;
    this.#troubleListener = null;
    for (const cancel of this.#running.values()) cancel();
    this.#running.clear();
    for (const id of this.#opened.keys()) this.forget(id);
    this.#deadlines.close();
    await this.#programs.close();
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** A target's id stands for its content; only a foreign caller could change one under the same id. */
  #open(target: Target): TargetProber {
    const opened = this.#opened.get(target.id);
    if (opened !== undefined && isSame(opened.target, target)) return opened.prober;
    opened?.prober.forget();
    const prober = openTargetProber(target, this.#surroundings);
    this.#opened.set(target.id, { target, prober });
    return prober;
  }
}

function isSame(a: Target, b: Target): boolean {
  return a === b || (a.address === b.address && JSON.stringify(a.check) === JSON.stringify(b.check));
}
