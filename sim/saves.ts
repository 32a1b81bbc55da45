/**
 * What one life of the controller writes to its disk, as `io/save-loop` does it: one commit at a time, and what comes
 * meanwhile is merged and goes next. The history is durable a little later, or with what is decided next.
 */
import type { Prng } from "../src/base/prng.ts";
import type { HistoryEvent } from "../src/core/model.ts";
import { type MemoryDisk, writeDisk } from "../src/ports/memory-store.ts";
import type { SaveBatch } from "../src/ports/store.ts";
import { SaveQueue } from "../src/roles/save-queue.ts";
import type { World } from "./world.ts";

const saveMsMax = 8;
/** The history is written in batches. */
const storyMs = 200;
/** After a save that failed it is tried again so much later, as `io/save-loop` does. */
const saveAgainMs = 5000;

/** A batch on its way to the disk, and who waits for the outcome. */
interface Saving {
  readonly queue: SaveQueue;
  readonly tell: ((isStored: boolean) => void)[];
}

export interface SavesParts {
  readonly world: World;
  readonly disk: MemoryDisk;
  readonly prng: Prng;
  /** A planted fault: what is decided is durable before the history that it comes from. */
  readonly storyLate: boolean;
}

export class Saves {
  readonly #parts: SavesParts;
  #saving: Saving | null = null;
  /** Told, and not durable yet. */
  readonly #story: HistoryEvent[] = [];
  #isDead = false;

  constructor(parts: SavesParts) {
    this.#parts = parts;
  }

  /** Something that is true already may not be durable yet. */
  get isSaving(): boolean {
    return this.#saving !== null;
  }

  /** Returns the lines of the story that are lost. */
  die(): readonly HistoryEvent[] {
    this.#isDead = true;
    return this.#story.splice(0);
  }

  tell(event: HistoryEvent): void {
    if (this.#story.length === 0) this.#later(storyMs, () => this.#keepStory());
    this.#story.push(event);
  }

  /** Before what comes from it becomes durable. */
  keepStory(): void {
    if (!this.#parts.storyLate) this.#keepStory();
  }

  #keepStory(): void {
    if (!this.#parts.world.diskFull) this.#parts.disk.events.push(...this.#story.splice(0));
  }

  save(batch: SaveBatch, done: (isStored: boolean) => void): void {
    const waits = this.#saving;
    this.#saving ??= { queue: new SaveQueue(), tell: [] };
    this.#saving.queue.add(batch);
    this.#saving.tell.push(done);
    if (waits === null) this.#later(this.#parts.prng.next() * saveMsMax, () => this.#saveNow());
  }

  #saveNow(): void {
    if (this.#saving === null) return;
    const { queue, tell } = this.#saving;
    const { disk, world } = this.#parts;
    const isStored = !world.diskFull;
    this.keepStory();
    if (isStored) writeDisk(disk, queue.take());
    this.#saving = isStored ? null : { queue, tell: [] };
    if (!isStored) this.#later(saveAgainMs, () => this.#saveNow());
    for (const each of tell) each(isStored);
  }

  #later(ms: number, act: () => void): void {
    this.#parts.world.agenda.after(ms, () => {
      if (!this.#isDead) act();
    });
  }
}
