/**
 * The runner's hands for zones: what the controller decides about them is done here, and what came of it is dispatched as
 * events. A change is served first, then durable, and only then told to anybody outside (NOTIFY), in this order for each
 * zone. What else must be durable of the same step goes in the same commit (`io/save-loop`).
 */
import { zonesOf } from "../core/catalog.ts";
import type { Config } from "../core/model.ts";
import { nameText, textName } from "../dns/name.ts";
import { serialGreater } from "../dns/serial.ts";
import type { Name, ZoneTransaction } from "../dns/types.ts";
import type { Log } from "../ports/log.ts";
import type { LoadedZone, Nameserver, ZoneAccess, ZoneFileSource, ZoneRequest } from "../ports/nameserver.ts";
import type { PublishOutcome } from "../ports/publisher.ts";
import type { PastStep, SaveOutcome, Store } from "../ports/store.ts";
import type { ControllerEvent, Effect } from "../roles/effects.ts";
import { isServedHere } from "../roles/zone-state.ts";

/** What is done for zones outside of muster's own DNS server. */
export interface ZoneOutside {
  /** Tells the one listener what the controller should know. */
  onEvent(listener: (event: ControllerEvent) => void): void;
  configure(config: Config): void;
  /** muster's own server has begun to answer. */
  listening(): void;
  /** A transaction on its way to muster's own server: outlets want the same. */
  wanted(transaction: ZoneTransaction): void;
  /** A zone's own records were read anew, so that whoever holds a copy must look again. */
  loaded(origin: Name, serial: number): void;
  /** The serial is served here and durable: others may be told. `quiet`: it was so before a restart. */
  published(change: { readonly origin: string; readonly serial: number; readonly quiet?: boolean }): void;
  /** Tells the one listener of zones that were taken whole from a primary, and are in place. */
  onLoaded(listener: (origin: Name, loaded: LoadedZone) => void): void;
  /** Take a zone from its primaries from now on. Resolves when it is there, or there is nothing to wait for at a start. */
  follow(origin: string): Promise<void>;
  /** A primary says that a zone has changed. */
  notified(request: Extract<ZoneRequest, { kind: "notify" }>): void;
  forget(origin: string): void;
}

export interface ZoneHandsParts {
  readonly nameserver: Nameserver;
  readonly store: Pick<Store, "loadPast" | "savePast">;
  readonly outside: ZoneOutside;
  readonly log: Log;
  readonly dispatch: (event: ControllerEvent) => void;
}

/** What becomes of a transaction. */
export interface Publication {
  /** Resolves when it is served, or has failed, and what must be durable of it is on its way to the store. */
  readonly served: Promise<unknown>;
  /** Resolves when it is served and durable, or has failed: false. */
  readonly done: Promise<boolean>;
}

type EffectOf<K extends Effect["kind"]> = Extract<Effect, { kind: K }>;

export class ZoneHands {
  readonly #parts: ZoneHandsParts;
  /** Zones on their way to being served. */
  readonly #arriving = new Set<Promise<void>>();
  /** Those of them that come from a file. */
  readonly #reading = new Set<Promise<void>>();
  /** The last step of each zone that must be durable; the next follows it. */
  readonly #steps = new Map<string, Promise<void>>();

  /** Zones that are served, or about to be: what comes for them is news. */
  readonly #opened = new Set<string>();
  /** For each zone one for as long as it stays configured: what comes of an earlier stay concerns nobody any more. */
  readonly #stays = new Map<string, object>();
  /** Zones that muster's own server does not hold. */
  readonly #elsewhere = new Set<string>();

