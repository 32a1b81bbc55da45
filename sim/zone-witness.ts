/**
 * Promises about zones, watched from outside: by what secondaries hold, what they were told, and what clients were
 * promised. It remembers every state that the primary ever served under a serial.
 */
import type { Mono } from "../src/base/time.ts";
import type { Config } from "../src/core/model.ts";
import { nameKey, textName } from "../src/dns/name.ts";
import { rrType } from "../src/dns/rr-types.ts";
import { serialGreater } from "../src/dns/serial.ts";
import type { RRset } from "../src/dns/types.ts";
import type { Zone } from "../src/dns/zone.ts";
import { recordKey, recordsOf } from "../src/dns/zone-records.ts";
import type { MemoryDisk } from "../src/ports/memory-store.ts";
import { readDisk } from "../src/ports/memory-store.ts";
import type { Host } from "./host.ts";
import type { Secondary } from "./secondary.ts";
import { versionLabel } from "./zone-file.ts";

export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

/** The last of a file that could be read. */
interface Reading {
  readonly version: number;
  readonly at: Mono;
  /** Of the one before it; null: none. */
  readonly before: number | null;
}

interface ToldAbout {
  readonly disk: MemoryDisk;
  /** Null: the zone is not served. */
  readonly served: number | null;
  readonly isListening: boolean;
}

/** What was read is served within so long. */
const takeMsMax = 50;

export class ZonePromises {
  /** What the primary served, by origin and serial. */
  readonly #states = new Map<string, string>();
  /** The highest serial of each zone that anybody outside has heard of. */
  readonly #outside = new Map<string, number>();
  /** The largest number of each name that a client was told is kept. */
  readonly #acknowledged = new Map<string, number>();

  /** The highest serial of each zone that was ever served, whoever has heard of it. */
  readonly highest = new Map<string, number>();
  /** What is served, or was last, by the life that runs. */
  readonly #serving = new Map<string, number>();
  /** Zones that are served, and have not left the configuration since. */
  readonly #open = new Set<string>();
  /** By zone: what was found in its file since it is configured. */
  readonly #readings = new Map<string, Reading>();

  onStart(): void {
    this.#serving.clear();
    this.#open.clear();
    this.#readings.clear();
  }

