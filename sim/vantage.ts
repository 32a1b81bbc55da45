/**
 * Vantage points elsewhere: the real `Watcher`, as `io/watch/run-watcher` runs it, at a site with routes of its own, and a
 * link to the controller that delays, breaks and comes back. A link that breaks loses what is on its way; one that comes
 * back begins with what is to be looked at and every word anew.
 */
import type { Prng } from "../src/base/prng.ts";
import { never } from "../src/base/time.ts";
import type { Config, WatcherConfig } from "../src/core/model.ts";
import type { WatcherReport } from "../src/core/vantage.ts";
import type { CancelProbe } from "../src/ports/prober.ts";
import type { Effect } from "../src/roles/effects.ts";
import { heartbeatMs } from "../src/roles/vote-steps.ts";
import { Watcher, type WatcherEvent } from "../src/roles/watcher.ts";
import { createSite, type Site, type World } from "./world.ts";

type Assignment = Extract<Effect, { kind: "watch-afar" }>;

export interface AfarParts {
  readonly world: World;
  readonly config: Config;
  readonly prng: Prng;
  readonly deliver: (report: WatcherReport) => void;
}

/** All of them, as `ports/watchers` has them. */
export class Afar {
  readonly vantages: readonly Vantage[];

  constructor(parts: AfarParts) {
    this.vantages = (parts.config.watch?.watchers ?? []).map((config) => new Vantage(config, parts));
  }

  assign(assignment: Assignment): void {
    for (const vantage of this.vantages) vantage.assign(assignment);
  }

  confirm(targetId: string, except: string | null): void {
    for (const vantage of this.vantages) if (vantage.site.name !== except) vantage.confirm(targetId);
  }

  controllerDied(): void {
    for (const vantage of this.vantages) vantage.controllerDied();
  }
}

export class Vantage {
  readonly site: Site;
  /** One way of a message in ms. */
  delayMs = 5;
  #isLinked = true;
  /** When the last message arrives. */
  #arrivesAt = 0;
  /** Of the link: what belongs to an earlier one never arrives. */
  #session = 0;
  #assignment: Assignment | null = null;
  #watcher: Watcher;
  #life = 0;
  readonly #config: WatcherConfig;
  readonly #parts: AfarParts;
  readonly #cancels = new Map<number, CancelProbe>();
  #prober: ReturnType<World["createProber"]>;
  #cancelWake: () => void = () => undefined;

  constructor(config: WatcherConfig, parts: AfarParts) {
    this.site = createSite(config.name);
    this.#config = config;
    this.#parts = parts;
    this.#prober = parts.world.createProber(this.site);
    this.#watcher = this.#create();
    this.#beat();
  }

  get isLinked(): boolean {
    return this.#isLinked;
  }

  assign(assignment: Assignment): void {
    this.#assignment = assignment;
    if (this.#isLinked) this.#connect();
  }

  confirm(targetId: string): void {
    this.#carry(() => this.#step({ kind: "confirm", targetId }));
  }

  controllerDied(): void {
    this.#session += 1;
    this.#assignment = null;
  }

  setLink(isLinked: boolean): void {
    if (isLinked === this.#isLinked) return;
    this.#isLinked = isLinked;
    this.#session += 1;
    this.#arrivesAt = 0;
    if (isLinked) this.#connect();
  }

  /** It forgets everything, and begins anew. */
  restart(): void {
    this.#life += 1;
    void this.#prober.close();
    this.#cancels.clear();
    this.#prober = this.#parts.world.createProber(this.site);
    this.#watcher = this.#create();
    this.#session += 1;
    if (this.#isLinked) this.#connect();
  }

  #create(): Watcher {
    const { config, prng, world } = this.#parts;
    const nothing = { ...config, pools: [], references: [], brake: null, watch: null, maintenance: [] };
    return new Watcher({ config: nothing, now: world.now(), prng });
  }

  /** The controller says what to look at; every word on it comes back. */
  #connect(): void {
    this.#carry(() => {
      if (this.#assignment === null) return;
      const { targets } = this.#assignment;
      this.#step({ kind: "assigned", targets, references: this.#config.references });
      this.#report(this.#watcher.report(this.#parts.world.now(), true));
    });
  }

  #beat(): void {
    const { agenda } = this.#parts.world;
    this.#report(this.#watcher.report(this.#parts.world.now(), false));
    agenda.after(heartbeatMs, () => this.#beat());
  }

  #step(event: WatcherEvent): void {
    const { world } = this.#parts;
    for (const effect of this.#watcher.step(event, world.now())) this.#perform(effect);
    if (event.kind === "verdict") {
      const report = this.#watcher.reportOn(event.targetId, world.now());
      if (report.words.length > 0) this.#report(report);
    }
    this.#cancelWake();
    const at = this.#watcher.nextWakeAt();
    if (at !== never) this.#cancelWake = this.#soon(at - world.agenda.now, () => this.#step({ kind: "tick" }));
  }

  #soon(ms: number, act: () => void): () => void {
    const life = this.#life;
    return this.#parts.world.agenda.after(ms, () => {
      if (life === this.#life) act();
    });
  }

  #perform(effect: Effect): void {
    if (effect.kind === "cancel") {
      this.#cancels.get(effect.probe)?.();
      this.#cancels.delete(effect.probe);
    }
    if (effect.kind === "forget") this.#prober.forget(effect.targetId);
    if (effect.kind !== "probe") return;
    const { fresh, probe, target, timeoutMs } = effect;
    const life = this.#life;
    const cancel = this.#prober.start({ target, timeoutMs, fresh }, (verdict) => {
      this.#cancels.delete(probe);
      if (life === this.#life) this.#step({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    this.#cancels.set(probe, cancel);
  }

  #report({ sick, words }: Pick<WatcherReport, "sick" | "words">): void {
    this.#carry(() => this.#parts.deliver({ watcher: this.site.name, sick, words }));
  }

  /** One message over the link, either way. */
  #carry(arrive: () => void): void {
    if (!this.#isLinked || this.#assignment === null) return;
    const session = this.#session;
    const { agenda } = this.#parts.world;
    // Nothing overtakes what was sent before it.
    this.#arrivesAt = Math.max(this.#arrivesAt, agenda.now + this.delayMs);
    agenda.after(this.#arrivesAt - agenda.now, () => {
      if (session === this.#session) arrive();
    });
  }
}