  constructor(parts: ZoneHandsParts) {
    this.#parts = parts;
    parts.outside.onLoaded((origin, loaded) => void this.#reloaded(origin, loaded));
  }

  configure(config: Config): void {
    this.#elsewhere.clear();
    for (const zone of config.zones) if (!isServedHere(zone)) this.#elsewhere.add(zone.origin);
    void this.#parts.nameserver.allow(zoneAccess(config), config.keys);
    this.#parts.outside.configure(config);
  }

  /** Resolves when every zone that was to be loaded or opened is, or was refused. */
  async arrived(): Promise<void> {
    while (this.#arriving.size > 0) await Promise.allSettled(this.#arriving);
  }

  /** Resolves when every zone file that was to be read is in force, or was refused. */
  async filesRead(): Promise<void> {
    while (this.#reading.size > 0) await Promise.allSettled(this.#reading);
  }

  load(effect: EffectOf<"load-zone">): void {
    const loading = this.#arrive(effect.origin, (isOver) => this.#load(effect, isOver));
    if (effect.file === null) return;
    this.#reading.add(loading);
    void loading.finally(() => this.#reading.delete(loading));
  }

  open(effect: EffectOf<"open-zone">): void {
    void this.#arrive(effect.origin, (isOver) => this.#open(effect, isOver));
  }

  follow(origin: string): void {
    void this.#arrive(origin, () => this.#parts.outside.follow(origin));
  }

  remove(origin: string): void {
    this.#opened.delete(origin);
    this.#stays.delete(origin);
    this.#parts.outside.forget(origin);
    void this.#parts.nameserver.removeZone(textName(origin));
  }

  publish(transaction: ZoneTransaction): Publication {
    const served = this.#serve(transaction);
    const done = served.then(async ({ isServed, kept }) => {
      await kept;
      return isServed;
    });
    return { served, done };
  }

  #stayOf(origin: string): object {
    const stay = this.#stays.get(origin) ?? {};
    this.#stays.set(origin, stay);
    return stay;
  }

  /** What a zone gets before it is opened is no change to anybody. */
  async #serve(transaction: ZoneTransaction): Promise<{ isServed: boolean; kept: Promise<void> | null }> {
    const origin = originText(transaction.origin);
    const isOpen = this.#opened.has(origin);
    const stay = this.#stays.get(origin);
    const served = this.#elsewhere.has(origin) ? null : this.#parts.nameserver.publish(transaction);
    this.#parts.outside.wanted(transaction);
    if (served === null) {
      // Only other servers hold it.
      this.#parts.outside.published({ origin, serial: transaction.serial });
      return { isServed: true, kept: null };
    }
    const outcome = await served;
    if (outcome.kind !== "ok") this.#tellFailure(transaction, outcome);
    if (outcome.kind !== "ok" || !isOpen) return { isServed: outcome.kind === "ok", kept: null };
    const { delta, digest, serial } = outcome;
    if (serial !== transaction.serial && this.#stays.get(origin) === stay) {
      this.#parts.dispatch({ kind: "serial-raised", origin, proposed: transaction.serial, serial });
      this.#parts.outside.loaded(transaction.origin, serial);
    }
    return { isServed: true, kept: this.#keep(origin, { serial, digest, delta }, stay) };
  }

  /** A zone that was loaded anew while it was served: what differs is a change like any other. */
  async #reloaded(origin: Name, loaded: LoadedZone): Promise<void> {
    const { changed, delta, digest, serial } = loaded;
    const zone = originText(origin);
    this.#parts.outside.loaded(origin, serial);
    if (changed) await this.#keep(zone, { serial, digest, delta });
    // Without a past nobody is told what differs, and the serial may be new all the same.
    else if (this.#opened.has(zone)) this.#parts.outside.published({ origin: zone, serial });
  }

  #arrive(origin: string, work: (isOver: () => boolean) => Promise<void>): Promise<void> {
    const stay = this.#stayOf(origin);
    const isOver = (): boolean => this.#stays.get(origin) !== stay;
    const arriving = work(isOver).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      if (!isOver()) this.#parts.dispatch({ kind: "zone-refused", origin, reason });
    });
    this.#arriving.add(arriving);
    void arriving.finally(() => this.#arriving.delete(arriving));
    return arriving;
  }

  async #load(effect: EffectOf<"load-zone">, isOver: () => boolean): Promise<void> {
    const { decided, file, hosts, origin, removalMax, sets } = effect;
    const { dispatch, log, nameserver } = this.#parts;
    const name = textName(origin);
    const outcome = await nameserver.loadZone(
      file === null ? { origin: name, rrsets: sets } : fileSource({ decided, file, hosts, origin, removalMax }),
    );
    if (isOver()) return this.#leave(origin);
    if (!outcome.ok) return dispatch({ kind: "zone-refused", origin, reason: outcome.error.join("; ") });
    for (const warning of outcome.value.warnings) log.warn(warning);
    dispatch({ kind: "zone-loaded", origin, serial: outcome.value.serial });
    await this.#reloaded(name, outcome.value);
  }

