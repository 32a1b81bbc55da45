/**
 * `muster watch` at work: the one place on a watcher that waits. It feeds verdicts and the controller's wishes to the
 * state machine, reports what changed at once and a sign of life each second; while there is no connection it goes on
 * looking, unless the controller has refused it.
 */
import { counted } from "../../base/listed.ts";
import { createPrng } from "../../base/prng.ts";
import type { Target } from "../../core/model.ts";
import type { Prober } from "../../ports/prober.ts";
import { Watcher, type WatcherEvent } from "../../roles/watcher.ts";
import { createClock } from "../clock.ts";
import { createProber } from "../probe/prober.ts";
import { bareConfig, randomSeed } from "./bare-config.ts";
import type { Identity } from "./identity.ts";
import { entriesPerMessage } from "./limits.ts";
import { type FromController, readFromController } from "./messages.ts";
import { ProbeHands } from "./probe-hands.ts";
import { Staying, type StayingOptions } from "./staying.ts";

const heartbeatMs = 1000;

/** Runs until the signal. */
export async function runWatcher(identity: Identity, options: StayingOptions): Promise<void> {
  const prober = createProber();
  const run = new WatcherRun(identity, options, prober);
  try {
    await run.stay();
  } finally {
    run.stop();
    await prober.close();
  }
}

class WatcherRun {
  readonly #options: StayingOptions;
  readonly #watcher: Watcher;
  readonly #hands: ProbeHands<WatcherEvent>;
  readonly #staying: Staying<FromController>;
  #targets: Target[] = [];
  #references: Target[] = [];

  constructor(identity: Identity, options: StayingOptions, prober: Prober) {
    this.#options = options;
    this.#watcher = new Watcher({ config: bareConfig(), now: createClock().now(), prng: createPrng(randomSeed()) });
    this.#hands = new ProbeHands<WatcherEvent>({
      machine: this.#watcher,
      prober,
      log: options.log,
      stepped: (event) => this.#stepped(event),
    });
    this.#staying = new Staying<FromController>(identity, options, {
      read: readFromController,
      take: (message) => this.#take(message),
      up: () => this.#report(true),
      refused: () => this.#look([], []),
      silentMs: () => null,
    });
  }

  async stay(): Promise<void> {
    const beat = setInterval(() => this.#report(), heartbeatMs);
    try {
      await this.#staying.stay();
    } finally {
      clearInterval(beat);
    }
  }

  stop(): void {
    this.#hands.stop();
    this.#staying.cut("the watcher ends");
  }

  #take(message: Exclude<FromController, { kind: "refused" | "certificate" | "taken" }>): void {
    if (message.kind === "confirm") return this.#hands.dispatch({ kind: "confirm", targetId: message.targetId });
    if (message.begin) {
      this.#targets = [];
      this.#references = [];
    }
    this.#targets.push(...message.targets);
    this.#references.push(...message.references);
    if (!message.end) return;
    this.#options.log.info(
      `looks at ${counted(this.#targets.length, "target")}, with ${counted(this.#references.length, "reference")}`,
      {},
    );
    this.#look(this.#targets, this.#references);
  }

  #look(targets: readonly Target[], references: readonly Target[]): void {
    this.#hands.dispatch({ kind: "assigned", targets, references });
  }

  #stepped(event: WatcherEvent): void {
    if (event.kind !== "verdict" || !this.#staying.isUp) return;
    const { sick, words } = this.#watcher.reportOn(event.targetId, this.#hands.now);
    if (words.length > 0) this.#send(words, sick);
  }

  /** Whatever changed, or only a sign of life. */
  #report(all = false): void {
    if (!this.#staying.isUp) return;
    const { sick, words } = this.#watcher.report(this.#hands.now, all);
    this.#send(words, sick);
    this.#staying.keep();
  }

  #send(words: readonly object[], sick: string | null): void {
    for (let at = 0; at === 0 || at < words.length; at += entriesPerMessage) {
      const part = words.slice(at, at + entriesPerMessage);
      this.#staying.report({ kind: "report", sick, words: part });
    }
  }
}
