/**
 * What one life of the controller does with its zones, as `io/zone-hands` does it: a change is served, then made durable
 * in order, then told to others by the real `Outward` machine, over the simulated network. A change that the disk does
 * not take is told later: what nobody outside has heard of cannot be taken back.
 */
import type { Config, Endpoint } from "../src/core/model.ts";
import type { Mono } from "../src/base/time.ts";
import { textName } from "../src/dns/name.ts";
import { serialGreater } from "../src/dns/serial.ts";
import type { RRset, ZoneDelta, ZonePast, ZoneTransaction } from "../src/dns/types.ts";
import { type MemoryDisk, writePast } from "../src/ports/memory-store.ts";
import type { PastStep } from "../src/ports/store.ts";
import type { ControllerEvent, Effect } from "../src/roles/effects.ts";
import { Outward } from "../src/roles/outward.ts";
import { endpointKey, type OutwardEffect, type OutwardEvent } from "../src/roles/outward/events.ts";
import { HeldNews } from "../src/roles/outward/held-news.ts";
import type { FileFaults } from "./file-outlets.ts";
import type { Network } from "./network.ts";
import type { OtherFile } from "./other-file.ts";
import type { OtherServer } from "./other-server.ts";
import type { OutletPromises } from "./outlet-witness.ts";
import { Outlets, type OutletsParts } from "./outlets.ts";
import type { Secondary } from "./secondary.ts";
import type { World } from "./world.ts";
import type { ZoneFile } from "./zone-file.ts";
import { type Loaded, originText, type ServerFaults, ZoneServer } from "./zone-server.ts";
import type { ZonePromises } from "./zone-witness.ts";

const readMsMax = 5;
const replyMsMax = 2;
const keepMsMax = 8;
const keepAgainMs = 1000;
/** An answer that has not come by then is taken for none. */
const silentMs = 1500;

export interface KeeperFaults extends ServerFaults {
  /** NOTIFY leaves before the serial is durable. */
  readonly notifyEarly?: boolean;
  /** Nobody is told of a nameserver that is late. */
  readonly patient?: boolean;
  /** Other nameservers do not get some of the changes. */
  readonly deafOutlets?: boolean;
  /** After a crash a zone that is as it was goes on with the serial that was saved. */
  readonly goOnQuietly?: boolean;
  /** Others are told before muster answers. */
  readonly tellAtOnce?: boolean;
  /** What comes of a zone's earlier stay is taken for the present one's. */
  readonly takeStale?: boolean;
  /** A zone whose file is refused is served no more. */
  readonly dropRefused?: boolean;
  /** A zone that comes back counts from one. */
  readonly returnAnew?: boolean;
  /** What is well in a file that is refused is served. */
  readonly readOn?: boolean;
  readonly files?: FileFaults;
}

export interface KeeperParts {
  readonly world: World;
  readonly network: Network;
  readonly disk: MemoryDisk;
  readonly secondaries: readonly Secondary[];
  /** They are updated. */
  readonly others: readonly OtherServer[];
  /** They are written. */
  readonly files: readonly OtherFile[];
  /** Of zones of its own, which are read. */
  readonly zoneFiles: ReadonlyMap<string, ZoneFile>;
  readonly promises: { readonly zones: ZonePromises; readonly outlets: OutletPromises };
  readonly dispatch: (event: ControllerEvent) => void;
  readonly faults: KeeperFaults;
}

/** Of a zone, from one reload to another that leaves it out. What comes of an earlier one concerns nobody any more. */
interface Stay {
  /** Readings follow one another. */
  readUntil: number;
  /** A thread is about to say that it has read the zone anew, and after that these; null: it is not. */
  replies: (() => void)[] | null;
}

interface Keeping {
  readonly step: PastStep;
  readonly stay: Stay;
  readonly kept: () => void;
}

