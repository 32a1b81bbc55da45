/**
 * The one place that waits. The runner reads the clock, feeds events to the controller, carries out the effects that
 * come back, and reports what came of them as new events. It decides nothing.
 */
import { assert, unreachable } from "../base/assert.ts";
import { createPrng } from "../base/prng.ts";
import { never } from "../base/time.ts";
import type { Config, HistoryEvent } from "../core/model.ts";
import { nameText, textName } from "../dns/name.ts";
import type { ZoneTransaction } from "../dns/types.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Nameserver } from "../ports/nameserver.ts";
import type { CancelProbe, Prober } from "../ports/prober.ts";
import type { SaveBatch, SaveOutcome, Store } from "../ports/store.ts";
import { Controller } from "../roles/controller.ts";
import type { ControllerEvent, Effect } from "../roles/effects.ts";
import { mergeBatches } from "../roles/save-queue.ts";

export interface RunnerParts {
  readonly clock: Clock;
  readonly prober: Prober;
  readonly store: Store;
  readonly nameserver: Nameserver;
  readonly log: Log;
  /** Seed of the jitter that spreads first probes. */
  readonly seed: number;
}

/** Wake-ups are gathered: a timer is never set for less than this. */
const wakeMsMin = 2;
/** Timers further away than this are set in steps. */
const wakeMsMax = 60_000;
/** After a save that failed, everything is saved again so much later. */
const saveAgainMs = 5000;

export class Runner {
  readonly controller: Controller;
  readonly #parts: RunnerParts;
  readonly #cancels = new Map<number, CancelProbe>();
  readonly #listeners = new Set<(event: HistoryEvent | null) => void>();
  #wake: NodeJS.Timeout | null = null;
  #wakeAt: number = never;
  #saveAgain: NodeJS.Timeout | null = null;
  #saveFailed = false;
  #saving = false;
  /** Merged, and waiting for the commit before it. */
  #unsaved: SaveBatch | null = null;
  #stopped = false;
  readonly #ready = Promise.withResolvers<void>();

  private constructor(parts: RunnerParts, controller: Controller) {
    this.#parts = parts;
    this.controller = controller;
    parts.prober.onTrip((targetId, reason) => this.dispatch({ kind: "tripped", targetId, reason }));
  }

  /** Loads what was saved and begins. Resolves at once; `ready` tells when answering has begun. */
  static async start(config: Config, parts: RunnerParts): Promise<Runner> {
    const saved = await parts.store.load();
    const now = parts.clock.now();
    const runner = new Runner(parts, new Controller({ config, saved, now, prng: createPrng(parts.seed) }));
    runner.#carryOut(runner.controller.start(saved, now));
    return runner;
  }

  /** Resolves when the nameserver answers for the first time; rejects when it cannot. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  dispatch(event: ControllerEvent): void {
    if (this.#stopped) return;
    this.#carryOut(this.controller.step(event, this.#parts.clock.now()));
  }

  /** Calls the listener after each step that changed something, once for each line of the story, else with null. */
  listen(listener: (event: HistoryEvent | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all probes and timers. The parts stay open: whoever made them closes them. */
  stop(): void {
    this.#stopped = true;
    if (this.#wake !== null) clearTimeout(this.#wake);
    if (this.#saveAgain !== null) clearTimeout(this.#saveAgain);
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  /** Transactions go first: no line of the story and no save is worth a late answer. */
  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) if (effect.kind === "publish") this.#perform(effect);
    for (const effect of effects) if (effect.kind !== "publish") this.#perform(effect);
    this.#setWake();
  }

  #setWake(): void {
    const now = this.#parts.clock.now();
    const at = this.controller.nextWakeAt(now);
    if (at >= this.#wakeAt) return;
    if (this.#wake !== null) clearTimeout(this.#wake);
    const inMs = Math.min(wakeMsMax, Math.max(wakeMsMin, at - now.mono));
    this.#wakeAt = now.mono + inMs;
    this.#wake = setTimeout(() => {
      this.#wake = null;
      this.#wakeAt = never;
      this.dispatch({ kind: "tick" });
    }, inMs);
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "probe":
        return this.#probe(effect);
      case "cancel":
        this.#cancels.get(effect.probe)?.();
        this.#cancels.delete(effect.probe);
        return;
      case "forget":
        return this.#parts.prober.forget(effect.targetId);
      case "load-zone":
        return void this.#loadZone(effect);
      case "remove-zone":
        return void this.#parts.nameserver.removeZone(textName(effect.origin));
      case "publish":
        return void this.#publish(effect.transaction);
      case "save":
        return void this.#save(effect.batch);
      case "tell":
        return this.#tell(effect.event);
      case "ready":
        return void this.#beginAnswering();
      default:
        return unreachable(effect);
    }
  }

  #probe(effect: Extract<Effect, { kind: "probe" }>): void {
    const { fresh, probe, target, timeoutMs } = effect;
    const cancel = this.#parts.prober.start({ target, timeoutMs, fresh }, (verdict) => {
      this.#cancels.delete(probe);
      this.dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    this.#cancels.set(probe, cancel);
  }

