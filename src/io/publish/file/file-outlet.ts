/**
 * An outlet that keeps a zone file in step for a server that is there already: it writes the whole zone, or a block in a
 * file that people keep by hand, then runs the command that makes the server read it. Changes are gathered, so that a
 * thousand in a second make a few writes, and the last state always comes to be there. What fails is tried again.
 */
import { setTimeout as delay } from "node:timers/promises";
import type { FilePublishConfig } from "../../../core/model.ts";
import type { OutletView } from "../../../core/view.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { Outlet, WantedZone } from "../../../ports/outlet.ts";
import { runCommand } from "./command.ts";
import { FileTrouble, fileReason } from "./replace.ts";
import { writeBlock } from "./write-block.ts";
import { type ReadZone, writeWhole } from "./write-whole.ts";

export interface FileOutletLimits {
  /** What changes within this is written together. */
  readonly gatherMs: number;
  /** From the end of one write to the next. */
  readonly spacingMs: number;
  /** After a failure; doubles up to the second. */
  readonly retryMsMin: number;
  readonly retryMsMax: number;
}

const limitsDefault: FileOutletLimits = { gatherMs: 20, spacingMs: 250, retryMsMin: 500, retryMsMax: 60_000 };

export interface FileOutletParts {
  /** Lower-case text without final dot. */
  readonly zone: string;
  readonly config: FilePublishConfig;
  /** The zone as it is served, for a whole file. */
  readonly readZone: ReadZone;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each change of the view, never within `want`. */
  readonly onChange: (view: OutletView) => void;
  /** Closes it. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<FileOutletLimits>;
}

export function createFileOutlet(parts: FileOutletParts): Outlet {
  const outlet = new FileOutlet(parts);
  parts.signal.addEventListener("abort", () => void outlet.close(), { once: true });
  if (parts.signal.aborted) void outlet.close();
  return outlet;
}

type Attempt =
  | { readonly kind: "early" }
  | { readonly kind: "done"; readonly serial: number; readonly reason: string }
  | { readonly kind: "failed"; readonly state: "unreachable" | "refused"; readonly reason: string };

class FileOutlet implements Outlet {
  readonly #parts: FileOutletParts;
  readonly #limits: FileOutletLimits;
  readonly #stop = new AbortController();
  #view: OutletView;
  #wanted: WantedZone | null = null;
  /** The wanted state that is known to be there. */
  #done: WantedZone | null = null;
  #running: Promise<void> | null = null;
  /** The server may not have read the file: true at first, since nothing is known of what was before. */
  #unread = true;
  #failures = 0;
  #triedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: FileOutletParts) {
    this.#parts = parts;
    this.#limits = { ...limitsDefault, ...parts.limits };
    const { clock, config, zone } = parts;
    const name = `file ${config.path}`;
    const reason = "nothing was decided yet";
    this.#view = { zone, name, state: "behind", since: clock.now().wall, serial: null, reason };
  }

  want(zone: WantedZone): void {
    if (this.#stop.signal.aborted) return;
    this.#wanted = zone;
    if (this.#view.state === "in-step") this.#show({ state: "behind", reason: "a change is about to be written" });
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  view(): OutletView {
    return this.#view;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (this.#wanted !== null && this.#wanted !== this.#done) {
        await delay(this.#waitMs(), undefined, { signal });
        const { aim, outcome } = await this.#attempt(this.#wanted);
        this.#triedAt = this.#parts.clock.now().mono;
        signal.throwIfAborted();
        this.#settle(aim, outcome);
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #waitMs(): number {
    const { gatherMs, retryMsMax, retryMsMin, spacingMs } = this.#limits;
    if (this.#failures > 0) return Math.min(retryMsMax, retryMsMin * 2 ** Math.min(this.#failures - 1, 20));
    return Math.max(gatherMs, this.#triedAt + spacingMs - this.#parts.clock.now().mono);
  }

  /** `aim`: what was wanted when the file was written, which may be older than what is wanted now. */
  async #attempt(aim: WantedZone): Promise<{ aim: WantedZone; outcome: Attempt }> {
    const { signal } = this.#stop;
    const { config } = this.#parts;
    try {
      const done = await this.#write(aim);
      if (done === null) return { aim, outcome: { kind: "early" } };
      const { serial, written } = done;
      this.#unread ||= written;
      if (config.reload === null || !this.#unread) {
        return { aim, outcome: { kind: "done", serial, reason: "the file is written" } };
      }
      const reloaded = await runCommand(config.reload, { msMax: config.reloadMsMax, signal });
      if (reloaded.kind === "failed") return { aim, outcome: { ...reloaded, state: "refused" } };
      this.#unread = false;
      return { aim, outcome: { kind: "done", serial, reason: "the file is written and reloaded" } };
    } catch (error) {
      const state = error instanceof FileTrouble ? "refused" : "unreachable";
      return { aim, outcome: { kind: "failed", state, reason: fileReason(error) } };
    }
  }

  /** Null: the zone is not served yet, and has no serial. */
  async #write(aim: WantedZone): Promise<{ serial: number; written: boolean } | null> {
    const { clock, config, readZone } = this.#parts;
    const common = { path: config.path, origin: aim.origin, signal: this.#stop.signal };
    if (!config.block) {
      const pieces = readZone(aim.origin);
      return pieces === null ? null : writeWhole({ ...common, pieces });
    }
    const unixSeconds = clock.now().wall / 1000;
    const written = await writeBlock({ ...common, sets: [...aim.sets.values()], unixSeconds });
    return { serial: aim.serial, written };
  }

  #settle(aim: WantedZone, outcome: Attempt): void {
    if (outcome.kind === "early") return;
    const { log } = this.#parts;
    const { name, reason } = this.#view;
    if (outcome.kind === "done") {
      this.#done = aim;
      const inStep = this.#wanted === aim;
      if (this.#failures > 0) log.info(`${name} is in step again`);
      this.#failures = 0;
      this.#show({ state: inStep ? "in-step" : "behind", serial: outcome.serial, reason: outcome.reason });
      return;
    }
    this.#failures += 1;
    if (this.#failures === 1 || outcome.reason !== reason) log.warn(`${name} is not in step: ${outcome.reason}`);
    this.#show({ state: outcome.state, reason: outcome.reason });
  }

  #show(change: Partial<OutletView>): void {
    const since = change.state === this.#view.state ? this.#view.since : this.#parts.clock.now().wall;
    this.#view = { ...this.#view, ...change, since };
    const view = this.#view;
    queueMicrotask(() => this.#parts.onChange(view));
  }
}
