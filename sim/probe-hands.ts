/** Hands for a machine that has things probed elsewhere than at the controller, as `io/watch/probe-hands` are. */
import { type Mono, never, type Now } from "../src/base/time.ts";
import type { CancelProbe, Prober } from "../src/ports/prober.ts";
import type { Effect } from "../src/roles/effects.ts";
import type { WatcherEvent } from "../src/roles/watcher.ts";
import { createProber } from "./prober.ts";
import type { Site, World } from "./world.ts";

interface Machine<E> {
  step(event: E | WatcherEvent, now: Now): readonly Effect[];
  nextWakeAt(): Mono;
}

export interface HandsParts<E> {
  readonly world: World;
  readonly site: Site;
  readonly machine: Machine<E>;
  /** After each step. */
  readonly stepped: (event: E | WatcherEvent) => void;
}

export class ProbeHands<E = never> {
  readonly #parts: HandsParts<E>;
  readonly #prober: Prober;
  readonly #cancels = new Map<number, CancelProbe>();
  #cancelWake: () => void = () => undefined;
  #isStopped = false;

  constructor(parts: HandsParts<E>) {
    this.#parts = parts;
    this.#prober = createProber(parts.world, parts.site);
  }

  dispatch(event: E | WatcherEvent): void {
    if (this.#isStopped) return;
    const { machine, stepped, world } = this.#parts;
    for (const effect of machine.step(event, world.now())) this.#perform(effect);
    stepped(event);
    this.#cancelWake();
    const at = machine.nextWakeAt();
    if (at !== never)
      this.#cancelWake = world.agenda.after(at - world.agenda.now, () => this.dispatch({ kind: "tick" }));
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelWake();
    void this.#prober.close();
  }

  #perform(effect: Effect): void {
    if (effect.kind === "cancel") {
      this.#cancels.get(effect.probe)?.();
      this.#cancels.delete(effect.probe);
    }
    if (effect.kind === "forget") this.#prober.forget(effect.targetId);
    if (effect.kind !== "probe") return;
    const { fresh, probe, target, timeoutMs } = effect;
    const cancel = this.#prober.start({ target, timeoutMs, fresh }, (verdict) => {
      this.#cancels.delete(probe);
      this.dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    this.#cancels.set(probe, cancel);
  }
}
