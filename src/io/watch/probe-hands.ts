/** Hands for a state machine that has things probed elsewhere than at the controller: its clock, its probes, its wakes. */
import type { Mono, Now } from "../../base/time.ts";
import type { Log } from "../../ports/log.ts";
import type { CancelProbe, Prober } from "../../ports/prober.ts";
import type { Effect } from "../../roles/effects.ts";
import type { WatcherEvent } from "../../roles/watcher.ts";
import { createClock } from "../clock.ts";
import { Wake } from "../wake.ts";

const wakeMsMin = 2;

export interface Machine<E> {
  step(event: E | WatcherEvent, now: Now): readonly Effect[];
  nextWakeAt(): Mono;
}

export class ProbeHands<E> {
  readonly #clock = createClock();
  readonly #cancels = new Map<number, CancelProbe>();
  readonly #machine: Machine<E>;
  readonly #prober: Prober;
  /** After each step. */
  readonly #stepped: (event: E | WatcherEvent) => void;
  readonly #wake = new Wake({ clock: this.#clock, tick: () => this.dispatch({ kind: "tick" }), msMin: wakeMsMin });
  #isStopped = false;

  constructor(parts: {
    readonly machine: Machine<E>;
    readonly prober: Prober;
    readonly log: Log;
    readonly stepped: (event: E | WatcherEvent) => void;
  }) {
    const { log, machine, prober, stepped } = parts;
    this.#machine = machine;
    this.#prober = prober;
    this.#stepped = stepped;
    prober.onTrip((targetId) => this.dispatch({ kind: "tripped", targetId }));
    prober.onTrouble(({ rule, sentence, subject }) => log.warn(sentence, { rule, subject }));
  }

  get now(): Now {
    return this.#clock.now();
  }

  dispatch(event: E | WatcherEvent): void {
    if (this.#isStopped) return;
    for (const effect of this.#machine.step(event, this.now)) this.#perform(effect);
    this.#stepped(event);
    this.#wake.set(this.#machine.nextWakeAt());
  }

  stop(): void {
    this.#isStopped = true;
    this.#wake.end();
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  #perform(effect: Effect): void {
    if (effect.kind === "cancel") {
      this.#cancels.get(effect.probe)?.();
      this.#cancels.delete(effect.probe);
    } else if (effect.kind === "forget") this.#prober.forget(effect.targetId);
    else if (effect.kind === "probe") {
      const { fresh, probe, target, timeoutMs } = effect;
      const cancel = this.#prober.start({ target, timeoutMs, fresh }, (verdict) => {
        this.#cancels.delete(probe);
        this.dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
      });
      this.#cancels.set(probe, cancel);
    }
  }
}
