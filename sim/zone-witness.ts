/**
 * Promises about zones, watched from outside: by what secondaries hold, what they were told, and what clients were
 * promised. It remembers every state that the primary ever served under a serial.
 */
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

export class BrokenPromise extends Error {
  override readonly name = "BrokenPromise";
}

export class ZonePromises {
  /** What the primary served, by origin and serial. */
  readonly #states = new Map<string, string>();
  /** The highest serial of each zone that anybody outside has heard of. */
  readonly #outside = new Map<string, number>();
  /** The largest number of each name that a client was told is kept. */
  readonly #acknowledged = new Map<string, number>();

  /** The highest serial of each zone that was ever served, whoever has heard of it. */
  readonly highest = new Map<string, number>();
  /** What is served by the life that runs. */
  readonly #serving = new Map<string, number>();

  onStart(): void {
    this.#serving.clear();
  }

  /** The primary serves a zone under another serial, or for the first time in a life. */
  onServed(origin: string, zone: Zone): void {
    const state = stateOf(keysOf(zone));
    const { serial } = zone;
    const serving = this.#serving.get(origin);
    if (serving !== undefined && !serialGreater(serial, serving))
      throw new BrokenPromise(`the serial of ${origin} went from ${serving} to ${serial}`);
    this.#serving.set(origin, serial);
    raise(this.highest, origin, serial);
    const outside = this.#outside.get(origin);
    if (outside !== undefined && serialGreater(outside, serial))
      throw new BrokenPromise(`${origin} is served with serial ${serial}, and ${outside} is known outside`);
    const before = this.#states.get(`${origin} ${serial}`);
    if (serial === outside && before !== state)
      throw new BrokenPromise(`${origin} has other records than before under serial ${serial}, which is known outside`);
    this.#states.set(`${origin} ${serial}`, state);
  }

  /** Whether the zone was served with these records under this serial. */
  isState(origin: string, serial: number, sets: readonly RRset[]): boolean {
    return this.#states.get(`${origin} ${serial}`) === stateOf(sets.flatMap(recordsOf).map(recordKey));
  }

  onNotify(origin: string, serial: number, disk: MemoryDisk): void {
    if (!isDurable(disk, origin, serial))
      throw new BrokenPromise(`NOTIFY tells serial ${serial} of ${origin}, which is not durable`);
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
    for (const { parts, records, serial } of host.secondaries) {
      const zone = host.zones?.server.zone(parts.origin) ?? null;
      const own = stateOf(zone === null ? [] : keysOf(zone));
      if (zone?.serial !== serial || own !== stateOf([...records.keys()]))
        return `a secondary of ${parts.origin} is at ${serial}, the primary at ${zone?.serial}`;
    }
    return null;
  }

  /** What was acknowledged is served, or something newer. */
  checkAcknowledged(zone: Zone): void {
    for (const [name, number] of this.#acknowledged) {
      const found = numberIn(zone, name);
      if (found < number) throw new BrokenPromise(`${name} has ${found}, and ${number} was acknowledged`);
    }
  }
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
