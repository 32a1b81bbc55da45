/**
 * Runs the real controller in the simulated world: it carries out effects as the runner does, but over simulated
 * time, and it can die at any moment and start again from what its disk holds.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import { never } from "../src/base/time.ts";
import type { Config, HistoryEvent } from "../src/core/model.ts";
import type { RRset, ZoneTransaction } from "../src/dns/types.ts";
import { nameText } from "../src/dns/name.ts";
import { createMemoryDisk, readDisk, writeDisk } from "../src/ports/memory-store.ts";
import type { CancelProbe } from "../src/ports/prober.ts";
import type { SaveBatch, SavedState } from "../src/ports/store.ts";
import { Controller } from "../src/roles/controller.ts";
import type { ControllerEvent, Effect } from "../src/roles/effects.ts";
import type { World } from "./world.ts";

/** Watches a run: each method is called as things happen, and throws when a promise is broken. */
export interface Witness {
  onVerdict(event: Extract<ControllerEvent, { kind: "verdict" }>, host: Host): void;
  onPublish(transaction: ZoneTransaction, host: Host): void;
  onTell(event: HistoryEvent, host: Host): void;
  onStart(saved: SavedState, host: Host): void;
  onReload(config: Config): void;
}

const saveMsMax = 8;
const saveAgainMs = 5000;

export class Host {
  readonly world: World;
  readonly disk = createMemoryDisk();
  config: Config;
  /** Null while the controller is dead. */
  controller: Controller | null = null;
  /** What the embedded nameserver serves, by "owner type"; it dies with the controller. */
  readonly served = new Map<string, RRset>();
  answering = false;
  readonly #prng: Prng;
  readonly #witness: Witness;
  readonly #cancels = new Map<number, CancelProbe>();
  #prober: ReturnType<World["createProber"]> | null = null;
  #cancelWake: () => void = () => undefined;
  #life = 0;

  constructor(world: World, config: Config, parts: { prng: Prng; witness: Witness }) {
    this.world = world;
    this.config = config;
    this.#prng = parts.prng;
    this.#witness = parts.witness;
  }

  start(): void {
    const saved = readDisk(this.disk);
    const now = this.world.now();
    this.#prober = this.world.createProber();
    this.#prober.onTrip((targetId, reason) => this.dispatch({ kind: "tripped", targetId, reason }));
    this.controller = new Controller({ config: this.config, saved, now, prng: createPrng(this.#prng.int(2 ** 32)) });
    this.#witness.onStart(saved, this);
    this.#carryOut(this.controller.start(saved, now));
  }

  /** `kill -9`: everything that is not on disk is gone. */
  kill(): void {
    this.#life += 1;
    this.#cancelWake();
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    for (const member of this.world.members.values()) member.kept.clear();
    this.controller = null;
    this.#prober = null;
    this.served.clear();
    this.answering = false;
  }

  dispatch(event: ControllerEvent): void {
    if (this.controller === null) return;
    if (event.kind === "verdict") this.#witness.onVerdict(event, this);
    this.#carryOut(this.controller.step(event, this.world.now()));
  }

  reload(config: Config): void {
    this.config = config;
    this.#witness.onReload(config);
    this.dispatch({ kind: "configured", config, sentences: ["changed by the simulator"] });
  }

  trip(targetId: string): void {
    this.#prober?.trip(targetId);
  }

  #carryOut(effects: readonly Effect[]): void {
    for (const effect of effects) this.#perform(effect);
    this.#setWake();
  }

  #setWake(): void {
    this.#cancelWake();
    if (this.controller === null) return;
    const now = this.world.now();
    const at = this.controller.nextWakeAt(now);
    if (at === never) return;
    this.#cancelWake = this.world.agenda.after(at - now.mono, () => this.dispatch({ kind: "tick" }));
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
        return this.#prober?.forget(effect.targetId);
      case "load-zone":
        return this.#loadZone(effect.origin);
      case "open-zone": {
        const { origin, serial } = effect;
        return this.#later(() => this.dispatch({ kind: "zone-opened", origin, proposed: serial, serial }));
      }
      case "remove-zone":
        return;
      case "publish":
        return this.#publish(effect.transaction);
      case "save":
        return this.#save(effect.batch);
      case "tell":
        this.disk.events.push(effect.event);
        return this.#witness.onTell(effect.event, this);
      case "ready":
        this.answering = true;
    }
  }

  #probe(effect: Extract<Effect, { kind: "probe" }>): void {
    const { fresh, probe, target, timeoutMs } = effect;
    const cancel = this.#prober?.start({ target, timeoutMs, fresh }, (verdict) => {
      this.#cancels.delete(probe);
      this.dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    if (cancel !== undefined) this.#cancels.set(probe, cancel);
  }

  #loadZone(origin: string): void {
    this.#later(() => this.dispatch({ kind: "zone-loaded", origin, serial: 0 }));
  }

  /** After a moment, unless the controller has died. */
  #later(work: () => void): void {
    const life = this.#life;
    this.world.agenda.after(this.#prng.next() * 5, () => {
      if (life === this.#life) work();
    });
  }

  #publish(transaction: ZoneTransaction): void {
    for (const { owner, type } of transaction.remove) this.served.delete(`${nameText(owner)} ${type}`);
    for (const set of transaction.put) this.served.set(`${nameText(set.owner)} ${set.type}`, set);
    this.#witness.onPublish(transaction, this);
  }

  #save(batch: SaveBatch): void {
    const life = this.#life;
    this.world.agenda.after(this.#prng.next() * saveMsMax, () => {
      if (life !== this.#life) return;
      if (!this.world.diskFull) return void writeDisk(this.disk, batch);
      this.world.agenda.after(saveAgainMs, () => life === this.#life && this.#save(batch));
    });
  }
}
