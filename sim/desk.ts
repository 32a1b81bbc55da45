/**
 * Who is told of what, in the simulated world: the real `MessageDesk`, as `io/notify/notifications` runs it, over channels
 * that fail for a while and a disk. It dies with its controller, and begins with what was saved and what it missed.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import type { Config, HistoryEvent } from "../src/core/model.ts";
import type { Message, NotifyConfig } from "../src/core/notify.ts";
import { nameSubjects } from "../src/core/notify-names.ts";
import { type MemoryDisk, writeMessages } from "../src/ports/memory-store.ts";
import type { MessageBatch } from "../src/ports/store.ts";
import { MessageDesk } from "../src/roles/notifier.ts";
import type { NotifierEffect, NotifierEvent } from "../src/roles/notifier/effects.ts";
import type { World } from "./world.ts";

const saveMsMax = 8;
const saveAgainMs = 5000;
const deliverMsMax = 300;

export interface DeskParts {
  readonly world: World;
  readonly disk: MemoryDisk;
  readonly prng: Prng;
  readonly notify: NotifyConfig;
  readonly config: () => Config;
  /** Makes the history durable so far. */
  readonly keepStory: () => void;
  readonly tell: (line: { readonly subject: string; readonly rule: string; readonly sentence: string }) => void;
  readonly onDelivered: (message: Message) => void;
}

export class Desk {
  readonly #parts: DeskParts;
  readonly #machine: MessageDesk;
  #waiting = new Map<string, string | null>();
  #isSaving = false;
  #isDead = false;
  #cancelWake: () => void = () => undefined;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    const { config, disk, notify, prng, world } = parts;
    const names = nameSubjects(config());
    const saved = [...disk.messages.values()];
    this.#machine = new MessageDesk({
      config: notify,
      names,
      saved,
      prng: createPrng(prng.int(2 ** 32)),
      now: world.now(),
    });
    const cursor = this.#machine.cursor;
    if (cursor === null) this.#machine.beginAfter(disk.events.at(-1)?.id ?? 0);
    this.#step({ kind: "configured", config: notify, names });
    if (cursor !== null) this.#step({ kind: "happened", events: disk.events.filter(({ id }) => id > cursor) });
  }

  die(): void {
    this.#isDead = true;
    this.#cancelWake();
  }

  /** In a later turn: no decision waits for a message. */
  hear(event: HistoryEvent): void {
    this.#later(0, () => this.#step({ kind: "happened", events: [event] }));
  }

  reconfigure(config: Config): void {
    this.#step({ kind: "configured", config: this.#parts.notify, names: nameSubjects(config) });
  }

  #later(ms: number, act: () => void): () => void {
    return this.#parts.world.agenda.after(ms, () => {
      if (!this.#isDead) act();
    });
  }

  #step(event: NotifierEvent): void {
    const now = this.#parts.world.now();
    for (const effect of this.#machine.step(event, now)) this.#perform(effect);
    this.#cancelWake();
    const at = this.#machine.nextWakeAt(now);
    if (Number.isFinite(at))
      this.#cancelWake = this.#later(Math.max(20, at - now.mono), () => this.#step({ kind: "tick" }));
  }

  #perform(effect: NotifierEffect): void {
    const { prng, tell } = this.#parts;
    if (effect.kind === "save") this.#save(effect.batch);
    if (effect.kind === "tell") this.#later(0, () => tell(effect));
    if (effect.kind === "deliver") this.#later(prng.next() * deliverMsMax, () => this.#deliver(effect.message));
  }

  #deliver(message: Message): void {
    const { onDelivered, world } = this.#parts;
    const { id } = message;
    if (!world.brokenChannels.has(message.channel)) {
      onDelivered(message);
      return this.#step({ kind: "delivered", id });
    }
    this.#step({ kind: "failed", id, reason: "no answer", refused: false, afterMs: null, left: null });
  }

  #save({ put, remove }: MessageBatch): void {
    for (const id of remove) this.#waiting.set(id, null);
    for (const { body, id } of put) this.#waiting.set(id, body);
    if (!this.#isSaving) this.#saveIn(this.#parts.prng.next() * saveMsMax);
  }

  #saveIn(ms: number): void {
    this.#isSaving = true;
    this.#later(ms, () => this.#write());
  }

  #write(): void {
    const { disk, keepStory, prng, world } = this.#parts;
    this.#isSaving = false;
    if (world.diskFull) return this.#saveIn(saveAgainMs);
    keepStory();
    const rows = [...this.#waiting];
    this.#waiting = new Map();
    const put = rows.flatMap(([id, body]) => (body === null ? [] : [{ id, body }]));
    writeMessages(disk, { put, remove: rows.flatMap(([id, body]) => (body === null ? [id] : [])) });
    if (this.#waiting.size > 0) this.#saveIn(prng.next() * saveMsMax);
  }
}
