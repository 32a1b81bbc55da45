/**
 * How many connections probes may have open at once. Descriptors are needed for more than probes: without one left, a
 * database cannot commit, a client of the API is not let in, and the own network cannot be looked at. So probes stop
 * before the limit of the process does it for them. What cannot be asked then is `unknown`, and nobody is taken for down.
 */
import { readFileSync } from "node:fs";
import type { ProberStory } from "../../ports/prober.ts";

/** What a process may open when nothing else is known (setrlimit(2): the usual soft limit). */
const openFilesUsual = 1024;
/** Descriptors that are left to everything but probes, or a quarter of all if that is less. */
const reserveMax = 512;
/** Connections that only lie idle may take this share; the others are for probes that run. */
const keptShare = 2 / 3;

/** The limit of this process; Node has raised it as far as it may. */
export function openFilesMax(): number {
  try {
    const line = /^Max open files +(\d+|unlimited)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1];
    return line === "unlimited" ? Number.POSITIVE_INFINITY : Number(line ?? openFilesUsual);
  } catch {
    return openFilesUsual;
  }
}

export class LineBudget {
  readonly #filesMax: number;
  readonly #max: number;
  readonly #tell: (story: ProberStory) => void;
  #open = 0;
  #isTold = false;

  constructor(filesMax: number, tell: (story: ProberStory) => void) {
    this.#filesMax = filesMax;
    this.#max = filesMax - Math.min(reserveMax, Math.ceil(filesMax / 4));
    this.#tell = tell;
  }

  /** Whether another connection may be kept open between probes. */
  get isRoomy(): boolean {
    return this.#open < this.#max * keptShare;
  }

  /** False: there is no room for another connection. What was taken is given back by `giveBack`. */
  take(): boolean {
    if (this.#open >= this.#max) {
      this.#tellOnce();
      return false;
    }
    this.#open += 1;
    return true;
  }

  giveBack(): void {
    this.#open -= 1;
  }

  /** Why a probe cannot run now. */
  get reason(): string {
    return `no descriptor left for a connection: ${this.#max} are open`;
  }

  /** The limit stays what it is for as long as the process lives. */
  #tellOnce(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.#tell({
      subject: "muster",
      rule: "prober/no-descriptors",
      sentence: `probes have ${this.#max} connections open and may not open more, of ${this.#filesMax} files that this process may have open; raise that limit (LimitNOFILE= of systemd, ulimit -n)`,
    });
  }
}
