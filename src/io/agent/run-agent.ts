/**
 * `muster agent` at work: the one place on an agent that waits. It feeds verdicts, links and mounts to the state machine,
 * reports at once when something has changed, and otherwise often enough not to count as silent. Without a connection it
 * goes on looking, unless the controller has refused it.
 */
import { createPrng } from "../../base/prng.ts";
import type { AgentReport } from "../../core/agent.ts";
import { Agent, type AgentEvent, reportKey } from "../../roles/agent.ts";
import { createClock } from "../clock.ts";
import { createProber } from "../probe/prober.ts";
import { type AgentWork, readToAgent, type ToAgent } from "../watch/agent-messages.ts";
import { bareConfig, randomSeed } from "../watch/bare-config.ts";
import type { Identity } from "../watch/identity.ts";
import { ProbeHands } from "../watch/probe-hands.ts";
import { Staying, type StayingOptions } from "../watch/staying.ts";
import { Links } from "./links.ts";
import { watchMounts } from "./mounts.ts";
import { lendSecrets, type OwnSecrets } from "./secrets.ts";

const beatMs = 500;
const reportMs = 2_000;
const reportsPerSilence = 4;
const linksMs = 1_000;

export interface AgentOptions extends StayingOptions {
  readonly secrets: OwnSecrets;
}

/** Runs until the signal. */
export async function runAgent(identity: Identity, options: AgentOptions): Promise<void> {
  const prober = createProber();
  const run = new AgentRun(identity, options, prober);
  try {
    await run.stay();
  } finally {
    run.stop();
    await prober.close();
  }
}

export type OnceEnd =
  | { readonly kind: "reported"; readonly report: AgentReport }
  /** The controller was not reached, or did not take the report in time. */
  | { readonly kind: "not-reported"; readonly why: string };

const onceMsMax = 30_000;

/** One report, for cron. */
export async function reportOnce(identity: Identity, options: AgentOptions): Promise<OnceEnd> {
  const prober = createProber();
  const run = new AgentRun(identity, options, prober);
  const timer = Promise.withResolvers<string>();
  const limit = setTimeout(() => timer.resolve(`nothing was taken within ${onceMsMax / 1000} s`), onceMsMax);
  try {
    const why = await Promise.race([run.once(), timer.promise]);
    const report = run.taken;
    return report === null ? { kind: "not-reported", why } : { kind: "reported", report };
  } finally {
    clearTimeout(limit);
    run.stop();
    await prober.close();
  }
}

class AgentRun {
  readonly #options: AgentOptions;
  readonly #agent: Agent;
  readonly #hands: ProbeHands<AgentEvent>;
  readonly #staying: Staying<ToAgent>;
  readonly #links = new Links();
  readonly #mounts = watchMounts((mounts) => this.#hands.dispatch({ kind: "mounts-seen", mounts }));
  readonly #timers: readonly NodeJS.Timeout[];
  #work: AgentWork | null = null;
  /** What was said last on this connection; null: nothing. */
  #said: { readonly key: string; readonly at: number; readonly sequence: number; readonly report: AgentReport } | null =
    null;
  #isOnce = false;
  /** The report that the controller has taken last. */
  taken: AgentReport | null = null;

  constructor(identity: Identity, options: AgentOptions, prober: ReturnType<typeof createProber>) {
    this.#options = options;
    this.#agent = new Agent({ config: bareConfig(), now: createClock().now(), prng: createPrng(randomSeed()) });
    this.#hands = new ProbeHands<AgentEvent>({
      machine: this.#agent,
      prober,
      log: options.log,
      stepped: (event) => this.#stepped(event),
    });
    this.#staying = new Staying<ToAgent>(identity, options, {
      read: readToAgent,
      take: (message) => this.#take(message),
      up: () => {
        this.#said = null;
      },
      refused: () => this.#rest(),
      taken: (sequence) => this.#takeAnswer(sequence),
      silentMs: () => this.#work?.silentMs ?? null,
    });
    void this.#lookAtLinks();
    this.#timers = [setInterval(() => this.#beat(), beatMs), setInterval(() => void this.#lookAtLinks(), linksMs)];
  }

  stay(): Promise<void> {
    return this.#staying.stay();
  }

  /** Resolves with the reason when the connection is over, which it is after the first report that was taken. */
  once(): Promise<string> {
    this.#isOnce = true;
    return this.#staying.once();
  }

  stop(): void {
    for (const timer of this.#timers) clearInterval(timer);
    this.#hands.stop();
    this.#mounts.close();
    this.#staying.cut("the agent ends");
  }

  async #lookAtLinks(): Promise<void> {
    const links = await this.#links.read();
    this.#hands.dispatch({ kind: "links-seen", links });
  }

  #take(message: Exclude<ToAgent, { kind: "refused" | "certificate" | "taken" }>): void {
    const { mounts, proofs, reaches } = message;
    this.#work = message;
    this.#options.log.info(
      `proves ${proofs.length} things, looks at ${mounts.length} mounts, reaches ${reaches.length} others`,
      {},
    );
    this.#mounts.look(mounts);
    this.#hands.dispatch({ kind: "work-given", work: lendSecrets(message, this.#options.secrets) });
    this.#beat();
  }

  #rest(): void {
    if (this.#work === null) return;
    this.#mounts.look([]);
    this.#hands.dispatch({ kind: "work-given", work: { ...this.#work, proofs: [], mounts: [], reaches: [] } });
    this.#work = null;
  }

  #takeAnswer(sequence: number): void {
    if (sequence !== this.#said?.sequence) return;
    this.taken = this.#said.report;
    if (this.#isOnce && !this.#staying.isRenewing) this.#staying.cut("the report was taken");
  }

  /** A verdict or a mount may have changed what there is to say. */
  #stepped(event: AgentEvent): void {
    if (event.kind === "verdict" || event.kind === "mounts-seen" || event.kind === "links-seen") this.#say(false);
  }

  #beat(): void {
    this.#staying.keep();
    const intervalMs = Math.min(reportMs, (this.#work?.silentMs ?? 0) / reportsPerSilence);
    this.#say(this.#said === null || performance.now() - this.#said.at >= intervalMs);
  }

  /** `isDue`: also when nothing has changed. */
  #say(isDue: boolean): void {
    if (!this.#staying.isUp || this.#work === null) return;
    const report = this.#agent.report(this.#hands.now);
    if (report === null) return;
    const key = reportKey(report);
    if (!isDue && key === this.#said?.key) return;
    const sequence = this.#staying.report({ kind: "agent-report", report });
    if (sequence === null) return;
    if (this.#said?.report.fit !== report.fit)
      this.#options.log.info(`${report.fit ? "fit" : "unfit"}: ${report.reason}`, {});
    this.#said = { key, at: performance.now(), sequence, report };
  }
}
