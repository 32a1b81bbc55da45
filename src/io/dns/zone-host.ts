/**
 * The zones of one answering thread on their way: read in pieces, staged until they are decided and opened, served, and
 * replaced while they are served. Every thread does the same in the same order, and comes to the same serials.
 *
 * A zone that somebody may transfer has a history beside its records, so that a change can be given out as a difference
 * (RFC 1995), and a digest, by which a zone that was loaded after a restart is known to be the one that was served before.
 * Other zones pay nothing for that.
 */
import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { allSlices, type Slices } from "../../base/slices.ts";
import type { KeyConfig } from "../../core/model.ts";
import { diffZones, isNoChange, underSerial } from "../../dns/delta.ts";
import { nameKey, nameText } from "../../dns/name.ts";
import { rrType } from "../../dns/rr-types.ts";
import { furthestSerial, serialAfter, serialGreater } from "../../dns/serial.ts";
import type { Name, NameKey, RRset, ZoneDelta, ZonePast, ZoneTransaction } from "../../dns/types.ts";
import { type Zone, ZoneTable } from "../../dns/zone.ts";
import { soaSerial } from "../../dns/zone-records.ts";
import type { ZoneAccess } from "../../ports/nameserver.ts";
import type { BaseChanges } from "./base-changes.ts";
import { AccessTable } from "./exchange/access.ts";
import { Turns } from "./turns.ts";
import { ZoneArrival } from "./zone-arrival.ts";
import { ZoneHistory } from "./zone-history.ts";

/** What a change came to. */
export interface ZoneChange {
  /** Null: nothing that secondaries must know, or more than is told as a difference. */
  readonly delta: ZoneDelta | null;
  /** Empty for a zone that is not transferred. */
  readonly digest: string;
}

export interface SettledZone extends ZoneChange {
  /** Secondaries must know, be it without a difference. */
  readonly changed: boolean;
  readonly serial: number;
  readonly names: number;
}

interface Sum {
  readonly history: ZoneHistory;
  readonly work: Slices<void>;
  readonly done: Promise<void>;
}

export class ZoneHost {
  readonly served = new ZoneTable();
  access = new AccessTable([], []);
  /** Being read, or waiting for the word that every thread has them. */
  private readonly arrivals = new Map<NameKey, ZoneArrival>();
  /** In place, and not served yet. */
  private readonly staged = new Map<NameKey, Zone>();
  /** Of zones that are transferred, staged ones included. */
  private readonly histories = new Map<NameKey, ZoneHistory>();
  /** Of zones that are transferred since a moment ago: being summed up while they are served. */
  private readonly sums = new Map<NameKey, Sum>();
  private readonly turns: Turns;

  constructor(turns: Turns = new Turns()) {
    this.turns = turns;
  }

  /** Begins to take a zone, which lies beside the one that is served until `settle`. */
  expect(origin: Name): ZoneArrival {
    const key = nameKey(origin);
    const transferred = this.access.isTransferred(key);
    const isCompared = transferred && (this.histories.has(key) || this.sums.has(key));
    const replaced = this.served.get(key) ?? null;
    const arrival = new ZoneArrival(origin, { served: isCompared ? replaced : null, replaced, transferred });
    this.arrivals.set(key, arrival);
    return arrival;
  }

  /** Forgets what was read. */
  turnAway(origin: NameKey): void {
    this.arrivals.delete(origin);
  }

  /** Puts what was read in the place of what was there, under what transactions had put over that. */
  settle(origin: NameKey): Result<SettledZone, string> {
    const arrival = this.arrivals.get(origin);
    if (arrival?.whole !== true) return fail(`${nameText(origin)} was not read to its end`);
    this.arrivals.delete(origin);
    const fresh = arrival.zone;
    const served = this.served.get(origin);
    // All threads must come to the same, whichever is the fastest.
    this.sumNow(origin);
    if (arrival.changes !== null) return this.rebase(origin, arrival.changes);
    const old = served ?? this.staged.get(origin);
    if (old !== undefined) arrival.layOver(old);
    const change = served === undefined ? this.stage(arrival) : this.replace(arrival, served);
    if (served !== undefined) this.served.set(fresh);
    return ok({ ...change, serial: fresh.serial, names: fresh.names });
  }

