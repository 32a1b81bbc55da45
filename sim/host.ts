/**
 * Runs the real controller in the simulated world: it carries out effects as the runner does, but over simulated
 * time, and it can die at any moment and start again from what its disk holds.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import { never } from "../src/base/time.ts";
import type { AgentReport } from "../src/core/agent.ts";
import type { Config, HistoryEvent } from "../src/core/model.ts";
import type { Message } from "../src/core/notify.ts";
import type { WatcherReport } from "../src/core/vantage.ts";
import { rcode } from "../src/dns/message.ts";
import type { RRset, ZoneTransaction } from "../src/dns/types.ts";
import { createMemoryDisk, type MemoryDisk, readDisk } from "../src/ports/memory-store.ts";
import type { CancelProbe } from "../src/ports/prober.ts";
import { emptyBatch, type SavedState } from "../src/ports/store.ts";
import { Controller } from "../src/roles/controller.ts";
import type { ControllerEvent, Effect } from "../src/roles/effects.ts";
import { Desk } from "./desk.ts";
import { pick } from "./life.ts";
import { Machines, SimulatedDesk } from "./machines.ts";
import type { Network } from "./network.ts";
import type { PlantedFaults } from "./planted.ts";
import { createOtherFiles, type OtherFile } from "./other-file.ts";
import { createOtherServers, type OtherServer } from "./other-server.ts";
import type { OutletPromises } from "./outlet-witness.ts";
import { createProber, type SiteProber } from "./prober.ts";
import { Saves } from "./saves.ts";
import { type Secondary, startSecondaries } from "./secondary.ts";
import { StepOutcome } from "./step-outcome.ts";
import { Afar } from "./vantage.ts";
import type { World } from "./world.ts";
import { createZoneFiles, type ZoneFile } from "./zone-file.ts";
import { ZoneKeeper } from "./zone-keeper.ts";
import type { ZonePromises } from "./zone-witness.ts";

/** Watches a run: each method is called as things happen, and throws when a promise is broken. */
export interface Witness {
  readonly zones: ZonePromises;
  readonly outlets: OutletPromises;
  /** The controller is about to take it. */
  onEvent(event: ControllerEvent, host: Host): void;
  onPublish(transaction: ZoneTransaction, host: Host): void;
  onTell(event: HistoryEvent, host: Host): void;
  onStart(saved: SavedState, host: Host): void;
  onReload(config: Config): void;
  /** An agent's report has come in. */
  onReport(report: AgentReport, host: Host): void;
  /** The controller has taken a step, and its effects are on their way. */
  onStepped(host: Host): void;
  onDelivered(message: Message): void;
  /** Lines of the story that were not durable when muster died. */
  onLost(events: readonly HistoryEvent[]): void;
}

export interface HostParts {
  readonly prng: Prng;
  readonly witness: Witness;
  readonly network: Network;
  readonly faults?: PlantedFaults;
}

const nobody = (): void => undefined;

/** As people count: from one, by date, by the time, and near the end of the numbers. */
const firstSerials = [1, 2_026_010_101, 1_790_000_000, 4_294_967_290];

export class Host {
  readonly world: World;
  disk: MemoryDisk = createMemoryDisk();
  config: Config;
  /** Null while the controller is dead. */
  controller: Controller | null = null;
  /** The embedded nameserver and what is told of it; it dies with the controller. */
  zones: ZoneKeeper | null = null;
  /** They outlive every controller. */
  readonly secondaries: readonly Secondary[];
  readonly afar: Afar;
  readonly machines: Machines;
  /** Other nameservers, which are updated. */
  readonly others: readonly OtherServer[];
  /** Files of other nameservers, which are written. */
  readonly files: readonly OtherFile[];
  /** Files of zones of muster's own, which are read. */
  readonly zoneFiles: ReadonlyMap<string, ZoneFile>;
  answering = false;
  readonly #prng: Prng;
  readonly #witness: Witness;
  readonly #cancels = new Map<number, CancelProbe>();
  #prober: SiteProber | null = null;
  #cancelWake: () => void = () => undefined;
  readonly #parts: HostParts;
  readonly #updates = new Map<number, (rcode: number) => void>();
  #lastUpdate = 0;
  #saves: Saves | null = null;
  #desk: Desk | null = null;
  #agents: SimulatedDesk | null = null;

