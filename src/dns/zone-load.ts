/**
 * From the text of a zone to its RRsets: reading, then checking, both in slices, so that the thread which answers
 * queries can do it between them.
 */
import { fail, ok, type Result } from "../base/result.ts";
import { type LaidOver, ZoneCheck } from "./zone-check.ts";
import type { Name } from "./types.ts";
import type { ZoneFault } from "./zone-file/fault.ts";
import { type ParsedZone, ZoneParser, type ZoneSource } from "./zone-file/parse.ts";

export interface LoadedZone {
  readonly zone: ParsedZone;
  readonly warnings: readonly ZoneFault[];
}

/** Reads and checks one zone. Call `step` until it is true, then take the result. */
export class ZoneLoader {
  private readonly parser: ZoneParser;
  private zone: ParsedZone | null = null;
  private check: ZoneCheck | null = null;

  private readonly laidOver: readonly LaidOver[];
  private readonly hosts: readonly Name[];

  constructor(source: ZoneSource, laidOver: readonly LaidOver[] = [], hosts: readonly Name[] = []) {
    this.laidOver = laidOver;
    this.hosts = hosts;
    this.parser = new ZoneParser(source);
  }

  /** Does about `entries` microseconds of work. True when the zone is loaded or refused. */
  step(entries: number): boolean {
    if (this.zone === null) {
      if (!this.parser.step(entries)) return false;
      this.zone = this.parser.result();
      if (this.zone.errorCount > 0) return true;
      this.check = new ZoneCheck(this.zone, this.laidOver, this.hosts);
      return false;
    }
    return this.check === null || this.check.step(entries);
  }

  /** The zone with its warnings, or every fault when one of them is an error. Only after `step` has returned true. */
  result(): Result<LoadedZone, readonly ZoneFault[]> {
    const zone = this.zone ?? this.parser.result();
    const faults = [...zone.faults, ...(this.check?.result() ?? [])];
    return faults.some((fault) => fault.severity === "error") ? fail(faults) : ok({ zone, warnings: faults });
  }
}

/** Entries between two looks at whether loading is done. */
const entriesPerStep = 4096;

/** Loads a whole zone at once. `laidOver` and `hosts`: see `ZoneCheck`. */
export function loadZone(
  source: ZoneSource,
  laidOver: readonly LaidOver[] = [],
  hosts: readonly Name[] = [],
): Result<LoadedZone, readonly ZoneFault[]> {
  const loader = new ZoneLoader(source, laidOver, hosts);
  while (!loader.step(entriesPerStep));
  return loader.result();
}
