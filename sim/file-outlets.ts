/**
 * One zone file, as `io/publish/file` keeps it: the real machine, and a disk, a command and a hand that are simulated. A
 * file is read, made anew beside the old one, and takes its place a little later, unless muster has died meanwhile.
 */
import { createPrng, type Prng } from "../src/base/prng.ts";
import { allSlices } from "../src/base/slices.ts";
import { never } from "../src/base/time.ts";
import type { OutletView } from "../src/core/view.ts";
import type { RRset } from "../src/dns/types.ts";
import { serialInTheWay } from "../src/dns/zone-file/ahead.ts";
import { findSoaSerial } from "../src/dns/zone-file/block.ts";
import { mergeBlock } from "../src/dns/zone-file/merge-block.ts";
import { zoneText } from "../src/dns/zone-file/write.ts";
import type { Outlet, WantedZone } from "../src/ports/outlet.ts";
import { FileOutlet } from "../src/roles/file-outlet.ts";
import type { FileOutletEffect, FileOutletEvent, WrittenFile } from "../src/roles/file-outlet-effects.ts";
import type { FileOutletLimits } from "../src/roles/file-outlet-limits.ts";
import type { FilePromises } from "./file-witness.ts";
import type { OtherFile } from "./other-file.ts";
import type { World } from "./world.ts";

const stepMsMax = 15;
const slowMsMax = 2500;
/** In a short life. */
const lookMs = 8000;
/** As `io/publish/file/write-block`. */
const triesMax = 3;

/** What a test plants to see it caught. */
export interface FileFaults {
  /** A file is written where it lies. */
  readonly inPlace?: boolean;
  /** A file is written over whatever its serial is. */
  readonly anySerial?: boolean;
  /** What people save while a block is made is not looked at. */
  readonly overHands?: boolean;
  /** A command that failed counts as one that worked. */
  readonly trustReloads?: boolean;
  /** A life believes that what it finds right was read, too. */
  readonly trustStart?: boolean;
  /** Nobody looks whether the file was changed. */
  readonly blind?: boolean;
  readonly silent?: boolean;
  readonly limits?: Partial<FileOutletLimits>;
}

export interface FileOutletParts {
  readonly world: World;
  readonly prng: Prng;
  readonly promises: FilePromises;
  readonly republishMs: number | null;
  /** Null: it is not served yet. */
  readonly readZone: (origin: string) => readonly RRset[] | null;
  readonly tell: (zone: string, rule: string, sentence: string) => void;
  readonly onAhead: (ahead: { origin: string; serial: number; endpoint: string }) => void;
  readonly faults: FileFaults;
}

interface Made {
  readonly text: string;
  readonly raised: boolean;
}

const rules = { drift: "outlet/drift", warn: "outlet/trouble", info: "outlet/works" } as const;

export class SimulatedFileOutlet implements Outlet {
  readonly #file: OtherFile;
  readonly #parts: FileOutletParts;
  readonly #machine: FileOutlet;
  #wanted: WantedZone | null = null;
  #told: OutletView;
  #known = -1;
  #hasWritten = false;
  #isClosed = false;
  #cancelWake: () => void = () => undefined;

