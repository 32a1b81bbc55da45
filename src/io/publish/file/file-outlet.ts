/**
 * An outlet that keeps a zone file in step for a server that is there already: it writes the whole zone, or a block in a
 * file that people keep by hand, then runs the command that makes the server read it. Changes are gathered, so that a
 * thousand in a second make a few writes, and the last state always comes to be there. What fails is tried again. A file
 * with a block that stays quiet gets a higher serial now and then (M10): how long it has been quiet says the file itself,
 * so restarts do not matter, and what people change counts like what muster does.
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
  /** Of a block: the file's serial rises when nobody has changed the file for so long (M10); null: never. */
  readonly republishMs: number | null;
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

/** Timers that are further away are set in steps: a file may be changed by people meanwhile. */
const quietLookMsMax = 3_600_000;
const quietLookMsMin = 1000;

interface Written {
  readonly serial: number;
  readonly written: boolean;
  readonly raised: boolean;
  /** Of a block: when the file was last changed. */
  readonly changedAt: number | null;
}

type Attempt =
  | { readonly kind: "early" }
  | { readonly kind: "done"; readonly written: Written; readonly reason: string }
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
  /** The file may have been quiet for too long. */
  #isLookDue = false;
  #quietTimer: NodeJS.Timeout | null = null;
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
    this.#start();
  }

  #start(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  view(): OutletView {
    return this.#view;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    try {
      while (this.#wanted !== null && (this.#wanted !== this.#done || this.#isLookDue)) {
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
      this.#unread ||= done.written;
      if (config.reload === null || !this.#unread) {
        return { aim, outcome: { kind: "done", written: done, reason: "the file is written" } };
      }
      const reloaded = await runCommand(config.reload, { msMax: config.reloadMsMax, signal });
      if (reloaded.kind === "failed") return { aim, outcome: { ...reloaded, state: "refused" } };
      this.#unread = false;
      return { aim, outcome: { kind: "done", written: done, reason: "the file is written and reloaded" } };
    } catch (error) {
      const state = error instanceof FileTrouble ? "refused" : "unreachable";
      return { aim, outcome: { kind: "failed", state, reason: fileReason(error) } };
    }
  }

  /** Null: the zone is not served yet, and has no serial. */
  async #write(aim: WantedZone): Promise<Written | null> {
    const { clock, config, readZone, republishMs } = this.#parts;
    const common = { path: config.path, origin: aim.origin, signal: this.#stop.signal };
    if (!config.block) {
      const pieces = readZone(aim.origin);
      return pieces === null ? null : { ...(await writeWhole({ ...common, pieces })), raised: false, changedAt: null };
    }
    const block = { sets: [...aim.sets.values()], unixSeconds: clock.now().wall / 1000, quietMsMax: republishMs };
    return { serial: aim.serial, ...(await writeBlock({ ...common, ...block })) };
  }

  #settle(aim: WantedZone, outcome: Attempt): void {
    if (outcome.kind === "early") return;
    const { reason } = this.#view;
    if (outcome.kind === "done") return this.#settleDone(aim, outcome);
    this.#failures += 1;
    if (this.#failures === 1 || outcome.reason !== reason) {
      this.#parts.log.warn(this.#sentence(`${outcome.reason}; it is tried again`));
    }
    this.#show({ state: outcome.state, reason: outcome.reason });
  }

  #settleDone(aim: WantedZone, { reason, written }: Extract<Attempt, { kind: "done" }>): void {
    this.#done = aim;
    this.#isLookDue = false;
    if (this.#failures > 0) this.#parts.log.info(this.#sentence("it is in step again"));
    this.#failures = 0;
    const said = written.raised ? `${reason}; its serial was raised, since nobody had changed it for long` : reason;
    this.#show({ state: this.#wanted === aim ? "in-step" : "behind", serial: written.serial, reason: said });
    this.#waitForQuiet(written.changedAt);
  }

  #sentence(clause: string): string {
    return `${this.#view.name}: zone ${this.#view.zone}: ${clause}`;
  }

  #waitForQuiet(changedAt: number | null): void {
    const { clock, republishMs } = this.#parts;
    if (this.#quietTimer !== null) clearTimeout(this.#quietTimer);
    if (changedAt === null || republishMs === null) return;
    const leftMs = changedAt + republishMs - clock.now().wall;
    const look = (): void => {
      this.#isLookDue = true;
      this.#start();
    };
    this.#quietTimer = setTimeout(look, Math.min(quietLookMsMax, Math.max(quietLookMsMin, leftMs)));
  }

  #show(change: Partial<OutletView>): void {
    const since = change.state === this.#view.state ? this.#view.since : this.#parts.clock.now().wall;
    this.#view = { ...this.#view, ...change, since };
    const view = this.#view;
    queueMicrotask(() => this.#parts.onChange(view));
  }
}
