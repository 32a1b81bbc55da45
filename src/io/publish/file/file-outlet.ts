/**
 * An outlet that keeps a zone file in step for a server that is there already. This side carries out what
 * `roles/file-outlet.ts` decides: it writes the whole zone, or a block in a file that people keep by hand, runs the
 * command that makes the server read it, looks whether somebody else has touched the file, and sets one timer.
 */
import { randomInt } from "node:crypto";
import type { Stats } from "node:fs";
import { createPrng } from "../../../base/prng.ts";
import type { FilePublishConfig } from "../../../core/model.ts";
import type { OutletView } from "../../../core/view.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Log } from "../../../ports/log.ts";
import type { Outlet, WantedZone } from "../../../ports/outlet.ts";
import { FileOutlet } from "../../../roles/file-outlet.ts";
import type { FileOutletEffect, FileOutletEvent } from "../../../roles/file-outlet-effects.ts";
import type { FileOutletLimits } from "../../../roles/file-outlet-limits.ts";
import { Wake } from "../../wake.ts";
import { runCommand } from "./command.ts";
import { FileTrouble, fileReason, isSameFile, statFile } from "./replace.ts";
import { writeBlock } from "./write-block.ts";
import { type ReadZone, writeWhole } from "./write-whole.ts";

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
  /** The file has this serial, and the zone must go on above it. */
  readonly onAhead: (serial: number) => void;
  /** Called after each change of the view, never within `want`. */
  readonly onChange: (view: OutletView) => void;
  /** Closes it. */
  readonly signal: AbortSignal;
  readonly limits?: Partial<FileOutletLimits>;
}

export function createFileOutlet(parts: FileOutletParts): Outlet {
  const outlet = new ZoneFileOutlet(parts);
  parts.signal.addEventListener("abort", () => void outlet.close(), { once: true });
  if (parts.signal.aborted) void outlet.close();
  return outlet;
}

class ZoneFileOutlet implements Outlet {
  readonly #parts: FileOutletParts;
  readonly #machine: FileOutlet;
  readonly #stop = new AbortController();
  readonly #wake: Wake;
  #told: OutletView;
  /** What is carried out. */
  #running: Promise<void> = Promise.resolve();
  /** The file as the last write left or found it. */
  #known: Stats | null = null;

  constructor(parts: FileOutletParts) {
    const { clock, config, limits = {}, republishMs, zone } = parts;
    this.#parts = parts;
    this.#machine = new FileOutlet({
      zone,
      name: `file ${config.path}`,
      canReload: config.reload !== null,
      republishMs: config.block ? republishMs : null,
      now: clock.now(),
      prng: createPrng(randomInt(2 ** 32)),
      limits,
    });
    this.#told = this.#machine.view;
    this.#wake = new Wake({ clock, tick: () => this.#step({ kind: "tick" }) });
  }

  want(zone: WantedZone): void {
    this.#step({ kind: "wanted", zone });
  }

  view(): OutletView {
    return this.#machine.view;
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#wake.end();
    await this.#running;
  }

  #step(event: FileOutletEvent): void {
    if (this.#stop.signal.aborted) return;
    for (const effect of this.#machine.step(event, this.#parts.clock.now())) this.#perform(effect);
    this.#wake.set(this.#machine.nextWakeAt);
    if (this.#machine.view === this.#told) return;
    this.#told = this.#machine.view;
    const view = this.#told;
    queueMicrotask(() => this.#parts.onChange(view));
  }

  #perform(effect: FileOutletEffect): void {
    switch (effect.kind) {
      case "write":
      case "reload":
      case "look":
        this.#running = this.#carryOut(effect).then((event) => this.#step(event));
        return;
      case "ahead":
        return this.#parts.onAhead(effect.serial);
      case "tell":
        if (effect.level === "drift") return this.#parts.log.warn(effect.sentence, { drift: true });
        return this.#parts.log[effect.level](effect.sentence);
    }
  }

  /** Never rejects: what fails is an event. */
  async #carryOut(effect: Extract<FileOutletEffect, { request: number }>): Promise<FileOutletEvent> {
    const { request } = effect;
    try {
      if (effect.kind === "look") return { kind: "looked", request, isSame: await this.#isSame() };
      return effect.kind === "reload" ? await this.#reload(request) : await this.#write(effect);
    } catch (error) {
      const state = error instanceof FileTrouble ? "refused" : "unreachable";
      return { kind: "failed", request, state, reason: fileReason(error) };
    }
  }

  async #reload(request: number): Promise<FileOutletEvent> {
    const { reload, reloadMsMax } = this.#parts.config;
    const done = await runCommand(reload ?? [], { msMax: reloadMsMax, signal: this.#stop.signal });
    if (done.kind === "done") return { kind: "reloaded", request };
    return { kind: "failed", request, state: "refused", reason: done.reason };
  }

  async #write(effect: Extract<FileOutletEffect, { kind: "write" }>): Promise<FileOutletEvent> {
    const { config, readZone } = this.#parts;
    const { mayRepeat, request, zone } = effect;
    if (config.block) return this.#writeBlock(request, zone);
    const { signal } = this.#stop;
    const pieces = readZone(zone.origin);
    if (pieces === null) return { kind: "early", request };
    const done = await writeWhole({ path: config.path, origin: zone.origin, signal, pieces, mayRepeat });
    if (done.kind === "overtaken") return { kind: "overtaken", request, serial: done.serial };
    this.#known = done.stats;
    const { serial, written } = done;
    return { kind: "written", request, file: { serial, written, raised: false, changedAt: null } };
  }

  async #writeBlock(request: number, { origin, serial, sets }: WantedZone): Promise<FileOutletEvent> {
    const { clock, config, republishMs } = this.#parts;
    const { stats, ...done } = await writeBlock({
      path: config.path,
      origin,
      sets: [...sets.values()],
      unixSeconds: clock.now().wall / 1000,
      quietMsMax: republishMs,
      signal: this.#stop.signal,
    });
    this.#known = stats;
    return { kind: "written", request, file: { serial, ...done } };
  }

  /** One that cannot be looked at is written, which says why. */
  async #isSame(): Promise<boolean> {
    const there = await statFile(this.#parts.config.path).catch(() => null);
    return this.#known !== null && isSameFile(there, this.#known);
  }
}