  onReload({ zones }: Config): void {
    const kept = new Set(zones.map(({ origin }) => origin));
    for (const known of [this.#open, this.#readings])
      for (const origin of known.keys()) if (!kept.has(origin)) known.delete(origin);
  }

  /** Nobody outside has the zone any more. */
  onForgotten(origin: string): void {
    this.#outside.delete(origin);
    this.highest.delete(origin);
  }

  /** A zone's file is read. `version` null: it is refused. */
  onRead(origin: string, { at, version }: { version: number | null; at: Mono }): void {
    const before = this.#readings.get(origin);
    if (version !== null) this.#readings.set(origin, { version, at, before: before?.version ?? null });
  }

  /** The primary serves a zone under another serial, or for the first time since it is configured. */
  onServed(origin: string, zone: Zone, { disk, how }: { how: "opened" | "changed"; disk: MemoryDisk }): void {
    const state = stateOf(keysOf(zone));
    const { serial } = zone;
    this.#open.add(origin);
    const serving = this.#serving.get(origin);
    const last = [serving, disk.pasts.get(origin)?.serial].filter((one) => one !== undefined);
    for (const one of how === "opened" ? last : last.slice(0, serving === undefined ? 0 : 1)) {
      // A zone that comes back as it was may go on under its serial.
      const goesOn = how === "opened" && serial === one && this.#states.get(`${origin} ${serial}`) === state;
      if (!goesOn && !serialGreater(serial, one))
        throw new BrokenPromise(`the serial of ${origin} went from ${one} to ${serial}`);
    }
    this.#serving.set(origin, serial);
    raise(this.highest, origin, serial);
    this.#checkOutside(origin, { serial, state });
    this.#states.set(`${origin} ${serial}`, state);
  }

  /** What is known outside is not taken back. */
  #checkOutside(origin: string, { serial, state }: { serial: number; state: string }): void {
    const outside = this.#outside.get(origin);
    if (outside === undefined) return;
    if (serialGreater(outside, serial))
      throw new BrokenPromise(`${origin} is served with serial ${serial}, and ${outside} is known outside`);
    const before = this.#states.get(`${origin} ${serial}`);
    if (serial === outside && before !== state)
      throw new BrokenPromise(`${origin} has other records than before under serial ${serial}, which is known outside`);
  }

  /** Whether the zone was served with these records under this serial. */
  isState(origin: string, serial: number, sets: readonly RRset[]): boolean {
    return this.#states.get(`${origin} ${serial}`) === stateOf(sets.flatMap(recordsOf).map(recordKey));
  }

  onNotify(origin: string, serial: number, about: ToldAbout): void {
    const { disk, isListening, served } = about;
    const what = `NOTIFY tells serial ${serial} of ${origin}`;
    if (!isListening) throw new BrokenPromise(`${what} before muster answers`);
    if (served === null || serialGreater(serial, served)) throw new BrokenPromise(`${what}, which is not served`);
    if (!isDurable(disk, origin, serial)) throw new BrokenPromise(`${what}, which is not durable`);
    raise(this.#outside, origin, serial);
  }

  /** A secondary serves a serial that it did not serve before. */
  onSecondary({ parts, records, serial }: Secondary): void {
    if (serial === null) return;
    const { origin } = parts;
    const known = this.#states.get(`${origin} ${serial}`);
    if (known === undefined) throw new BrokenPromise(`a secondary of ${origin} is at ${serial}, which never was`);
    if (known !== stateOf([...records.keys()]))
      throw new BrokenPromise(`a secondary of ${origin} at serial ${serial} has other records than the primary had`);
    raise(this.#outside, origin, serial);
  }

  /** A backup may lack what was acknowledged after it was taken. */
  onRestored(): void {
    this.#acknowledged.clear();
  }

  onAcknowledged(name: string, number: number): void {
    this.#acknowledged.set(name, Math.max(number, this.#acknowledged.get(name) ?? 0));
  }

  /** In quiet times every secondary serves what the primary serves. Null: they do. */
  findLaggard(host: Host): string | null {
    for (const { origin } of host.config.zones)
      if ((host.zones?.server.zone(origin) ?? null) === null) return `${origin} is not served`;
    for (const { parts, records, serial } of host.secondaries) {
      if (!isConfigured(parts.origin, host)) continue;
      const zone = host.zones?.server.zone(parts.origin) ?? null;
      const own = stateOf(zone === null ? [] : keysOf(zone));
      if (zone?.serial !== serial || own !== stateOf([...records.keys()]))
        return `a secondary of ${parts.origin} is at ${serial}, the primary at ${zone?.serial}`;
    }
    return null;
  }

  /** Whoever asks for a pool's name is never told that there is none. */
  checkNames(zone: Zone, pools: readonly string[]): void {
    for (const name of pools)
      if (zone.node(nameKey(textName(name))) === undefined)
        throw new BrokenPromise(`${name} is answered with NXDOMAIN`);
  }

  /** What is served of a file is what was found in it last, broken ones aside; soon after a reading. */
  checkFile(origin: string, zone: Zone, now: Mono): void {
    const reading = this.#readings.get(origin);
    const served = numberIn(zone, `${versionLabel}.${origin}`);
    if (reading === undefined || served === reading.version) return;
    if (served !== reading.before || now - reading.at > takeMsMax)
      throw new BrokenPromise(`${origin} is served as of version ${served}, its file was read at ${reading.version}`);
  }

  /** A zone goes on for as long as it is configured, and one whose file could be read is served. */
  checkServed(origin: string, { now, zone }: { zone: Zone | null; now: Mono }): void {
    if (zone !== null) return this.checkFile(origin, zone, now);
    if (this.#open.has(origin)) throw new BrokenPromise(`${origin} is configured, and is served no more`);
  }

  /** Its file could be read since it is configured. */
  hasReading(origin: string): boolean {
    return this.#readings.has(origin);
  }

  /** What was acknowledged is served, or something newer. */
  checkAcknowledged(origin: string, zone: Zone): void {
    for (const [name, number] of this.#acknowledged) {
      if (!name.endsWith(`.${origin}`)) continue;
      const found = numberIn(zone, name);
      if (found < number) throw new BrokenPromise(`${name} has ${found}, and ${number} was acknowledged`);
    }
  }
}

function isConfigured(zone: string, { config }: Host): boolean {
  return config.zones.some(({ origin }) => origin === zone);
}

function isDurable(disk: MemoryDisk, origin: string, serial: number): boolean {
  const durable = readDisk(disk).serials[origin];
  return durable !== undefined && !serialGreater(serial, durable);
}

function raise(serials: Map<string, number>, origin: string, serial: number): void {
  const before = serials.get(origin);
  if (before === undefined || serialGreater(serial, before)) serials.set(origin, serial);
}

/** The number in the TXT record of a name; 0: none. */
function numberIn(zone: Zone, name: string): number {
  const rdata = zone.node(nameKey(textName(name)))?.set(rrType.TXT)?.rdata[0];
  return rdata === undefined ? 0 : Number(new TextDecoder().decode(rdata.subarray(1)));
}

function keysOf(zone: Zone): readonly string[] {
  return [...zone.rrsets()].flatMap(recordsOf).map(recordKey);
}

function stateOf(keys: readonly string[]): string {
  return keys.toSorted().join("\n");
}
