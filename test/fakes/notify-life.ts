/**
 * A life of the machine that tells people, without sockets or disks: channels that fail as they are told, a clock that
 * jumps from one thing to the next, a disk that a crash leaves as it was saved. It writes down what was delivered when.
 */
import { createPrng } from "../../src/base/prng.ts";
import { mono, type Now, type Wall, wall } from "../../src/base/time.ts";
import type { HistoryEvent } from "../../src/core/model.ts";
import type { ChannelSecrets, Message, NotifyConfig } from "../../src/core/notify.ts";
import type { SubjectName } from "../../src/core/notify-names.ts";
import type { SavedMessage } from "../../src/ports/store.ts";
import { MessageDesk } from "../../src/roles/notifier.ts";
import type { NotifierEvent } from "../../src/roles/notifier/effects.ts";

export const lifeStart = wall(Date.UTC(2030, 0, 7, 12, 0, 0));
const none: ChannelSecrets = { url: null, key: null };

export function notifyConfig(change: Partial<NotifyConfig> = {}): NotifyConfig {
  const channel = (name: string) =>
    ({ kind: "exec", name, timeoutMs: 1000, command: ["true"], secrets: none }) as const;
  const fits = { kinds: [], rules: [], subjects: [], digestMs: null } as const;
  return {
    channels: [channel("ops"), channel("phone")],
    routes: [{ to: ["ops"], severity: "warning", ...fits }],
    groupMs: 10_000,
    repeatsMax: 4,
    timeZone: "UTC",
    quietHours: [],
    escalate: [],
    reports: [],
    heartbeat: null,
    ...change,
  };
}

export interface Delivered {
  readonly at: Wall;
  readonly message: Message;
}

export class NotifyLife {
  readonly config: NotifyConfig;
  readonly delivered: Delivered[] = [];
  readonly told: string[] = [];
  readonly disk = new Map<string, string>();
  /** What each attempt comes to; by default everything is delivered. */
  judge: (message: Message, at: Wall) => "delivered" | "failed" | "refused" = () => "delivered";
  /** How long an attempt takes. */
  tookMs = 100;
  #desk: MessageDesk;
  /** How far the clock on the wall was set. */
  aheadMs = 0;
  #nowMs = 0;
  #underway: { readonly dueMs: number; readonly message: Message }[] = [];
  #lastId = 0;
  /** Everybody who ever went down. */
  readonly #names = new Map<string, SubjectName>();

  constructor(config: NotifyConfig) {
    this.config = config;
    this.#desk = this.#open();
    this.#desk.beginAfter(0);
  }

  get now(): Now {
    return { mono: mono(this.#nowMs), wall: wall(lifeStart + this.aheadMs + this.#nowMs) };
  }

  get waiting(): ReadonlyMap<string, number> {
    return this.#desk.waiting();
  }

  happen(change: Partial<HistoryEvent>): HistoryEvent {
    const event = this.event(change);
    this.step({ kind: "happened", events: [event] });
    return event;
  }

  event(change: Partial<HistoryEvent>): HistoryEvent {
    this.#lastId += 1;
    const base = {
      id: this.#lastId,
      at: this.now.wall,
      kind: "trouble",
      subject: "muster",
      rule: "test/trouble",
    } as const;
    return { ...base, sentence: "something broke", from: null, to: null, ...change };
  }

  down(subject: string): HistoryEvent {
    this.#names.set(subject, { text: subject, words: [] });
    return this.happen({
      kind: "health",
      subject,
      rule: "health/fall",
      from: "up",
      to: "down",
      sentence: `${subject} is down: refused`,
    });
  }

  up(subject: string): HistoryEvent {
    return this.happen({
      kind: "health",
      subject,
      rule: "health/rise",
      from: "down",
      to: "up",
      sentence: `${subject} is up: 200`,
    });
  }

  /** A pool without a fit member. */
  nobody(subject: string): HistoryEvent {
    return this.happen({
      kind: "answer",
      subject,
      rule: "pool/last-resort-all",
      sentence: `${subject} answers all: no member is fit`,
    });
  }

  somebody(subject: string): HistoryEvent {
    return this.happen({ kind: "answer", subject, rule: "pool/round-robin", sentence: `${subject} answers 192.0.2.1` });
  }

  step(event: NotifierEvent): void {
    for (const effect of this.#desk.step(event, this.now)) {
      if (effect.kind === "save") {
        for (const id of effect.batch.remove) this.disk.delete(id);
        for (const { body, id } of effect.batch.put) this.disk.set(id, body);
      } else if (effect.kind === "deliver")
        this.#underway.push({ dueMs: this.#nowMs + this.tookMs, message: effect.message });
      else if (effect.kind === "tell") this.told.push(effect.sentence);
      else this.step({ kind: "reported", report: effect.report, line: "REPORT: a line", details: "a report" });
    }
  }

  /** Lets time pass, from one thing that is due to the next. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const wakeMs = Math.max(this.#nowMs + 1, this.#desk.nextWakeAt(this.now));
      const nextMs = Math.min(wakeMs, ...this.#underway.map(({ dueMs }) => dueMs));
      if (nextMs > endMs) break;
      this.#nowMs = nextMs;
      const ended = this.#underway.filter(({ dueMs }) => dueMs <= nextMs);
      this.#underway = this.#underway.filter(({ dueMs }) => dueMs > nextMs);
      if (ended.length === 0) this.step({ kind: "tick" });
      for (const { message } of ended) this.#end(message);
    }
    this.#nowMs = endMs;
    this.step({ kind: "tick" });
  }

  /** As `kill -9`: what was on its way may have arrived, and is sent again. */
  crash(): void {
    this.#underway = [];
    this.#desk = this.#open();
    this.step({ kind: "configured", config: this.config, names: this.#names });
  }

  #end(message: Message): void {
    const kind = this.judge(message, this.now.wall);
    if (kind === "delivered") this.delivered.push({ at: this.now.wall, message });
    if (kind === "delivered") return this.step({ kind, id: message.id });
    const refused = kind === "refused";
    this.step({ kind: "failed", id: message.id, reason: "as told", refused, afterMs: null, left: null });
  }

  #open(): MessageDesk {
    const saved = [...this.disk].map(([id, body]): SavedMessage => ({ id, body }));
    return new MessageDesk({ config: this.config, names: new Map(), saved, prng: createPrng(7), now: this.now });
  }
}