  constructor(world: World, config: Config, parts: HostParts) {
    this.world = world;
    this.config = config;
    this.#parts = parts;
    this.#prng = parts.prng;
    this.#witness = parts.witness;
    const deliver = (report: WatcherReport): void => this.dispatch({ kind: "watcher-reported", report });
    this.afar = new Afar({ world, config, prng: parts.prng, deliver });
    const { prng } = parts;
    this.machines = new Machines({ world, config, prng, deliver: (name, report) => this.#takeAgent(name, report) });
    const { network, witness } = parts;
    this.secondaries = startSecondaries(config, {
      network,
      promises: witness.zones,
      primary: () => (this.answering ? (this.zones?.server ?? null) : null),
    });
    this.others = createOtherServers(config, witness.outlets);
    this.files = createOtherFiles(config);
    this.zoneFiles = createZoneFiles(config, () => pick(prng, firstSerials));
  }

  start(): void {
    const onDisk = readDisk(this.disk);
    const saved = this.#parts.faults?.atStart?.(onDisk) ?? onDisk;
    const now = this.world.now();
    this.#agents = new SimulatedDesk((this.config.watch?.listen ?? null) !== null, this.world);
    this.#prober = createProber(this.world, this.world.home, this.#agents);
    this.#prober.onTrip((targetId, reason) => this.dispatch({ kind: "tripped", targetId, reason }));
    this.controller = new Controller({ config: this.config, saved, now, prng: createPrng(this.#prng.int(2 ** 32)) });
    const storyLate = this.#parts.faults?.storyLate === true;
    this.#saves = new Saves({ world: this.world, disk: this.disk, prng: this.#prng, storyLate });
    this.zones = this.#createZones();
    this.zones.configure(this.config);
    this.#witness.onStart(saved, this);
    this.#desk = this.#openDesk(this.#saves);
    this.#carryOut(this.controller.start(saved, now));
  }

  #createZones(): ZoneKeeper {
    const { faults = {}, network, witness } = this.#parts;
    const dispatch = (event: ControllerEvent): void => this.dispatch(event);
    const { disk, files, others, secondaries, world, zoneFiles } = this;
    const outside = { secondaries, others, files, zoneFiles };
    return new ZoneKeeper({ world, network, disk, ...outside, promises: witness, dispatch, faults });
  }

  /** `kill -9`: everything that is not on disk is gone. */
  kill(): void {
    this.#cancelWake();
    void this.#prober?.close();
    this.#cancels.clear();
    this.controller = null;
    this.#prober = null;
    this.zones?.die();
    this.zones = null;
    this.#updates.clear();
    this.answering = false;
    this.#desk?.die();
    this.#desk = null;
    this.#witness.onLost(this.#saves?.die() ?? []);
    this.#saves = null;
    this.#agents?.close();
    this.#agents = null;
    this.afar.controllerDied();
    this.machines.controllerDied();
  }

  dispatch(event: ControllerEvent): void {
    if (this.controller === null) return;
    this.#carryOut(this.#step(this.controller, event));
    this.#witness.onStepped(this);
  }

  /** What somebody asks for. `answer` hears when everything of the step is served, and whether it is durable. */
  ask(event: ControllerEvent, answer: (isDurable: boolean) => void): void {
    if (this.controller === null) return;
    const effects = this.#step(this.controller, event);
    // What is true already may not be durable yet.
    const isSaving = this.#saves?.isSaving === true && !effects.some(({ kind }) => kind === "save");
    const isEarly = this.#parts.faults?.acknowledgeEarly === true;
    if (isEarly) answer(true);
    this.#carryOut(isSaving ? [...effects, { kind: "save", batch: emptyBatch }] : effects, isEarly ? nobody : answer);
    this.#witness.onStepped(this);
  }

  #step(controller: Controller, event: ControllerEvent): readonly Effect[] {
    const now = this.world.now();
    this.#witness.onEvent(event, this);
    this.#parts.faults?.beforeStep?.(controller.state, now);
    return controller.step(event, now);
  }

  /** The desk first: what the probes then find is what the story tells. Null: the connection has ended. */
  #takeAgent(name: string, report: AgentReport | null): void {
    if (report === null) return this.#agents?.lost(name);
    if (this.#agents === null) return;
    this.#witness.onReport(report, this);
    this.#agents.take(report);
    this.dispatch({ kind: "agent-reported", report });
  }

  /** A client's UPDATE; `answer` gets the rcode, unless muster dies before. */
  update(origin: string, put: readonly RRset[], answer: (rcode: number) => void): void {
    this.#lastUpdate += 1;
    this.#updates.set(this.#lastUpdate, answer);
    const update = { request: this.#lastUpdate, key: "client", put, remove: [] };
    this.dispatch({ kind: "updates-requested", origin, updates: [update] });
  }

  reload(config: Config, answer: (isDurable: boolean) => void = nobody): void {
    this.config = config;
    this.zones?.configure(config);
    this.#desk?.reconfigure(config);
    this.#witness.onReload(config);
    this.ask({ kind: "configured", config, sentences: ["changed by the simulator"] }, answer);
  }

  trip(targetId: string): void {
    this.#prober?.trip(targetId);
  }

  #carryOut(effects: readonly Effect[], answer: (isWell: boolean) => void = nobody): void {
    const step = new StepOutcome();
    for (const effect of effects) {
      if (effect.kind === "publish") this.#publish(effect.transaction, step.part());
      else if (effect.kind === "save") this.#saves?.save(effect.batch, step.part());
      else if (effect.kind === "answer-update") step.onEnd((isWell) => this.#answerUpdate(effect, isWell));
      else this.#perform(effect);
    }
    step.onEnd(answer);
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

  #perform(effect: Exclude<Effect, { kind: "publish" | "save" | "answer-update" }>): void {
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
        return this.zones?.load(effect);
      case "open-zone":
        return this.zones?.open(effect);
      case "follow-zone":
        return;
      case "watch-afar":
        this.#agents?.configure(this.#parts.faults?.agents?.(effect.agents) ?? effect.agents);
        this.machines.assign(effect);
        return this.afar.assign(effect);
      case "confirm-afar":
        return this.afar.confirm(effect.targetId, effect.except);
      case "remove-zone":
        return this.zones?.remove(effect.origin);
      case "tell":
        return this.#tell(effect.event);
      case "ready":
        this.zones?.whenArrived(() => this.#beginAnswering());
    }
  }

  #beginAnswering(): void {
    this.answering = true;
    this.zones?.listening();
  }

  #tell(event: HistoryEvent): void {
    this.#saves?.tell(event);
    this.#witness.onTell(event, this);
    this.#desk?.hear(event);
  }

  #openDesk(saves: Saves): Desk | null {
    const { notify } = this.config;
    if (notify === null) return null;
    return new Desk({
      notify,
      prng: this.#prng,
      world: this.world,
      disk: this.disk,
      config: () => this.config,
      keepStory: () => saves.keepStory(),
      tell: ({ rule, sentence, subject }) => this.dispatch({ kind: "trouble", rule, sentence, subject }),
      onDelivered: (message) => this.#witness.onDelivered(message),
    });
  }

  #probe(effect: Extract<Effect, { kind: "probe" }>): void {
    const { fresh, probe, target, timeoutMs } = effect;
    const cancel = this.#prober?.start({ target, timeoutMs, fresh }, (verdict) => {
      this.#cancels.delete(probe);
      this.dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    if (cancel !== undefined) this.#cancels.set(probe, cancel);
  }

  #publish(transaction: ZoneTransaction, done: (isWell: boolean) => void): void {
    this.zones?.publish(transaction, () => done(true));
    this.#witness.onPublish(transaction, this);
  }

  #answerUpdate({ rcode: code, request }: Extract<Effect, { kind: "answer-update" }>, isWell: boolean): void {
    this.#updates.get(request)?.(isWell ? code : rcode.SERVFAIL);
    this.#updates.delete(request);
  }
}
