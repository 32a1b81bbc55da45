/**
 * The simulated embedded nameserver: the real `Zone` and the real `Journal` of the answering threads, without sockets.
 * It lives as long as its controller. What it answers to other nameservers is what they would get over TCP.
 */
import { allSlices } from "../src/base/slices.ts";
import { diffZones, isNoChange, underSerial } from "../src/dns/delta.ts";
import { zoneDigest } from "../src/dns/digest.ts";
import { Journal } from "../src/dns/journal.ts";
import { nameKey, nameText, textName } from "../src/dns/name.ts";
import { furthestSerial, serialAfter, serialGreater } from "../src/dns/serial.ts";
import type { RRset, ZoneDelta, ZonePast, ZoneRecord, ZoneTransaction } from "../src/dns/types.ts";
import { Zone } from "../src/dns/zone.ts";
import { recordsOf } from "../src/dns/zone-records.ts";

interface Served {
  zone: Zone;
  readonly journal: Journal;
  isOpen: boolean;
}

interface Change {
  readonly delta: ZoneDelta;
  readonly digest: string;
}

/** As `LoadedZone`. */
export interface Loaded {
  /** What is served, or will be at the earliest. */
  readonly serial: number;
  /** Null: nothing that anybody outside must know. */
  readonly change: Change | null;
}

export type TransferAnswer =
  | { readonly kind: "current"; readonly serial: number }
  /** RFC 1995: one after the other, from what the secondary has to what is served. */
  | { readonly kind: "deltas"; readonly deltas: readonly ZoneDelta[] }
  | { readonly kind: "whole"; readonly serial: number; readonly records: readonly ZoneRecord[] };

interface OpenRequest {
  readonly serial: number;
  readonly past: ZonePast | null;
  /** A planted fault: it counts from one. */
  readonly isAnew?: boolean;
}

/** What a test plants to see it caught. */
export interface ServerFaults {
  /** A difference is left out of a transfer, and the next one says that it begins where that one began. */
  readonly dropDelta?: boolean;
  /** A zone is served as soon as it is read, whether its pools are decided or not. */
  readonly serveAtOnce?: boolean;
  /** What was served first is served for ever. */
  readonly keepOldBase?: boolean;
  /** A file that is read again brings its serial, be it behind the one that is served. */
  readonly trustFileSerial?: boolean;
  /** A change brings its serial, be it behind the one with which a file was read meanwhile. */
  readonly trustTransactions?: boolean;
}

export class ZoneServer {
  readonly #zones = new Map<string, Served>();
  readonly #faults: ServerFaults;

  constructor(faults: ServerFaults = {}) {
    this.#faults = faults;
  }

  /** As `ZoneHost.settle`: a base takes the place of the one that was there, under all that lies over it. */
  load(origin: string, sets: readonly RRset[]): Loaded {
    const zone = new Zone(textName(origin), { journaled: true });
    for (const set of sets) zone.load(set);
    const old = this.#zones.get(origin);
    if (old !== undefined) zone.layOver(old.zone.overlay);
    if (old?.isOpen === true) return this.#replace(old, zone);
    this.#zones.set(origin, { zone, journal: new Journal(), isOpen: this.#faults.serveAtOnce === true });
    return { serial: zone.serial, change: null };
  }

  #replace(old: Served, fresh: Zone): Loaded {
    const before = old.zone.serial;
    if (this.#faults.keepOldBase === true) return { serial: before, change: null };
    const wanted = fresh.serial;
    const serial = this.#faults.trustFileSerial === true ? wanted : serialAfter(before, wanted);
    fresh.setSerial(before);
    const difference = diffZones(old.zone.rrsets(), fresh.rrsets());
    old.zone = fresh;
    if (isNoChange(difference) && serial !== wanted) return { serial: before, change: null };
    const delta = underSerial(difference, serial);
    fresh.setSerial(serial);
    old.journal.append(delta);
    return { serial, change: { delta, digest: zoneDigest(fresh.rrsets()).text() } };
  }

  remove(origin: string): void {
    this.#zones.delete(origin);
  }

  /** What changed, and the digest afterwards; null while the zone is not served yet. */
  publish(transaction: ZoneTransaction): Change | null {
    const served = this.#zones.get(originText(transaction.origin));
    const isAhead = served?.isOpen !== true || this.#faults.trustTransactions === true;
    const serial = isAhead ? transaction.serial : serialAfter(served.zone.serial, transaction.serial);
    const applied = served?.zone.apply({ ...transaction, serial });
    if (served === undefined || applied === undefined)
      throw new Error("a transaction is for a zone that is not loaded");
    if (!applied.ok) throw new Error(`a transaction is refused: ${applied.error}`);
    if (applied.value === null) throw new Error("the zone says what it changed");
    if (!served.isOpen) return null;
    served.journal.append(applied.value);
    return { delta: applied.value, digest: zoneDigest(served.zone.rrsets()).text() };
  }

  /** As `Nameserver.openZone`. */
  open(origin: string, request: OpenRequest): { serial: number; digest: string } {
    const served = this.#zones.get(origin);
    if (served === undefined) throw new Error(`${origin} is opened before it is loaded`);
    const { journal, zone } = served;
    const digest = zoneDigest(zone.rrsets()).text();
    if (served.isOpen) return { serial: zone.serial, digest };
    const { past } = request;
    const isRaised = past !== null && request.serial === zone.serial && serialGreater(zone.serial, past.serial);
    const goesOn = past !== null && past.digest === digest && !isRaised;
    if (request.isAnew === true) zone.setSerial(1);
    else zone.setSerial(goesOn ? past.serial : furthestSerial([request.serial, zone.serial], past?.serial ?? null));
    if (goesOn) for (const delta of past.deltas) journal.append(delta);
    served.isOpen = true;
    return { serial: zone.serial, digest };
  }

  /** The zone if it is served. */
  zone(origin: string): Zone | null {
    const served = this.#zones.get(origin);
    return served?.isOpen === true ? served.zone : null;
  }

  /** All that is served; null: the zone is not. */
  sets(origin: string): readonly RRset[] | null {
    const zone = this.zone(origin);
    return zone === null ? null : [...zone.rrsets()];
  }

  /** The set that is served, even an empty one. */
  set(origin: string, owner: string, type: number): RRset | undefined {
    return this.zone(origin)
      ?.node(nameKey(textName(owner)))
      ?.entry(type);
  }

  /** What a secondary with `serial` gets; with null the zone whole. Null: the zone is not served. */
  transfer(origin: string, serial: number | null, condensed: boolean): TransferAnswer | null {
    const served = this.#zones.get(origin);
    if (served?.isOpen !== true) return null;
    const { journal, zone } = served;
    if (serial === zone.serial) return { kind: "current", serial };
    const records = [...zone.rrsets()].flatMap(recordsOf);
    const one = serial === null || !condensed ? null : allSlices(journal.difference(serial, records.length));
    const deltas = one === null ? (serial === null ? null : journal.since(serial)) : [one];
    if (deltas === null) return { kind: "whole", serial: zone.serial, records };
    return { kind: "deltas", deltas: this.#faults.dropDelta === true ? withoutFirst(deltas) : deltas };
  }
}

function withoutFirst(deltas: readonly ZoneDelta[]): readonly ZoneDelta[] {
  const [first, second, ...rest] = deltas;
  return first === undefined || second === undefined ? deltas : [{ ...second, from: first.from }, ...rest];
}

export function originText(origin: ZoneTransaction["origin"]): string {
  return nameText(origin).replace(/\.$/, "").toLowerCase();
}
