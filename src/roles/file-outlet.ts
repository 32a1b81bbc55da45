/**
 * Keeps one zone file in step for a server that is there already, as a state machine: events in with the time, effects
 * out. It knows what is wanted and what is known to be in the file, never a list of changes, so the newest state always
 * comes to be there. One thing is under way at a time; what changes meanwhile is written together. What the file says
 * once it is written counts for nothing until the server has been made to read it.
 *
 * | outcome                    | then |
 * |----------------------------|-------------------------------------------------------------------------|
 * | written, or right already  | reloaded, unless that was done since; then in step                        |
 * | the zone is not served yet | asked again a little later                                                |
 * | the file is ahead          | the zone is asked to go on above it; then written                         |
 * | write or reload failed     | told, and tried again from the start after a rest that doubles            |
 * | somebody changed the file  | found by a look now and then; written again, and told if that changed it  |
 * | quiet for too long         | a block's file: written again, which raises its serial (M10)              |
 */
import { unreachable } from "../base/assert.ts";
import type { Prng } from "../base/prng.ts";
import { later, type Mono, mono, never, type Now } from "../base/time.ts";
import type { OutletView } from "../core/view.ts";
import type { WantedZone } from "../ports/outlet.ts";
import type { FileFailure, FileOutletEffect, FileOutletEvent, WrittenFile } from "./file-outlet-effects.ts";
import { fileOutletLimits, type FileOutletLimits, fileRestMs } from "./file-outlet-limits.ts";

/** How long a file has been quiet is asked so often, since people may change it meanwhile. */
const quietLookMsMax = 3_600_000;
const quietLookMsMin = 1000;

export interface FileOutletStart {
  /** Lower-case text without final dot. */
  readonly zone: string;
  readonly name: string;
  /** There is a command that makes the server read the file. */
  readonly canReload: boolean;
  /** Of a block: the file's serial rises when nobody has changed the file for so long; null: never. */
  readonly republishMs: number | null;
  readonly now: Now;
  readonly prng: Prng;
  readonly limits?: Partial<FileOutletLimits>;
}

interface Underway {
  readonly kind: "write" | "reload" | "look";
  readonly request: number;
  /** What was wanted when it began, which may be older than what is wanted now. */
  readonly aim: WantedZone;
}

export class FileOutlet {
  readonly #start: FileOutletStart;
  readonly #limits: FileOutletLimits;
  #view: OutletView;
  #wanted: WantedZone | null = null;
  /** The wanted state that is known to be there. */
  #done: WantedZone | null = null;
  #underway: Underway | null = null;
  #request = 0;
  /** What the last write has found or made, until it is settled. */
  #file: WrittenFile | null = null;
  /** The server may not have read the file: true at first, since nothing is known of what was before. */
  #unread = true;
  /** Somebody may have changed the file, or nobody for too long. */
  #isDoubted = false;
  /** When the next write is due, and the two reasons to look. */
  #writeAt: Mono = never;
  #lookAt: Mono = never;
  #quietAt: Mono = never;
  /** In a row. */
  #failures = 0;
  #triedAt: Mono = mono(Number.NEGATIVE_INFINITY);
  /** The zone was asked to go on above the file's serial. */
  #isOvertaken = false;

  constructor(start: FileOutletStart) {
    this.#start = start;
    this.#limits = { ...fileOutletLimits, ...start.limits };
    const { name, now, zone } = start;
    this.#view = { zone, name, state: "behind", since: now.wall, serial: null, reason: "nothing was decided yet" };
  }

  /** The same object until something in it changes. */
  get view(): OutletView {
    return this.#view;
  }

  /** When the next `tick` is due. */
  get nextWakeAt(): Mono {
    if (this.#underway !== null) return never;
    return mono(Math.min(this.#writeAt, this.#lookAt, this.#quietAt));
  }

  step(event: FileOutletEvent, now: Now): readonly FileOutletEffect[] {
    const out: FileOutletEffect[] = [];
    this.#take(event, now, out);
    this.#next(now.mono, out);
    // Last: what is told may lead to another decision at once, and a request must leave with what it was made for.
    const isWord = ({ kind }: FileOutletEffect): boolean => kind === "tell" || kind === "ahead";
    return [...out.filter((effect) => !isWord(effect)), ...out.filter(isWord)];
  }

  #take(event: FileOutletEvent, now: Now, out: FileOutletEffect[]): void {
    switch (event.kind) {
      case "tick":
        return;
      case "wanted":
        return this.#want(event.zone, now);
      case "written":
        return this.#close("write", event.request, (aim) => this.#written(aim, { file: event.file, now, out }));
      case "early":
        return this.#close("write", event.request, () => this.#tried(now.mono));
      case "overtaken":
        return this.#close("write", event.request, () => this.#overtaken(event.serial, now, out));
      case "reloaded":
        return this.#close("reload", event.request, (aim) => {
          this.#unread = false;
          this.#settle(aim, now, out);
        });
      case "looked":
        return this.#close("look", event.request, () => this.#looked(event.isSame, now.mono));
      case "failed":
        return this.#close(null, event.request, () => this.#fail(event, now, out));
      default:
        return unreachable(event);
    }
  }