  constructor(file: OtherFile, parts: FileOutletParts) {
    this.#file = file;
    this.#parts = parts;
    const { block, path, reload } = file.config;
    this.#machine = new FileOutlet({
      zone: file.origin,
      name: `file ${path}`,
      canReload: reload !== null,
      republishMs: block ? parts.republishMs : null,
      now: parts.world.now(),
      prng: createPrng(parts.prng.int(2 ** 32)),
      limits: { lookMs, ...parts.faults.limits },
    });
    this.#told = this.#machine.view;
    parts.promises.onOpened(file);
  }

  want(zone: WantedZone): void {
    this.#wanted = zone;
    this.#step({ kind: "wanted", zone });
  }

  view(): OutletView {
    return this.#machine.view;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelWake();
  }

  #step(event: FileOutletEvent): void {
    if (this.#isClosed) return;
    const { promises, world } = this.#parts;
    const effects = this.#machine.step(event, world.now());
    const isReloading = effects.some(({ kind }) => kind === "reload");
    if (event.kind === "failed" || event.kind === "overtaken") promises.onFailed(this.#file, world.agenda.now);
    if (event.kind === "reloaded" || (event.kind === "written" && !isReloading)) promises.onWorked(this.#file);
    for (const effect of effects) this.#perform(effect);
    this.#cancelWake();
    const at = this.#machine.nextWakeAt;
    const tick = (): void => this.#step({ kind: "tick" });
    if (at !== never) this.#cancelWake = world.agenda.after(Math.max(1, at - world.agenda.now), tick);
    const { view } = this.#machine;
    if (view === this.#told) return;
    this.#told = view;
    promises.onView(this.#file, { view, wanted: this.#wanted, now: world.agenda.now });
  }

  #perform(effect: FileOutletEffect): void {
    const { faults, onAhead, promises, tell, world } = this.#parts;
    const { config, origin } = this.#file;
    switch (effect.kind) {
      case "write":
        promises.onTry(this.#file, world.agenda.now);
        return this.#write(effect, 1);
      case "reload":
        return this.#reload(effect.request);
      case "look":
        return this.#later(() => {
          const isSame = faults.blind === true || this.#known === this.#file.stamp;
          this.#step({ kind: "looked", request: effect.request, isSame });
        });
      case "ahead":
        // Not before what is told of it.
        world.agenda.after(0, () => onAhead({ origin, serial: effect.serial, endpoint: `file ${config.path}` }));
        return;
      case "tell":
        if (faults.silent === true) return;
        promises.onTold(this.#file, effect.level);
        return tell(origin, rules[effect.level], effect.sentence);
    }
  }

  /** What muster itself does; nothing comes of it when it dies. */
  #later(act: () => void): void {
    const { prng, world } = this.#parts;
    const ms = prng.next() * (this.#file.mood === "slow" ? slowMsMax : stepMsMax);
    world.agenda.after(ms, () => {
      if (!this.#isClosed) act();
    });
  }

  #write(effect: Extract<FileOutletEffect, { kind: "write" }>, tries: number): void {
    const { faults } = this.#parts;
    const file = this.#file;
    const { request } = effect;
    this.#later(() => {
      if (file.mood === "full") return this.#fail(request, "unreachable", "the disk is full");
      if (file.mood === "refuses") return this.#fail(request, "refused", "the check refuses it");
      const { stamp } = file;
      const made = file.config.block ? this.#makeBlock(effect.zone) : this.#makeWhole();
      if (typeof made === "string") return this.#fail(request, "refused", made);
      if (made === null) return this.#step({ kind: "early", request });
      if (faults.inPlace === true) this.#writeHalf(made.text);
      this.#later(() => {
        if (!file.config.block) return this.#step(this.#replace(effect, made));
        if (file.stamp === stamp || faults.overHands === true) return this.#step(this.#replace(effect, made));
        if (tries < triesMax) return this.#write(effect, tries + 1);
        this.#fail(request, "refused", "somebody saves it again and again");
      });
    });
  }

  #writeHalf(text: string): void {
    this.#file.put(text.slice(0, text.length / 2), this.#parts.world.now().wall);
    this.#parts.promises.onUnfinished(this.#file);
  }

  #fail(request: number, state: "unreachable" | "refused", reason: string): void {
    this.#step({ kind: "failed", request, state, reason });
  }

  #makeWhole(): Made | null {
    const sets = this.#parts.readZone(this.#file.origin);
    return sets === null ? null : { text: zoneText(this.#file.name, sets), raised: false };
  }

  /** A text says why not. */
  #makeBlock({ sets }: WantedZone): Made | string {
    const { republishMs, world } = this.#parts;
    const { changedAt, config, name, text } = this.#file;
    const { wall } = world.now();
    const merged = allSlices(
      mergeBlock(text ?? "", {
        path: config.path,
        origin: name,
        sets: [...sets.values()],
        unixSeconds: wall / 1000,
        isQuiet: republishMs !== null && changedAt + republishMs <= wall,
        readIncluded: () => ({ ok: false, error: "nothing is included" }),
      }),
    );
    return merged.ok ? merged.value : merged.error;
  }

  /** The moment at which the new file takes the old one's name. */
  #replace({ mayRepeat, request, zone }: Extract<FileOutletEffect, { kind: "write" }>, made: Made): FileOutletEvent {
    const { faults, promises, world } = this.#parts;
    const file = this.#file;
    const before = file.text;
    const serial = findSoaSerial(made.text)?.serial ?? 0;
    if (before !== made.text) {
      const isGuarded = !file.config.block && faults.anySerial !== true;
      const other = isGuarded && before !== null ? serialInTheWay(before, { serial, mayRepeat }) : null;
      if (other !== null) return { kind: "overtaken", request, serial: other };
      file.put(made.text, world.now().wall);
      this.#hasWritten = true;
      promises.onReplaced(file, { before, after: made.text });
    }
    this.#known = file.stamp;
    const changedAt = file.config.block ? file.changedAt : null;
    const about: WrittenFile = { serial: zone.serial, written: before !== made.text, raised: made.raised, changedAt };
    return { kind: "written", request, file: file.config.block ? about : { ...about, serial } };
  }

  /** A program of its own, which goes on when muster dies. */
  #reload(request: number): void {
    const { faults, prng, world } = this.#parts;
    const file = this.#file;
    if (faults.trustStart === true && !this.#hasWritten)
      return void world.agenda.after(0, () => this.#step({ kind: "reloaded", request }));
    const hook = file.atReload;
    file.atReload = null;
    if (hook !== null) return void world.agenda.after(0, hook);
    const { reloadMood } = file;
    const failed = (reason: string): void => {
      if (faults.trustReloads === true) this.#step({ kind: "reloaded", request });
      else this.#fail(request, "refused", reason);
    };
    if (reloadMood === "hangs") return void world.agenda.after(file.config.reloadMsMax, () => failed("it hangs"));
    world.agenda.after(prng.next() * stepMsMax, () => {
      if (reloadMood === "fails") return failed("it fails");
      file.loaded = file.text;
      this.#step({ kind: "reloaded", request });
    });
  }
}
