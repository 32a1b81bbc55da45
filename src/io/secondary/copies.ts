/**
 * When copies are written: at once after the first transfer in a while, else gathered, so that a primary that changes
 * every second costs the disk little. What a crash loses of it, the primary gives again.
 */
import { markCopy } from "./copy-file.ts";

/** Shortest distance between two writes of one zone's copy. */
const writeGapMs = 10_000;

export interface CopiesParts {
  readonly pathOf: (origin: string) => string;
  /** Writes what is held. Resolves with a clause when that failed. */
  readonly save: (origin: string, path: string, confirmedAt: number) => Promise<string | null>;
  /** Once when writing begins to fail (a clause), once when it works again (null). */
  readonly onTrouble: (reason: string | null) => void;
}

interface Copy {
  changed: boolean;
  confirmedAt: number;
  writtenAt: number;
  timer: NodeJS.Timeout | null;
}

export class Copies {
  readonly #parts: CopiesParts;
  readonly #copies = new Map<string, Copy>();
  #writing: Promise<void> = Promise.resolve();
  #failing = false;

  constructor(parts: CopiesParts) {
    this.#parts = parts;
  }

  /** The zone was confirmed at that time; `changed`: it is another than before, too. */
  note(origin: string, confirmedAt: number, changed: boolean): void {
    const copy = this.#copies.get(origin) ?? { changed: false, confirmedAt, writtenAt: -writeGapMs, timer: null };
    this.#copies.set(origin, copy);
    copy.confirmedAt = confirmedAt;
    copy.changed ||= changed;
    if (copy.timer !== null) return;
    const inMs = Math.max(0, copy.writtenAt + writeGapMs - performance.now());
    copy.timer = setTimeout(() => this.#write(origin, copy), inMs);
  }

  /** Nothing more is written of it; the file stays. */
  forget(origin: string): void {
    const timer = this.#copies.get(origin)?.timer ?? null;
    if (timer !== null) clearTimeout(timer);
    this.#copies.delete(origin);
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    for (const [origin, copy] of this.#copies) if (copy.timer !== null) this.#write(origin, copy);
    await this.#writing;
  }

  #write(origin: string, copy: Copy): void {
    if (copy.timer !== null) clearTimeout(copy.timer);
    copy.timer = null;
    copy.writtenAt = performance.now();
    this.#writing = this.#writing.then(() => this.#writeNow(origin, copy));
  }

  async #writeNow(origin: string, copy: Copy): Promise<void> {
    const path = this.#parts.pathOf(origin);
    // A copy that has vanished is written whole, and one that could not be written with the next confirmation.
    const whole = copy.changed || !mark(path, copy.confirmedAt);
    copy.changed = false;
    const reason = whole ? await this.#parts.save(origin, path, copy.confirmedAt) : null;
    if (reason !== null) copy.changed = true;
    if ((reason !== null) === this.#failing) return;
    this.#failing = reason !== null;
    this.#parts.onTrouble(reason);
  }
}

/** False: there is none, or its time cannot be set. */
function mark(path: string, confirmedAt: number): boolean {
  try {
    markCopy(path, confirmedAt);
    return true;
  } catch {
    return false;
  }
}