  /** An answer to anything but what is under way is too late to count. */
  #close(kind: Underway["kind"] | null, request: number, take: (aim: WantedZone) => void): void {
    const underway = this.#underway;
    if (underway === null || underway.request !== request || (kind ?? underway.kind) !== underway.kind) return;
    this.#underway = null;
    take(underway.aim);
  }

  #want(zone: WantedZone, now: Now): void {
    this.#wanted = zone;
    if (this.#view.state === "in-step") this.#show({ state: "behind", reason: "a change is about to be written" }, now);
    if (this.#underway === null && this.#writeAt === never) this.#plan(now.mono);
  }

  /** A write is due if there is anything to write. */
  #plan(now: Mono): void {
    const isDue = this.#wanted !== null && (this.#wanted !== this.#done || this.#isDoubted);
    this.#writeAt = isDue ? later(now, this.#waitMs(now)) : never;
  }

  #waitMs(now: Mono): number {
    if (this.#failures > 0) return fileRestMs(this.#limits, this.#failures);
    return Math.max(this.#limits.gatherMs, this.#triedAt + this.#limits.spacingMs - now);
  }

  #next(now: Mono, out: FileOutletEffect[]): void {
    if (this.#wanted === null || this.#underway !== null) return;
    if (this.#quietAt <= now) {
      this.#quietAt = never;
      this.#isDoubted = true;
      if (this.#writeAt === never) this.#plan(now);
    }
    if (this.#writeAt <= now) return this.#write(this.#wanted, out);
    if (this.#lookAt > now) return;
    this.#lookAt = this.#lookAfter(now);
    // What is about to be written is looked at anyway.
    if (this.#writeAt === never) out.push({ kind: "look", request: this.#begin("look", this.#wanted) });
  }

  #write(zone: WantedZone, out: FileOutletEffect[]): void {
    this.#writeAt = never;
    out.push({ kind: "write", request: this.#begin("write", zone), zone, mayRepeat: this.#isOvertaken });
  }

  #begin(kind: Underway["kind"], aim: WantedZone): number {
    this.#request += 1;
    this.#underway = { kind, request: this.#request, aim };
    return this.#request;
  }

  #written(aim: WantedZone, { file, now, out }: { file: WrittenFile; now: Now; out: FileOutletEffect[] }): void {
    this.#file = file;
    this.#unread ||= file.written;
    this.#isOvertaken = false;
    if (file.written && !file.raised && aim === this.#done) {
      const found = "somebody else had changed what muster keeps there; it is put right";
      out.push({ kind: "tell", level: "drift", sentence: this.#sentence(found) });
    }
    if (!this.#start.canReload || !this.#unread) return this.#settle(aim, now, out);
    out.push({ kind: "reload", request: this.#begin("reload", aim) });
  }

  #settle(aim: WantedZone, now: Now, out: FileOutletEffect[]): void {
    const file = this.#file;
    if (file === null) return;
    this.#done = aim;
    this.#isDoubted = false;
    if (this.#failures > 0 && this.#view.state !== "behind") {
      out.push({ kind: "tell", level: "info", sentence: this.#sentence("it is in step again") });
    }
    this.#failures = 0;
    const done = this.#start.canReload && !this.#unread ? "the file is written and reloaded" : "the file is written";
    const reason = file.raised ? `${done}; its serial was raised, since nobody had changed it for long` : done;
    this.#show({ state: this.#wanted === aim ? "in-step" : "behind", serial: file.serial, reason }, now);
    this.#lookAt = this.#lookAfter(now.mono);
    this.#quietAt = this.#quietAfter(file.changedAt, now);
    this.#tried(now.mono);
  }

  #tried(now: Mono): void {
    this.#triedAt = now;
    this.#plan(now);
  }

  #lookAfter(now: Mono): Mono {
    return later(now, this.#limits.lookMs * (0.9 + this.#start.prng.next() / 5));
  }

  #quietAfter(changedAt: number | null, now: Now): Mono {
    const { republishMs } = this.#start;
    if (changedAt === null || republishMs === null) return never;
    const leftMs = changedAt + republishMs - now.wall;
    return later(now.mono, Math.min(quietLookMsMax, Math.max(quietLookMsMin, leftMs)));
  }

  #looked(isSame: boolean, now: Mono): void {
    if (!isSame) this.#isDoubted = true;
    this.#plan(now);
  }

  /** The first time nobody is told: what the zone does about it is in its own story. */
  #overtaken(serial: number, now: Now, out: FileOutletEffect[]): void {
    out.push({ kind: "ahead", serial });
    const reason = `it has serial ${serial}, and the zone is not above it`;
    if (this.#isOvertaken) {
      const then = "raise the zone's serial, or remove the file";
      return this.#fail({ state: "refused", reason: `${reason}: ${then}` }, now, out);
    }
    this.#isOvertaken = true;
    this.#failures += 1;
    if (this.#failures === 1) this.#show({ state: "behind", reason }, now);
    this.#tried(now.mono);
  }

  #fail({ reason, state }: FileFailure, now: Now, out: FileOutletEffect[]): void {
    const isNews = this.#view.state === "behind" || this.#view.state === "in-step" || reason !== this.#view.reason;
    this.#failures += 1;
    if (isNews) {
      out.push({ kind: "tell", level: "warn", sentence: this.#sentence(`${reason}; it is tried again`) });
    }
    this.#show({ state, reason }, now);
    this.#tried(now.mono);
  }

  #sentence(clause: string): string {
    return `${this.#view.name}: zone ${this.#view.zone}: ${clause}`;
  }

  #show(change: Partial<OutletView>, { wall }: Now): void {
    const before = this.#view;
    const next = { ...before, ...change };
    if (next.state === before.state && next.reason === before.reason && next.serial === before.serial) return;
    this.#view = { ...next, since: next.state === before.state ? before.since : wall };
  }
}
