/**
 * Carries out what `roles/notifier.ts` decides: reads the history, keeps the queue on disk, sends messages, asks for
 * heartbeats. It listens to the story and never answers it: events are put aside and looked at when nothing else is to
 * be done, a few at a time, so that no decision waits for a mail.
 */
import { randomInt } from "node:crypto";
import { createPrng } from "../../base/prng.ts";
import { unreachable } from "../../base/assert.ts";
import type { Config, HistoryEvent } from "../../core/model.ts";
import type { ChannelConfig, Message, NotifyConfig } from "../../core/notify.ts";
import { nameSubjects } from "../../core/notify-names.ts";
import { readOutages, reportLine, reportText } from "../../core/outages.ts";
import type { Force, OperatorOutcome } from "../../core/view.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Log } from "../../ports/log.ts";
import type { Delivery } from "../../ports/notifier.ts";
import type { Store } from "../../ports/store.ts";
import { MessageDesk } from "../../roles/notifier.ts";
import type { NotifierEffect, NotifierEvent } from "../../roles/notifier/effects.ts";
import { whyUndecided } from "../../roles/can-decide.ts";
import type { ControllerState } from "../../roles/controller-state.ts";
import { outNow } from "../../roles/out-now.ts";
import { createNotifier } from "./create-notifier.ts";
import { startHeartbeat } from "./heartbeat.ts";
import { MessageSaves } from "./message-saves.ts";
import { lookAround, lookMs, type SeenOutside } from "./look-around.ts";
import { readHistory } from "./read-history.ts";
import { testChannels } from "./test-channels.ts";
import { Wake } from "../wake.ts";

/** What is needed of the runner. */
export interface StoryTeller {
  readonly controller: { readonly state: ControllerState };
  listen(listener: (event: HistoryEvent | null) => void): () => void;
  dispatch(event: { kind: "trouble"; subject: string; rule: string; sentence: string }): void;
}

export interface NotificationParts {
  readonly runner: StoryTeller;
  readonly outside: SeenOutside;
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Log;
}

export interface Notifications {
  /** Sends a message to one channel, or to all, past the queue, and says what came of it. */
  test(channel: string | null): Promise<OperatorOutcome>;
  /** Ends the escalation of what is meant by the pattern; empty: of everything. */
  acknowledge(pattern: string, by: Force): Promise<OperatorOutcome>;
  close(): Promise<void>;
}

/** Events that are looked at before others get their turn. */
const eventsAtOnce = 200;
/** Events that are put aside; beyond it they are read from the history. */
const eventsAsideMax = 10_000;
const wakeMsMin = 20;
/** At the end: for messages that can still go. */
const farewellMsMax = 1500;

export function startNotifications(parts: NotificationParts): Notifications {
  return new Desk(parts);
}

class Desk implements Notifications {
  readonly #parts: NotificationParts;
  readonly #saves: MessageSaves;
  readonly #stop = new AbortController();
  readonly #unlisten: () => void;
  readonly #sending = new Set<Promise<void>>();
  #config: Config;
  /** Null: nothing is configured, or what is on disk is still being read. */
  #machine: MessageDesk | null = null;
  #aside: HistoryEvent[] = [];
  #overflowed = false;
  #turn: NodeJS.Immediate | null = null;
  readonly #wake: Wake;
  readonly #looking: NodeJS.Timeout;
  #endHeartbeat: () => void = () => undefined;
  #opening: Promise<void>;

  constructor(parts: NotificationParts) {
    this.#parts = parts;
    this.#config = parts.runner.controller.state.config;
    this.#wake = new Wake({ clock: parts.clock, tick: () => this.#step({ kind: "tick" }), msMin: wakeMsMin });
    this.#saves = new MessageSaves(parts.store);
    this.#unlisten = parts.runner.listen((event) => this.#hear(event));
    this.#beginHeartbeat();
    this.#looking = setInterval(() => this.#lookAround(), lookMs);
    this.#opening = this.#open();
  }

