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
import type { KeyConfig } from "../../core/model.ts";
import { diffZones } from "../../dns/delta.ts";
import { nameKey, nameText } from "../../dns/name.ts";
import { sameOctets } from "../../dns/octets.ts";
import { replaceSoaSerial } from "../../dns/rdata/index.ts";
import { addSerial, serialGreater } from "../../dns/serial.ts";
import type { NameKey, RRset, ZoneDelta, ZonePast, ZoneTransaction } from "../../dns/types.ts";
import { type Zone, ZoneTable } from "../../dns/zone.ts";
import type { ZoneAccess } from "../../ports/nameserver.ts";
import { AccessTable } from "./exchange/access.ts";
import { ZoneHistory } from "./zone-history.ts";

/** What a change came to. */
export interface ZoneChange {
  /** Null: nothing that secondaries must know. */
  readonly delta: ZoneDelta | null;
  /** Empty for a zone that is not transferred. */
  readonly digest: string;
}

export interface SettledZone extends ZoneChange {
  readonly serial: number;
  readonly names: number;
}

export class ZoneHost {
  readonly served = new ZoneTable();
  access = new AccessTable([], []);
  /** Read, and waiting for the word that every thread has them. */
  private readonly arrived = new Map<NameKey, Zone>();
  /** In place, and not served yet. */
  private readonly staged = new Map<NameKey, Zone>();
  private readonly histories = new Map<NameKey, ZoneHistory>();

  /** Keeps a zone that was read whole. */
  arrive(zone: Zone): void {
    this.arrived.set(zone.apex.key, zone);
  }

  /** Forgets what was read. */
  turnAway(origin: NameKey): void {
    this.arrived.delete(origin);
  }

  /** Puts what was read in the place of what was there, under what transactions had put over that. */
  settle(origin: NameKey): Result<SettledZone, string> {
    const fresh = this.arrived.get(origin);
    if (fresh === undefined) return fail(`${nameText(origin)} was not read to its end`);
    this.arrived.delete(origin);
    const served = this.served.get(origin);
    const old = served ?? this.staged.get(origin);
    if (old !== undefined) fresh.layOver(old.overlay);
    const change = this.replace(fresh, served);
    if (served !== undefined) this.served.set(fresh);
    else this.staged.set(origin, fresh);
    return ok({ ...change, serial: fresh.serial, names: fresh.names });
  }

  /** Gives the zone that comes the serial it must have. One that was handed out never goes back. */
  private replace(fresh: Zone, old: Zone | undefined): ZoneChange {
    if (old === undefined) return { delta: null, digest: "" };
    const history = this.histories.get(old.apex.key);
    fresh.journaled = old.journaled;
    const ahead = serialGreater(fresh.serial, old.serial);
    const serial = ahead ? fresh.serial : addSerial(old.serial, 1);
    if (history === undefined) {
      fresh.setSerial(serial);
      return { delta: null, digest: "" };
    }
    fresh.setSerial(old.serial);
    const delta = differenceOf(old, fresh, serial);
    if (delta === null) return { delta: null, digest: history.digest };
    fresh.setSerial(serial);
    return history.follow(delta);
  }

  /** Serves a zone that was staged: with its past, if its records are still those, or else with a serial ahead of it. */
  open(request: { origin: NameKey; serial: number; past: ZonePast | null }): Result<SettledZone, string> {
    const { origin, past } = request;
    const zone = this.staged.get(origin) ?? this.served.get(origin);
    if (zone === undefined) return fail(`${nameText(origin)} was not loaded`);
    const isNew = this.staged.delete(origin);
    if (isNew) this.begin(zone, { serial: request.serial, past });
    const digest = this.histories.get(origin)?.digest ?? "";
    return ok({ delta: null, digest, serial: zone.serial, names: zone.names });
  }

  private begin(zone: Zone, { serial, past }: { serial: number; past: ZonePast | null }): void {
    const origin = zone.apex.key;
    const history = this.access.isTransferred(origin) ? ZoneHistory.of(zone) : null;
    zone.journaled = history !== null;
    const goesOn = past !== null && history !== null && history.digest === past.digest;
    zone.setSerial(goesOn ? past.serial : nextSerial([serial, zone.serial], past));
    if (goesOn) history.recall(past.deltas);
    if (history !== null) this.histories.set(origin, history);
    this.served.set(zone);
  }

  /** Applies a change to a zone, served or staged. */
  publish(transaction: ZoneTransaction): Result<ZoneChange, string> {
    const origin = nameKey(transaction.origin);
    const applied = this.staged.get(origin)?.apply(transaction) ?? this.served.apply(transaction);
    if (!applied.ok) return applied;
    const history = this.histories.get(origin);
    if (history === undefined || applied.value === null) return ok({ delta: null, digest: "" });
    return ok(history.follow(applied.value));
  }

  remove(origin: NameKey): void {
    this.staged.delete(origin);
    this.histories.delete(origin);
    this.served.delete(origin);
  }

  /** Who may transfer and change zones from now on. A zone that is transferred from now on begins its history. */
  allow(access: readonly ZoneAccess[], keys: readonly KeyConfig[]): void {
    this.access = new AccessTable(access, keys);
    for (const zone of this.served.all()) {
      const origin = zone.apex.key;
      zone.journaled = this.access.isTransferred(origin);
      if (!zone.journaled) this.histories.delete(origin);
      else if (!this.histories.has(origin)) this.histories.set(origin, ZoneHistory.of(zone));
    }
  }

  /** All sets of a zone as they are now, served or staged; null: no such zone. */
  snapshot(origin: NameKey): readonly RRset[] | null {
    const zone = this.served.get(origin) ?? this.staged.get(origin);
    return zone === undefined ? null : [...zone.rrsets()];
  }

  history(origin: NameKey): ZoneHistory | undefined {
    return this.histories.get(origin);
  }
}

/** The furthest of some serials, if that is ahead of the past; else the one after it. */
function nextSerial(candidates: readonly [number, number], past: ZonePast | null): number {
  const [first, second] = candidates;
  const furthest = serialGreater(second, first) ? second : first;
  return past === null || serialGreater(furthest, past.serial) ? furthest : addSerial(past.serial, 1);
}

/** What lies between two states that have the same serial, under a new serial for the later one; null: nothing. */
function differenceOf(old: Zone, fresh: Zone, serial: number): ZoneDelta | null {
  const { removed, added } = diffZones(old.rrsets(), fresh.rrsets());
  const [before, after] = [removed[0], added[0]];
  assert(before !== undefined && after !== undefined, "a difference begins with both SOAs");
  const sameSoa = before.ttlSeconds === after.ttlSeconds && sameOctets(before.rdata, after.rdata);
  if (sameSoa && removed.length + added.length === 2) return null;
  const soa = { ...after, rdata: replaceSoaSerial(after.rdata, serial) };
  return { from: old.serial, to: serial, removed, added: [soa, ...added.slice(1)] };
}
