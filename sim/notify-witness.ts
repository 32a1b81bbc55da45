/**
 * What people were promised: whatever lasts is told, once at least, and once exactly as long as nothing crashes; what was
 * told to have begun is told to be over.
 */
import { type Mono, mono, type Wall } from "../src/base/time.ts";
import { readMeaning } from "../src/core/notify-event.ts";
import type { Config, HistoryEvent } from "../src/core/model.ts";
import { makeTarget } from "../src/core/target.ts";
import { isAtLeast, type Message } from "../src/core/notify.ts";
import type { MemoryDisk } from "../src/ports/memory-store.ts";
import type { Host } from "./host.ts";
import { BrokenPromise } from "./zone-witness.ts";

interface Known {
  state: "problem" | "resolved";
  since: Mono;
}

/** Messages gather, fail and rest; after a channel came back it is tried again within so long. */
const tellMsMax = 45_000;

export class NotifyPromises {
  /** What is so, by what it is about. */
  readonly #now = new Map<string, Known>();
  /** What people believe. */
  readonly #told = new Map<string, "problem" | "resolved">();
  /** Messages that were delivered, unless the disk still has them, with when they were made: a crash may lose an id. */
  readonly #delivered = new Map<string, Wall>();
  /** Events that were told in this life, by channel. */
  readonly #events = new Set<string>();
  #soundSince: Mono = mono(0);

  /** What waits on disk is sent again: whether it had arrived was not durable. */
  onStart(disk: MemoryDisk, host: Host): void {
    this.#events.clear();
    for (const id of this.#delivered.keys()) if (disk.messages.has(`message ${id}`)) this.#delivered.delete(id);
    this.noteSound(host.world.agenda.now);
  }

  /** A backup knows neither what was sent since nor what has happened. */
  onRestored(): void {
    this.#delivered.clear();
    this.#now.clear();
    this.#told.clear();
  }

  /** Told, and lost with a crash before it was durable: it never was. */
  onLost(events: readonly HistoryEvent[]): void {
    for (const event of events) this.#forget(readMeaning(event).key);
  }

  /** Who has left the configuration is nobody's business any more. */
  onReload(config: Config): void {
    const members = config.pools.flatMap((pool) => pool.members.map((member) => makeTarget(member).id));
    const known = new Set([...members, ...config.references.map(({ id }) => id)]);
    for (const key of [...this.#now.keys(), ...this.#told.keys()]) {
      const target = /^(?:health|hold|quorum) (.*)$/.exec(key)?.[1];
      if (target !== undefined && !known.has(target)) this.#forget(key);
    }
  }

  #forget(key: string): void {
    this.#now.delete(key);
    this.#told.delete(key);
  }

  noteSound(at: Mono): void {
    this.#soundSince = at;
  }

  onTell(event: HistoryEvent, host: Host): void {
    const { key, severity, state } = readMeaning(event);
    if (state === "news") return;
    const known = this.#now.get(key);
    if (state === "resolved") this.#now.set(key, { state, since: host.world.agenda.now });
    else if (known?.state !== "problem" && isAtLeast(severity, "warning"))
      this.#now.set(key, { state, since: host.world.agenda.now });
  }

  onDelivered(message: Message): void {
    if (this.#delivered.get(message.id) === message.createdAt)
      throw new BrokenPromise(`message ${message.id} was delivered twice`);
    this.#delivered.set(message.id, message.createdAt);
    for (const { event, key, state } of message.lines) {
      if (state === "problem" || state === "still") this.#told.set(key, "problem");
      if (state === "resolved") this.#told.set(key, "resolved");
      if (event === 0 || state === "still") continue;
      const told = `${message.channel} ${event}`;
      if (this.#events.has(told)) throw new BrokenPromise(`event ${event} was told twice to ${message.channel}`);
      this.#events.add(told);
    }
  }

  /** Called once a simulated second. */
  checkTold({ config, world }: Host): void {
    const { now } = world.agenda;
    if (config.notify === null || world.diskFull || world.brokenChannels.size > 0) return;
    if (now - this.#soundSince < tellMsMax) return;
    for (const [key, { since, state }] of this.#now) {
      if (now - since < tellMsMax) continue;
      const told = this.#told.get(key);
      if (state === "problem" && told !== "problem") throw new BrokenPromise(`nobody was told of ${key}`);
      if (state === "resolved" && told === "problem") throw new BrokenPromise(`nobody was told that ${key} is over`);
    }
  }
}