  private stage({ history, zone }: ZoneArrival): ZoneChange & { changed: boolean } {
    this.staged.set(zone.apex.key, zone);
    if (history === null) this.histories.delete(zone.apex.key);
    else this.histories.set(zone.apex.key, history);
    zone.journaled = history !== null;
    return { changed: false, delta: null, digest: "" };
  }

  /** Gives the zone that comes the serial it must have. One that was handed out never goes back. */
  private replace(arrival: ZoneArrival, old: Zone): ZoneChange & { changed: boolean } {
    const fresh = arrival.zone;
    const history = this.histories.get(old.apex.key);
    fresh.journaled = old.journaled;
    const wanted = fresh.serial;
    fresh.setSerial(old.serial);
    if (history === undefined) return this.follow(fresh, { difference: null, wanted });
    const difference = arrival.served === old ? arrival.differenceFrom(old) : diffZones(old.rrsets(), fresh.rrsets());
    if (difference === null) return this.beginAnew(arrival, serialAfter(old.serial, wanted));
    return this.follow(fresh, { difference, wanted });
  }

  /** Changes the base of a served zone where it is: the outcome is that of a whole zone which differs in just that. */
  private rebase(origin: NameKey, { gone, put }: BaseChanges): Result<SettledZone, string> {
    const zone = this.served.get(origin);
    const rdata = put.find(({ type }) => type === rrType.SOA)?.rdata[0];
    if (zone === undefined || rdata === undefined) return fail(`${nameText(origin)} cannot be told what differs in it`);
    const about = { origin: zone.origin, serial: zone.serial, layer: "base" } as const;
    const { journaled } = zone;
    // So little can be compared without a history, too.
    zone.journaled = true;
    const applied = this.served.apply({ ...about, put, remove: gone });
    zone.journaled = journaled;
    if (!applied.ok) return applied;
    const change = this.follow(zone, { difference: applied.value, wanted: soaSerial({ rdata }) });
    return ok({ ...change, serial: zone.serial, names: zone.names });
  }

  /**
   * A zone has come under its old serial. That stays if nothing differs and the source has not raised its own; what
   * differs in unknown ways (null) counts as a change. Without a history nobody is told.
   */
  private follow(
    zone: Zone,
    { difference, wanted }: { difference: ZoneDelta | null; wanted: number },
  ): ZoneChange & { changed: boolean } {
    const history = this.histories.get(zone.apex.key);
    const serial = serialAfter(zone.serial, wanted);
    if (difference !== null && isNoChange(difference) && serial !== wanted) {
      return { changed: false, delta: null, digest: history?.digest ?? "" };
    }
    zone.setSerial(serial);
    if (history === undefined || difference === null) return { changed: false, delta: null, digest: "" };
    return { changed: true, ...history.follow(underSerial(difference, serial)) };
  }

  /** So much has changed that nobody is told what. */
  private beginAnew({ history, zone }: ZoneArrival, serial: number): ZoneChange & { changed: boolean } {
    assert(history !== null, "what differs in too much has a history of its own");
    zone.setSerial(serial);
    this.histories.set(zone.apex.key, history);
    return { changed: true, delta: null, digest: history.digest };
  }

  /**
   * Serves a zone that was staged: with its past, if its records are still those and nobody has raised the source's serial,
   * or else with a serial ahead of it.
   */
  open(request: { origin: NameKey; serial: number; past: ZonePast | null }): Result<SettledZone, string> {
    const { origin, past } = request;
    const zone = this.staged.get(origin) ?? this.served.get(origin);
    if (zone === undefined) return fail(`${nameText(origin)} was not loaded`);
    const isNew = this.staged.delete(origin);
    if (isNew) this.begin(zone, { serial: request.serial, past });
    const digest = this.histories.get(origin)?.digest ?? "";
    return ok({ changed: false, delta: null, digest, serial: zone.serial, names: zone.names });
  }