export class ZoneKeeper {
  readonly server: ZoneServer;
  readonly #parts: KeeperParts;
  readonly #outward = new Outward();
  readonly #outlets: Outlets;
  /** Who is told of what is served and durable, once muster answers. */
  readonly #news = new HeldNews((news) => this.#step({ ...news, kind: "published" }));
  isListening = false;
  readonly #stays = new Map<string, Stay>();
  /** Zones that were opened in this life. */
  readonly #opened = new Set<string>();
  /** By zone: the names that pools decide about. */
  #names: ReadonlyMap<string, readonly string[]> = new Map();
  #arriving = 0;
  #onArrived: (() => void) | null = null;
  readonly #waiting: Keeping[] = [];
  #keeping = false;
  #dead = false;
  #cancelWake: () => void = () => undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.server = new ZoneServer(parts.faults);
    const { dispatch, faults, files, network, others, promises, world } = parts;
    const tell: OutletsParts["tell"] = (subject, rule, sentence) =>
      dispatch({ kind: "trouble", subject, rule, sentence });
    this.#outlets = new Outlets({
      world,
      network,
      servers: others,
      files,
      promises: promises.outlets,
      tell,
      readZone: (origin) => this.server.sets(origin),
      onAhead: (ahead) => dispatch({ kind: "serial-ahead", ...ahead, differs: true }),
      faults: faults.files ?? {},
    });
    if (faults.tellAtOnce === true) this.#news.release();
  }

  configure(config: Config): void {
    this.#outlets.configure(config);
    const { audit, pools, zones } = config;
    this.#names = new Map(
      zones.map(({ origin }) => [origin, pools.filter(({ zone }) => zone === origin).map(({ name }) => name)]),
    );
    const configured = zones.map(({ origin, transfer }) => ({
      origin,
      secondaries: transfer.to,
      watches: transfer.to.map(({ address, port }) => ({
        name: "secondary",
        endpoint: { address, port },
        proof: "serial" as const,
      })),
      unresolved: [],
    }));
    const { patient = false } = this.#parts.faults;
    const lagMsMax = patient ? Number.POSITIVE_INFINITY : audit.lagMsMax;
    this.#step({ kind: "configured", zones: configured, audit: { ...audit, lagMsMax } });
  }

  die(): void {
    this.#dead = true;
    this.#outlets.die();
    this.#cancelWake();
  }

  /** muster answers from now on: whoever was to be told is. */
  listening(): void {
    this.isListening = true;
    this.#news.release();
  }

  /** Calls back as soon as no zone is on its way. */
  whenArrived(act: () => void): void {
    if (this.#arriving === 0) act();
    else this.#onArrived = act;
  }

  load({ file, origin, sets }: Extract<Effect, { kind: "load-zone" }>): void {
    const stay = this.#stayOf(origin);
    const ms = Math.max(0, stay.readUntil - this.#now()) + this.#parts.network.prng.next() * readMsMax;
    stay.readUntil = this.#now() + ms;
    this.#arrive({ origin, stay, ms }, (end) => {
      const base = file === null ? sets : this.#read(origin, file);
      if (base === null) {
        if (this.#parts.faults.dropRefused === true) this.server.remove(origin);
        this.#parts.dispatch({ kind: "zone-refused", origin, reason: "it does not parse" });
        return end();
      }
      const loaded = this.server.load(origin, base);
      if (loaded.change !== null) this.#served(origin, "changed");
      this.#later(replyMsMax, () => {
        this.#loaded(origin, stay, loaded);
        end();
      });
      stay.replies ??= [];
    });
  }

  #read(origin: string, path: string): readonly RRset[] | null {
    const file = this.#parts.zoneFiles.get(path);
    if (file === undefined) return null;
    const sets = file.read();
    this.#parts.promises.zones.onRead(origin, { version: sets === null ? null : file.version, at: this.#now() });
    return sets ?? (this.#parts.faults.readOn === true ? file.readLoosely() : null);
  }

  /** What a thread says of a zone comes in the order in which it was asked. */
  #loaded(origin: string, stay: Stay, { change, serial }: Loaded): void {
    if (this.#isCurrent(origin, stay)) {
      this.#parts.dispatch({ kind: "zone-loaded", origin, serial });
      this.#outlets.refresh(origin, serial);
    }
    if (change !== null) this.#keep({ step: { zone: origin, serial, ...change }, stay, kept: () => undefined });
    const replies = stay.replies ?? [];
    stay.replies = null;
    for (const reply of replies) reply();
  }

  open({ before, origin, serial: proposed }: Extract<Effect, { kind: "open-zone" }>): void {
    const stay = this.#stayOf(origin);
    this.#arrive({ origin, stay, ms: this.#parts.network.prng.next() * keepMsMax }, (end) => {
      const isAnew = this.#parts.faults.returnAnew === true && this.#opened.has(origin);
      const past = this.#pastOf(origin, before);
      const { digest, serial } = this.server.open(origin, { serial: proposed, past, isAnew });
      const goesOn = serial === past?.serial && !this.#opened.has(origin);
      const delta = goesOn ? this.#raise(origin, proposed) : null;
      this.#opened.add(origin);
      const opened = delta === null ? serial : proposed;
      this.#served(origin, "opened");
      this.#parts.dispatch({ kind: "zone-opened", origin, proposed, serial: opened });
      if (opened === past?.serial) this.#news.tell({ origin, serial, quiet: true });
      else this.#keep({ step: { zone: origin, serial: opened, digest, delta }, stay, kept: () => undefined });
      end();
    });
  }

  /** None that ends before the last serial that was handed out. */
  #pastOf(origin: string, before: number | null): ZonePast | null {
    const past = this.#parts.disk.pasts.get(origin) ?? null;
    const isLast = past === null || before === null || !serialGreater(before, past.serial);
    return isLast ? past : null;
  }

  remove(origin: string): void {
    this.server.remove(origin);
    this.#stays.delete(origin);
    this.#news.forget(origin);
  }

  /** Does something for a zone a little later, unless the zone has left meanwhile. */
  #arrive({ ms, origin, stay }: { ms: number; origin: string; stay: Stay }, act: (end: () => void) => void): void {
    this.#arriving += 1;
    const end = (): void => {
      this.#arriving -= 1;
      if (this.#arriving > 0 || this.#onArrived === null) return;
      const listener = this.#onArrived;
      this.#onArrived = null;
      listener();
    };
    this.#parts.world.agenda.after(ms, () => {
      if (this.#dead) return;
      if (this.#isCurrent(origin, stay)) act(end);
      else end();
    });
  }

  #stayOf(origin: string): Stay {
    const stay = this.#stays.get(origin) ?? { readUntil: 0, replies: null };
    this.#stays.set(origin, stay);
    return stay;
  }

  #isCurrent(origin: string, stay: Stay): boolean {
    return this.#stays.get(origin) === stay || this.#parts.faults.takeStale === true;
  }

  #now(): Mono {
    return this.#parts.world.agenda.now;
  }

  /**
   * A life that ended by a crash may have served serials that never became durable, and a secondary may have one of them.
   * So a zone that is as it was goes on with its differences, but not with its serial. That is stricter than `ZoneHost`, which
   * keeps the serial as well: a zone of muster's rises only when a secondary turns out to be ahead (`riseAbove`).
   */
  #raise(origin: string, serial: number): ZoneDelta | null {
    if (this.#parts.faults.goOnQuietly === true) return null;
    const change = { origin: textName(origin), serial, layer: "base", put: [], remove: [] } as const;
    return this.server.publish(change)?.delta ?? null;
  }

  /** `kept` is called when the change is served and durable. */
  publish(transaction: ZoneTransaction, kept: () => void): void {
    const origin = originText(transaction.origin);
    const stay = this.#stayOf(origin);
    const changed = this.server.publish(transaction);
    if (this.#parts.faults.deafOutlets !== true || transaction.serial % 3 > 0) this.#outlets.take(transaction);
    if (changed === null) return kept();
    this.#served(origin, "changed");
    const { serial: proposed } = transaction;
    const serial = this.server.zone(origin)?.serial ?? proposed;
    const keep = (): void => {
      if (serial !== proposed && this.#isCurrent(origin, stay)) {
        this.#parts.dispatch({ kind: "serial-raised", origin, proposed, serial });
        this.#outlets.refresh(origin, serial);
      }
      this.#keep({ step: { zone: origin, serial, ...changed }, stay, kept });
    };
    if (stay.replies === null) keep();
    else stay.replies.push(keep);
  }

  #served(origin: string, how: "opened" | "changed"): void {
    const { promises, world } = this.#parts;
    const zone = this.server.zone(origin);
    if (zone === null) return;
    promises.zones.onServed(origin, zone, { how, disk: this.#parts.disk });
    promises.zones.checkNames(zone, this.#names.get(origin) ?? []);
    promises.zones.checkFile(origin, zone, world.agenda.now);
  }

  #later(msMax: number, act: () => void): void {
    this.#parts.world.agenda.after(this.#parts.network.prng.next() * msMax, () => {
      if (!this.#dead) act();
    });
  }

  /** Steps become durable one after the other. */
  #keep(keeping: Keeping): void {
    if (this.#parts.faults.notifyEarly === true) this.#publish(keeping);
    this.#waiting.push(keeping);
    if (!this.#keeping) this.#later(keepMsMax, () => this.#keepNext());
    this.#keeping = true;
  }

  #keepNext(): void {
    const { disk, world } = this.#parts;
    if (world.diskFull) {
      world.agenda.after(keepAgainMs, () => {
        if (!this.#dead) this.#keepNext();
      });
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      writePast(disk, next.step);
      next.kept();
      if (this.#parts.faults.notifyEarly !== true) this.#publish(next);
    }
    if (this.#waiting.length > 0) this.#later(keepMsMax, () => this.#keepNext());
    else this.#keeping = false;
  }

  #publish({ stay, step: { serial, zone } }: Keeping): void {
    if (this.#isCurrent(zone, stay)) this.#news.tell({ origin: zone, serial, quiet: false });
  }

  #step(event: OutwardEvent): void {
    if (this.#dead) return;
    for (const effect of this.#outward.step(event, this.#parts.world.now())) this.#perform(effect);
    this.#cancelWake();
    const { agenda } = this.#parts.world;
    const at = this.#outward.nextWakeAt;
    if (Number.isFinite(at)) this.#cancelWake = agenda.after(at - agenda.now, () => this.#step({ kind: "tick" }));
  }

  #perform(effect: OutwardEffect): void {
    const { dispatch, disk, promises } = this.#parts;
    switch (effect.kind) {
      case "notify": {
        const { origin, peer, serial } = effect;
        const served = this.server.zone(origin)?.serial ?? null;
        promises.zones.onNotify(origin, serial, { disk, served, isListening: this.isListening });
        const to = { origin, peer: endpointKey(peer) };
        return this.#ask(
          { origin, endpoint: peer },
          (secondary) => {
            secondary.notify(serial);
            return { kind: "notify-answered", ...to, rcode: 0 };
          },
          { kind: "notify-silent", ...to, reason: "no answer" },
        );
      }
      case "ask-soa": {
        const { origin, watch } = effect;
        const to = { kind: "soa-seen", origin, endpoint: endpointKey(watch.endpoint) } as const;
        return this.#ask(
          { origin, endpoint: watch.endpoint },
          ({ serial }) => ({
            ...to,
            outcome: serial === null ? { kind: "lame", reason: "has no zone" } : { kind: "serial", serial },
          }),
          { ...to, outcome: { kind: "unreachable", reason: "no answer" } },
        );
      }
      case "audit":
        return this.#later(100, () => this.#step({ kind: "audited", origin: effect.origin, faults: [] }));
      case "tell":
        return dispatch({ ...effect, kind: "trouble" });
      case "ahead":
        return dispatch({ ...effect, kind: "serial-ahead" });
      case "served-everywhere":
        return dispatch(effect);
    }
  }

  /** One message there and one back, either of which may be lost. */
  #ask(
    { endpoint, origin }: { origin: string; endpoint: Endpoint },
    answer: (secondary: Secondary) => OutwardEvent,
    silence: OutwardEvent,
  ): void {
    const { network, secondaries } = this.#parts;
    const key = endpointKey(endpoint);
    const secondary = secondaries.find(({ parts }) => parts.origin === origin && endpointKey(parts.peer) === key);
    let isOver = false;
    const end = (event: OutwardEvent): void => {
      if (isOver) return;
      isOver = true;
      this.#step(event);
    };
    network.send(() => {
      if (secondary === undefined) return;
      const event = answer(secondary);
      network.send(() => end(event));
    });
    network.agenda.after(silentMs, () => end(silence));
  }
}
