/**
 * The one place that waits. The runner reads the clock, feeds events to the controller, carries out the effects that
 * come back, and reports what came of them as new events. It decides nothing.
 */
import { setTimeout as delay } from "node:timers/promises";
import { unreachable } from "../base/assert.ts";
import { createPrng } from "../base/prng.ts";
import type { AgentReport } from "../core/agent.ts";
import type { Config, HistoryEvent } from "../core/model.ts";
import { rcode } from "../dns/message.ts";
import { nameText } from "../dns/name.ts";
import type { AgentDesk } from "../ports/agents.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { OwnLinks } from "../ports/own-links.ts";
import type { Nameserver, ZoneRequest } from "../ports/nameserver.ts";
import type { CancelProbe, Prober } from "../ports/prober.ts";
import type { Store } from "../ports/store.ts";
import type { Watchers } from "../ports/watchers.ts";
import { Controller } from "../roles/controller.ts";
import type { ControllerEvent, Effect } from "../roles/effects.ts";
import type { Recording } from "./recording/recording.ts";
import { SaveLoop } from "./save-loop.ts";
import { Wake } from "./wake.ts";
import { ZoneHands, type ZoneOutside } from "./zone-hands.ts";
import { NumberMap } from "../base/number-map.ts";

export interface RunnerParts {
  readonly clock: Clock;
  readonly prober: Prober;
  readonly store: Store;
  readonly nameserver: Nameserver;
  /** Other nameservers, files and primaries. */
  readonly outside: ZoneOutside;
  readonly log: Log;
  /** Absent: nobody watches elsewhere. */
  readonly watchers?: Watchers | undefined;
  /** Absent: what probes find is not kept. */
  readonly recording?: Recording | undefined;
  /** Absent: nothing is known of this machine's interfaces. */
  readonly links?: OwnLinks | undefined;
  /** Absent: nobody asks agents. */
  readonly agents?: AgentDesk | undefined;
  /** Seed of the jitter that spreads first probes. */
  readonly seed: number;
}

/** Wake-ups are gathered: a timer is never set for less than this. */
const wakeMsMin = 2;
/** Whoever asks for something hears by then, be the disk as slow as it may. */
const settleMsMax = 3000;
/** The same, be zone files as large as they may. */
const readMsMax = 5000;
/** Updates of clients that wait for an answer at most; the DNS server sends fewer. */
const openUpdatesMax = 1000;

/** What `answer` says, or false when it takes longer. */
async function within(msMax: number, answer: Promise<boolean>): Promise<boolean> {
  const limit = new AbortController();
  const late = delay(msMax, false, { signal: limit.signal }).catch(() => false);
  try {
    return await Promise.race([answer, late]);
  } finally {
    limit.abort();
  }
}

export class Runner {
  readonly controller: Controller;
  readonly #parts: RunnerParts;
  readonly #cancels = new NumberMap<CancelProbe>();
  readonly #listeners = new Set<(event: HistoryEvent | null) => void>();
  readonly #wake: Wake;
  readonly #saves: SaveLoop;
  readonly #zones: ZoneHands;
  /** Clients that wait for the outcome of their update. */
  readonly #updates = new Map<number, (rcode: number) => void>();
  #lastUpdate = 0;
  #stopped = false;
  readonly #ready = Promise.withResolvers<void>();
  #answers = false;

