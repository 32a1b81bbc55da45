/**
 * Vantage points elsewhere: the real `Watcher`, as `io/watch/run-watcher` runs it, at a site with routes of its own, and a
 * link to the controller that delays, breaks and comes back. A link that comes back begins with what is to be looked at
 * and every word anew.
 */
import type { Prng } from "../src/base/prng.ts";
import type { Config, WatcherConfig } from "../src/core/model.ts";
import type { WatcherReport } from "../src/core/vantage.ts";
import type { Effect } from "../src/roles/effects.ts";
import { heartbeatMs } from "../src/roles/vote-steps.ts";
import { Watcher, type WatcherEvent } from "../src/roles/watcher.ts";
import { Link } from "./link.ts";
import { ProbeHands } from "./probe-hands.ts";
import { createSite, type Site, type World } from "./world.ts";

export type Assignment = Extract<Effect, { kind: "watch-afar" }>;

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

/** A configuration in which there is nothing to look at: that is told later. */
export function bareConfig(config: Config): Config {
  return { ...config, pools: [], references: [], brake: null, watch: null, agents: [], maintenance: [] };
}

export class Vantage {
  readonly site: Site;
  readonly link: Link;
  #assignment: Assignment | null = null;
  #watcher: Watcher;
  #hands: ProbeHands;
  readonly #config: WatcherConfig;
  readonly #parts: AfarParts;

  constructor(config: WatcherConfig, parts: AfarParts) {
    this.site = createSite(config.name);
    this.link = new Link(parts.world.agenda);
    this.#config = config;
    this.#parts = parts;
    this.#watcher = this.#create();
    this.#hands = this.#attach();
    this.#beat();
  }

  assign(assignment: Assignment): void {
    this.#assignment = assignment;
    this.#connect();
  }

  confirm(targetId: string): void {
    this.#carry(() => this.#hands.dispatch({ kind: "confirm", targetId }));
  }

  controllerDied(): void {
    this.link.renew();
    this.#assignment = null;
  }

  setLink(isUp: boolean): void {
    if (this.link.set(isUp) && isUp) this.#connect();
  }

  /** It forgets everything, and begins anew. */
  restart(): void {
    this.#hands.stop();
    this.#watcher = this.#create();
    this.#hands = this.#attach();
    this.link.renew();
    this.#connect();
  }

  #create(): Watcher {
    const { config, prng, world } = this.#parts;
    return new Watcher({ config: bareConfig(config), now: world.now(), prng });
  }

  #attach(): ProbeHands {
    const stepped = (event: WatcherEvent): void => this.#stepped(event);
    return new ProbeHands({ world: this.#parts.world, site: this.site, machine: this.#watcher, stepped });
  }

  /** The controller says what to look at; every word on it comes back. */
  #connect(): void {
    this.#carry(() => {
      if (this.#assignment === null) return;
      const { targets } = this.#assignment;
      this.#hands.dispatch({ kind: "assigned", targets, references: this.#config.references });
      this.#report(this.#watcher.report(this.#parts.world.now(), true));
    });
  }

  #beat(): void {
    const { agenda } = this.#parts.world;
    this.#report(this.#watcher.report(this.#parts.world.now(), false));
    agenda.after(heartbeatMs, () => this.#beat());
  }

  #stepped(event: WatcherEvent): void {
    if (event.kind !== "verdict") return;
    const report = this.#watcher.reportOn(event.targetId, this.#parts.world.now());
    if (report.words.length > 0) this.#report(report);
  }

  #report({ sick, words }: Pick<WatcherReport, "sick" | "words">): void {
    this.#carry(() => this.#parts.deliver({ watcher: this.site.name, sick, words }));
  }

  #carry(arrive: () => void): void {
    if (this.#assignment !== null) this.link.carry(arrive);
  }
}