  /** What was read for a zone that has left lies there for nobody; if it has come back, it is read again. */
  #leave(origin: string): void {
    if (!this.#stays.has(origin)) void this.#parts.nameserver.removeZone(textName(origin));
  }

  async #open(effect: EffectOf<"open-zone">, isOver: () => boolean): Promise<void> {
    const { before, origin, serial: proposed } = effect;
    const { dispatch, nameserver, store } = this.#parts;
    const stored = await store.loadPast(origin);
    if (isOver()) return;
    const isLast = stored === null || before === null || !serialGreater(before, stored.serial);
    const past = isLast ? stored : null;
    this.#opened.add(origin);
    const { digest, serial } = await nameserver.openZone({ origin: textName(origin), serial: proposed, past });
    if (isOver()) return;
    dispatch({ kind: "zone-opened", origin, proposed, serial });
    if (digest !== "" && serial !== past?.serial) await this.#keep(origin, { serial, digest, delta: null });
    else this.#parts.outside.published({ origin, serial, quiet: true });
  }

  /**
   * Makes a step durable after those before it, then tells others. The store writes in the order in which it is asked, so
   * steps that come while one is written go together in the next commit; only the telling waits for those before.
   */
  #keep(zone: string, step: Omit<PastStep, "zone">, stay = this.#stays.get(zone)): Promise<void> {
    const before = this.#steps.get(zone) ?? Promise.resolve();
    const mine = this.#keepNow({ zone, ...step }, { before, stay });
    this.#steps.set(zone, mine);
    void mine.then(() => {
      if (this.#steps.get(zone) === mine) this.#steps.delete(zone);
    });
    return mine;
  }

  /**
   * A past that cannot be stored does not hold up the news: the serial is the time, so that even a restart without it
   * goes on above; secondaries then take the zone whole.
   */
  async #keepNow(step: PastStep, { before, stay }: { before: Promise<void>; stay: object | undefined }): Promise<void> {
    const saved: SaveOutcome = step.digest === "" ? { kind: "ok" } : await this.#parts.store.savePast(step);
    if (saved.kind === "failed") this.#parts.log.warn(`The past of zone ${step.zone} was not stored: ${saved.reason}.`);
    await before;
    if (this.#stays.get(step.zone) !== stay) return;
    this.#parts.outside.published({ origin: step.zone, serial: step.serial });
  }

  #tellFailure({ origin, serial }: ZoneTransaction, outcome: Exclude<PublishOutcome, { kind: "ok" }>): void {
    const zone = nameText(origin);
    const sentence = `zone ${zone} serial ${serial} was not published: ${outcome.reason}`;
    this.#parts.dispatch({ kind: "trouble", subject: zone, rule: `publish/${outcome.kind}`, sentence });
  }
}

function zoneAccess(config: Config): readonly ZoneAccess[] {
  return zonesOf(config).map(({ origin, primaries, publish, transfer, updates }) => ({
    origin: textName(origin),
    inFile: publish.some((place) => place.kind === "file" && !place.block),
    transfer,
    updates,
    primaries,
  }));
}

/** The same names as the nameserver wants them. */
export function fileSource(of: {
  readonly origin: string;
  readonly file: string;
  readonly hosts: readonly string[];
  readonly decided: readonly string[];
  readonly removalMax: number | null;
}): ZoneFileSource {
  const { decided, hosts, origin } = of;
  return { ...of, origin: textName(origin), hosts: hosts.map(textName), decided: decided.map(textName) };
}

function originText(origin: Name): string {
  return nameText(origin).replace(/\.$/, "").toLowerCase();
}