  private constructor(parts: RunnerParts, controller: Controller) {
    this.#parts = parts;
    this.controller = controller;
    this.#wake = new Wake({ clock: parts.clock, tick: () => this.dispatch({ kind: "tick" }), msMin: wakeMsMin });
    this.#saves = new SaveLoop({
      store: parts.store,
      onFailed: (reason) =>
        this.#trouble(
          "store/failed",
          `decisions cannot be saved: ${reason}; muster goes on from memory and tries again`,
        ),
      onWorks: () => this.#trouble("store/works", "decisions are saved again"),
    });
    this.#zones = new ZoneHands({ ...parts, dispatch: (event) => this.dispatch(event) });
    // A start that fails elsewhere closes the DNS server before anybody waits for it, and says itself why.
    this.#ready.promise.catch(() => undefined);
    parts.outside.onEvent((event) => this.dispatch(event));
    parts.nameserver.onRequest((request) => this.#takeRequest(request));
    parts.prober.onTrip((targetId, reason) => {
      parts.recording?.tripped(targetId);
      this.dispatch({ kind: "tripped", targetId, reason });
    });
    parts.watchers?.onReport((report) => {
      parts.recording?.hear(report);
      this.dispatch({ kind: "watcher-reported", report });
    });
    parts.watchers?.onAgentReport((name, report) => this.#takeAgent(name, report));
    parts.watchers?.onTrouble((rule, sentence) => this.#trouble(rule, sentence));
    parts.prober.onTrouble((story) => this.dispatch({ kind: "trouble", ...story }));
  }

  /** muster's own DNS server has begun to answer. */
  get answers(): boolean {
    return this.#answers;
  }

  /** Why decisions cannot be saved; null: they are. */
  get unsaved(): string | null {
    return this.#saves.failing;
  }

  /** Loads what was saved and begins. Resolves at once; `ready` tells when answering has begun. */
  static async start(config: Config, parts: RunnerParts): Promise<Runner> {
    const saved = await parts.store.load();
    const now = parts.clock.now();
    const runner = new Runner(parts, new Controller({ config, saved, now, prng: createPrng(parts.seed) }));
    runner.#zones.configure(config);
    parts.recording?.configure(config);
    runner.#carryOut(runner.controller.start(saved, now));
    parts.links?.onChange((links) => runner.dispatch({ kind: "links-changed", links }));
    return runner;
  }

  /** Resolves when the nameserver answers for the first time; rejects when it cannot. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  dispatch(event: ControllerEvent): void {
    if (this.#stopped) return;
    if (event.kind === "configured") {
      this.#zones.configure(event.config);
      this.#parts.recording?.configure(event.config);
    }
    const now = this.#parts.clock.now();
    const effects = this.controller.step(event, now);
    if (effects.length === 0) this.#wake.set(this.controller.nextWakeAt(now));
    else this.#carryOut(effects);
  }

  /** Whether everything decided so far is durable; false also when that is not known within `settleMsMax`. */
  async settled(): Promise<boolean> {
    return within(
      settleMsMax,
      this.#saves.settled().then(({ kind }) => kind === "ok"),
    );
  }

  /** Whether every zone file that was to be read is in force or refused; false when that takes longer than `readMsMax`. */
  async filesRead(): Promise<boolean> {
    return within(
      readMsMax,
      this.#zones.filesRead().then(() => true),
    );
  }

  /** Calls the listener after each step that changed something, once for each line of the story, else with null. */
  listen(listener: (event: HistoryEvent | null) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Ends all probes and timers. The parts stay open: whoever made them closes them. */
  stop(): void {
    this.#stopped = true;
    this.#wake.end();
    this.#saves.stop();
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
  }

  /** Transactions go first: no line of the story and no save is worth a late answer. */
  #carryOut(effects: readonly Effect[]): void {
    const done: Promise<boolean>[] = [];
    const served: Promise<unknown>[] = [];
    for (const effect of effects) {
      if (effect.kind !== "publish") continue;
      const publication = this.#zones.publish(effect.transaction);
      served.push(publication.served);
      done.push(publication.done);
    }
    for (const effect of effects) {
      if (effect.kind === "save") done.push(this.#saves.save(effect.batch, served).then(({ kind }) => kind === "ok"));
      else if (effect.kind === "answer-update") void this.#answerUpdate(effect, done);
      else if (effect.kind !== "publish") this.#perform(effect);
    }
    this.#wake.set(this.controller.nextWakeAt(this.#parts.clock.now()));
  }

  #perform(effect: Exclude<Effect, { kind: "publish" | "save" | "answer-update" }>): void {
    switch (effect.kind) {
      case "probe":
        return this.#probe(effect);
      case "cancel":
        this.#cancels.take(effect.probe)?.();
        return;
      case "watch-afar":
        this.#parts.agents?.configure(effect.agents);
        return this.#parts.watchers?.assign(effect);
      case "confirm-afar":
        return this.#parts.watchers?.confirm(effect.targetId, effect.except);
      case "forget":
        this.#parts.recording?.forget(effect.targetId);
        return this.#parts.prober.forget(effect.targetId);
      case "load-zone":
        return this.#zones.load(effect);
      case "follow-zone":
        return this.#zones.follow(effect.origin);
      case "open-zone":
        return this.#zones.open(effect);
      case "remove-zone":
        return this.#zones.remove(effect.origin);
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
      this.#cancels.take(probe);
      this.#parts.recording?.note(target, verdict, timeoutMs);
      this.dispatch({ kind: "verdict", targetId: target.id, probe, verdict });
    });
    this.#cancels.add(probe, cancel);
  }

  /** The desk first: what the probes then find is what the story tells. */
  #takeAgent(name: string, report: AgentReport | null): void {
    if (report === null) return this.#parts.agents?.lost(name);
    this.#parts.agents?.take(report);
    this.dispatch({ kind: "agent-reported", report });
  }

  #takeRequest(request: ZoneRequest): void {
    if (request.kind === "notify") return this.#parts.outside.notified(request);
    const { origin, updates } = request;
    if (this.#stopped || this.#updates.size + updates.length > openUpdatesMax) {
      for (const { answer } of updates) answer(rcode.SERVFAIL);
      return;
    }
    const requested = updates.map(({ answer, key, put, remove }) => {
      this.#lastUpdate += 1;
      this.#updates.set(this.#lastUpdate, answer);
      return { request: this.#lastUpdate, key, put, remove };
    });
    const zone = nameText(origin).replace(/\.$/, "").toLowerCase();
    this.dispatch({ kind: "updates-requested", origin: zone, updates: requested });
  }

  /** A client hears of success only when everything of the step is served and durable. */
  async #answerUpdate(
    effect: Extract<Effect, { kind: "answer-update" }>,
    done: readonly Promise<boolean>[],
  ): Promise<void> {
    const all = await Promise.all(done);
    this.#updates.get(effect.request)?.(all.includes(false) ? rcode.SERVFAIL : effect.rcode);
    this.#updates.delete(effect.request);
  }

  #trouble(rule: string, sentence: string): void {
    this.dispatch({ kind: "trouble", subject: "muster", rule, sentence });
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
      await this.#zones.arrived();
      await this.#parts.nameserver.listen();
      this.#parts.outside.listening();
      this.#answers = true;
      this.#ready.resolve();
    } catch (error) {
      this.#ready.reject(error);
    }
  }
}