  private begin(zone: Zone, { serial, past }: { serial: number; past: ZonePast | null }): void {
    const origin = zone.apex.key;
    const history = this.access.isTransferred(origin) ? (this.histories.get(origin) ?? ZoneHistory.of(zone)) : null;
    zone.journaled = history !== null;
    // Else the serial that is proposed is further than the source's.
    const isRaised = past !== null && serial === zone.serial && serialGreater(serial, past.serial);
    const goesOn = past !== null && history !== null && history.digest === past.digest && !isRaised;
    zone.setSerial(goesOn ? past.serial : furthestSerial([serial, zone.serial], past?.serial ?? null));
    if (goesOn) history.recall(past.deltas);
    if (history === null) this.histories.delete(origin);
    else this.histories.set(origin, history);
    this.served.set(zone);
  }

  /**
   * Applies a change to a zone, served or staged, under its serial, or a further one: whoever made it may not have heard yet
   * with which serial the zone was read anew.
   */
  publish(transaction: ZoneTransaction): Result<ZoneChange & { readonly serial: number }, string> {
    const origin = nameKey(transaction.origin);
    const staged = this.staged.get(origin);
    const before = staged === undefined ? this.served.get(origin)?.serial : undefined;
    const serial = before === undefined ? transaction.serial : serialAfter(before, transaction.serial);
    const applied = staged?.apply(transaction) ?? this.served.apply({ ...transaction, serial });
    if (!applied.ok) return applied;
    return ok({ ...this.published(transaction, applied.value), serial });
  }

  private published(transaction: ZoneTransaction, delta: ZoneDelta | null): ZoneChange {
    const origin = nameKey(transaction.origin);
    this.arrivals.get(origin)?.note([...transaction.put, ...transaction.remove]);
    if (delta !== null) this.sums.get(origin)?.history.adjust(delta);
    const history = this.histories.get(origin);
    if (history === undefined || delta === null) return { delta: null, digest: "" };
    if (!this.staged.has(origin)) return history.follow(delta);
    history.adjust(delta);
    return { delta: null, digest: "" };
  }

  remove(origin: NameKey): void {
    // What comes for it has some of what lay over it.
    this.arrivals.delete(origin);
    this.staged.delete(origin);
    this.forgetPast(origin);
    this.served.delete(origin);
  }

  /** Who may transfer and change zones from now on. A zone that is transferred from now on begins its history. */
  allow(access: readonly ZoneAccess[], keys: readonly KeyConfig[]): void {
    this.access = new AccessTable(access, keys);
    for (const zone of this.served.all()) {
      const origin = zone.apex.key;
      zone.journaled = this.access.isTransferred(origin);
      if (!zone.journaled) this.forgetPast(origin);
      else if (!this.histories.has(origin) && !this.sums.has(origin)) this.beginSum(zone);
    }
  }

  /** Until it is done the zone is transferred whole, and its changes are told without a difference. */
  private beginSum(zone: Zone): void {
    const origin = zone.apex.key;
    const history = new ZoneHistory();
    const work = history.sumUp(zone);
    // With the first step it is settled what is summed up.
    work.next();
    const done = this.turns.take().then(async () => {
      await this.turns.run(work);
      if (this.sums.get(origin)?.history === history) this.endSum(origin, history);
    });
    this.sums.set(origin, { history, work, done });
  }

  private endSum(origin: NameKey, history: ZoneHistory): void {
    this.sums.delete(origin);
    this.histories.set(origin, history);
  }

  /** Resolves when the zone has its history, or needs none. */
  async summed(origin: NameKey): Promise<void> {
    await this.sums.get(origin)?.done;
  }

  private sumNow(origin: NameKey): void {
    const sum = this.sums.get(origin);
    if (sum === undefined) return;
    allSlices(sum.work);
    this.endSum(origin, sum.history);
  }

  private forgetPast(origin: NameKey): void {
    this.histories.delete(origin);
    this.sums.get(origin)?.work.return();
    this.sums.delete(origin);
  }

  /** All sets of a zone as they are when the first is taken, served or staged; null: no such zone. */
  view(origin: NameKey): Iterable<RRset> | null {
    const zone = this.served.get(origin) ?? this.staged.get(origin);
    return zone === undefined ? null : zone.view();
  }

  history(origin: NameKey): ZoneHistory | undefined {
    return this.histories.get(origin);
  }
}