  readonly #loading = new Set<Promise<void>>();

  #loadZone(effect: Extract<Effect, { kind: "load-zone" }>): Promise<void> {
    const loading = this.#loadZoneNow(effect).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.dispatch({ kind: "zone-refused", origin: effect.origin, reason });
    });
    this.#loading.add(loading);
    return loading.finally(() => this.#loading.delete(loading));
  }

  async #loadZoneNow({ file, origin, sets }: Extract<Effect, { kind: "load-zone" }>): Promise<void> {
    const name = textName(origin);
    const outcome = await this.#parts.nameserver.loadZone(
      file === null ? { origin: name, rrsets: sets } : { origin: name, file },
    );
    if (!outcome.ok) return this.dispatch({ kind: "zone-refused", origin, reason: outcome.error.join("; ") });
    for (const warning of outcome.value.warnings) this.#parts.log.warn(warning);
    this.dispatch({ kind: "zone-loaded", origin, serial: outcome.value.serial });
  }

  async #publish(transaction: ZoneTransaction): Promise<void> {
    const outcome = await this.#parts.nameserver.publish(transaction);
    if (outcome.kind === "ok" || this.#stopped) return;
    const zone = nameText(transaction.origin);
    const sentence = `zone ${zone} serial ${transaction.serial} was not published: ${outcome.reason}`;
    this.dispatch({ kind: "trouble", subject: zone, rule: `publish/${outcome.kind}`, sentence });
  }

  /** One commit at a time: what comes meanwhile is merged and goes next. */
  async #save(batch: SaveBatch): Promise<void> {
    this.#unsaved = this.#unsaved === null ? batch : mergeBatches(this.#unsaved, batch);
    if (this.#saving) return;
    this.#saving = true;
    while (this.#unsaved !== null) {
      const next = this.#unsaved;
      this.#unsaved = null;
      this.#judgeSave(await this.#parts.store.save(next));
    }
    this.#saving = false;
  }

  #judgeSave(outcome: SaveOutcome): void {
    if (this.#stopped) return;
    if (outcome.kind === "ok") {
      if (this.#saveFailed && this.#saveAgain === null) this.#saveWorksAgain();
      return;
    }
    if (!this.#saveFailed) {
      const sentence = `decisions cannot be saved: ${outcome.reason}; muster goes on from memory and tries again`;
      this.#saveFailed = true;
      this.dispatch({ kind: "trouble", subject: "muster", rule: "store/failed", sentence });
    }
    this.#saveAgain ??= setTimeout(() => this.#saveEverything(), saveAgainMs);
  }

  #saveEverything(): void {
    this.#saveAgain = null;
    const effect = this.controller.saveEverything();
    assert(effect.kind === "save", "saving everything is a save");
    void this.#save(effect.batch);
  }

  #saveWorksAgain(): void {
    this.#saveFailed = false;
    this.dispatch({ kind: "trouble", subject: "muster", rule: "store/works", sentence: "decisions are saved again" });
  }

  #tell(event: HistoryEvent): void {
    this.#parts.store.append([event]);
    const { kind, rule, subject } = event;
    this.#parts.log[kind === "trouble" ? "warn" : "info"](event.sentence, { kind, rule, subject, id: event.id });
    for (const listener of this.#listeners) listener(event);
  }

  /** Answers come only when every zone of the start is loaded, so that nobody is told that a name does not exist. */
  async #beginAnswering(): Promise<void> {
    try {
      while (this.#loading.size > 0) await Promise.allSettled(this.#loading);
      await this.#parts.nameserver.listen();
      this.#ready.resolve();
    } catch (error) {
      this.#ready.reject(error);
    }
  }
}