  async test(channel: string | null): Promise<OperatorOutcome> {
    const { clock } = this.#parts;
    return testChannels(this.#config.notify, channel, { clock, signal: this.#stop.signal });
  }

  async acknowledge(pattern: string, by: Force): Promise<OperatorOutcome> {
    await this.#opening;
    if (this.#machine === null) {
      const sentence = "nothing is configured under notify, so there is nothing to acknowledge";
      return { kind: "refused", sentence, details: [] };
    }
    const effects = this.#step({ kind: "acknowledged", pattern, ...by });
    const told = effects.flatMap((effect) => (effect.kind === "tell" ? [effect.sentence] : []));
    const sentences = told.length === 0 ? ["nothing open is meant by that"] : told;
    return { kind: "done", sentences, members: [] };
  }

  async close(): Promise<void> {
    this.#unlisten();
    clearInterval(this.#looking);
    this.#endHeartbeat();
    if (this.#turn !== null) clearImmediate(this.#turn);
    await this.#opening;
    this.#look(Number.POSITIVE_INFINITY);
    await Promise.race([Promise.all(this.#sending), pause(farewellMsMax)]);
    this.#stop.abort();
    this.#wake.end();
    await Promise.all(this.#sending);
    this.#machine = null;
    await this.#saves.close();
  }

  /** What was not delivered is there again, and what happened since is read from the history. */
  async #open(): Promise<void> {
    const { notify } = this.#config;
    if (notify === null || this.#machine !== null) return;
    const { clock, log, store } = this.#parts;
    try {
      const saved = await store.loadMessages();
      const names = nameSubjects(this.#config);
      const prng = createPrng(randomInt(2 ** 32));
      const machine = new MessageDesk({ config: notify, names, saved, prng, now: clock.now() });
      const missed = machine.cursor === null ? [] : await readHistory(store, { afterId: machine.cursor });
      const [first] = this.#aside;
      if (machine.cursor === null) machine.beginAfter(first === undefined ? await this.#lastId() : first.id - 1);
      this.#machine = machine;
      this.#step({ kind: "configured", config: notify, names });
      this.#step({ kind: "happened", events: missed });
      this.#soon();
    } catch (error) {
      log.error(`notifications cannot begin: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  async #lastId(): Promise<number> {
    const [last] = await this.#parts.store.history({ limit: 1 });
    return last?.id ?? 0;
  }

  #hear(event: HistoryEvent | null): void {
    if (event === null) return;
    if (this.#aside.length < eventsAsideMax) this.#aside.push(event);
    else this.#overflowed = true;
    if (this.#config.notify !== null || event.kind === "reload") this.#soon();
    else this.#aside = [];
  }

  #soon(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = null;
      this.#look(eventsAtOnce);
      if (this.#aside.length > 0 && this.#machine !== null) this.#soon();
    });
  }

  #look(count: number): void {
    this.#followConfig();
    if (this.#machine === null) return;
    const events = this.#aside.splice(0, Math.min(count, this.#aside.length));
    if (events.length > 0) this.#step({ kind: "happened", events });
    if (this.#aside.length === 0 && this.#overflowed) void this.#catchUp();
  }

  /** Reads from the history what was too much to put aside. */
  async #catchUp(): Promise<void> {
    this.#overflowed = false;
    const { log, store } = this.#parts;
    try {
      const events = await readHistory(store, { afterId: this.#machine?.cursor ?? 0 });
      this.#step({ kind: "happened", events });
    } catch (error) {
      log.error(`notifications missed events: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** A reload may change everything; the machine goes on with what it has. */
  #followConfig(): void {
    const { config } = this.#parts.runner.controller.state;
    if (config === this.#config) return;
    const before = this.#config.notify;
    this.#config = config;
    if (!isSame(before, config.notify)) this.#beginHeartbeat();
    if (config.notify === null) {
      this.#machine = null;
      this.#aside = [];
      return;
    }
    if (this.#machine === null) this.#opening = this.#opening.then(() => this.#open());
    else this.#step({ kind: "configured", config: config.notify, names: nameSubjects(config) });
  }

  #beginHeartbeat(): void {
    this.#endHeartbeat();
    this.#endHeartbeat = () => undefined;
    const config = this.#config.notify?.heartbeat ?? null;
    if (config === null) return;
    const { clock, log, runner } = this.#parts;
    this.#endHeartbeat = startHeartbeat({
      config,
      log,
      whyUndecided: () => whyUndecided(runner.controller.state, clock.now()),
      tell: (line) => runner.dispatch({ kind: "trouble", subject: "heartbeat", ...line }),
    });
  }

  #step(event: NotifierEvent): readonly NotifierEffect[] {
    const machine = this.#machine;
    if (machine === null) return [];
    const effects = machine.step(event, this.#parts.clock.now());
    for (const effect of effects) this.#perform(effect);
    this.#wake.set(machine.nextWakeAt(this.#parts.clock.now()));
    return effects;
  }

  /** What happened comes first: it may have ended what is looked at. */
  #lookAround(): void {
    if (this.#machine?.hasIncidents !== true || this.#aside.length > 0) return;
    const { outside, runner } = this.#parts;
    this.#step({ kind: "looked", around: lookAround(runner.controller.state, outside) });
  }

  #perform(effect: NotifierEffect): void {
    switch (effect.kind) {
      case "save":
        return this.#saves.save(effect.batch);
      case "deliver":
        return this.#deliver(effect.message);
      case "tell":
        return this.#tell(effect);
      case "report":
        return void this.#report(effect);
      default:
        return unreachable(effect);
    }
  }

  /** In a later turn: nothing of the story is told within the story. */
  #tell(line: Extract<NotifierEffect, { kind: "tell" }>): void {
    setImmediate(() => this.#parts.runner.dispatch({ ...line, kind: "trouble" }));
  }

  #deliver(message: Message): void {
    const sending = this.#send(message).finally(() => this.#sending.delete(sending));
    this.#sending.add(sending);
  }

  async #send(message: Message): Promise<void> {
    const { clock, log } = this.#parts;
    const { notify } = this.#config;
    const channel = notify?.channels.find(({ name }) => name === message.channel);
    if (channel === undefined || notify === null) return;
    // A turn of its own, so that what the step wants saved is on its way first.
    await new Promise((resolve) => setImmediate(resolve));
    const notifier = createNotifier(channel, { clock, timeZone: notify.timeZone });
    const delivery = await notifier.deliver(message, this.#stop.signal);
    if (delivery.kind !== "delivered") log.debug(describe(channel, delivery));
    this.#step(eventOf(message.id, delivery));
  }

  async #report({ from, report, to }: Extract<NotifierEffect, { kind: "report" }>): Promise<void> {
    const { log, store } = this.#parts;
    const { notify } = this.#config;
    if (notify === null) return;
    try {
      const events = await readHistory(store, { sinceMs: from });
      const out = outNow(this.#parts.runner.controller.state);
      const outages = readOutages(events, { from, to, names: nameSubjects(this.#config), out });
      const details = reportText(outages, notify.timeZone);
      this.#step({ kind: "reported", report, line: reportLine(outages), details });
    } catch (error) {
      log.error(`a report cannot be made: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
}

function eventOf(id: string, delivery: Delivery): NotifierEvent {
  if (delivery.kind === "delivered") return { kind: "delivered", id };
  const { kind, left, reason } = delivery;
  return {
    kind: "failed",
    id,
    reason,
    refused: kind === "refused",
    afterMs: kind === "failed" ? delivery.afterMs : null,
    left,
  };
}

function describe({ name }: ChannelConfig, delivery: Exclude<Delivery, { kind: "delivered" }>): string {
  return `a message to ${name} was not delivered: ${delivery.reason}`;
}

/** Also whether the secrets are the same, which JSON does not show. */
function isSame(one: NotifyConfig | null, other: NotifyConfig | null): boolean {
  const text = (config: NotifyConfig | null): string => JSON.stringify([config?.heartbeat, config?.heartbeat?.secrets]);
  return text(one) === text(other);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    timer.unref();
  });
}
