/**
 * The file of a zone of muster's own, which people edit and muster reads at each reload. It outlives every controller. Each
 * edit has a version, which a record of the file tells; what does not parse has one, too, which nobody may ever be served.
 */
import { textName } from "../src/dns/name.ts";
import type { RRset } from "../src/dns/types.ts";
import { parseZone } from "../src/dns/zone-file/parse.ts";
import type { Config } from "../src/core/model.ts";

/** The owner of the record that tells the version, below the zone. */
export const versionLabel = "version";

export class ZoneFile {
  readonly origin: string;
  readonly path: string;
  version = 1;
  /** As people count it: it goes up, stays, goes back, and begins anew at its end. */
  serial: number;
  isBroken = false;

  constructor(origin: string, path: string, serial: number) {
    this.origin = origin;
    this.path = path;
    this.serial = serial;
  }

  /** Another version of it, under this serial. */
  edit(serial: number, isBroken = false): void {
    this.version += 1;
    this.serial = serial >>> 0;
    this.isBroken = isBroken;
  }

  /** What is in it; null: it is refused. */
  read(): readonly RRset[] | null {
    const parsed = parseZone({ origin: textName(this.origin), file: this.path, text: this.#text() });
    return parsed.errorCount > 0 ? null : parsed.rrsets;
  }

  /** All but the broken line, as if a reader had gone on behind it. */
  readLoosely(): readonly RRset[] {
    return parseZone({ origin: textName(this.origin), file: this.path, text: this.#text() }).rrsets;
  }

  #text(): string {
    const lines = [
      "$TTL 300",
      `@ SOA ns1.example.com. hostmaster.example.com. ${this.serial} 7200 900 1209600 300`,
      "@ NS ns1.example.com.",
      `${versionLabel} TXT ${this.version}`,
      // A name that comes and goes with the versions.
      `host${this.version % 3} A 192.0.2.250`,
      ...(this.isBroken ? ["broken A 192.0.2"] : []),
    ];
    return `${lines.join("\n")}\n`;
  }
}

/** With a first serial for each, by what people count. */
export function createZoneFiles({ zones }: Config, firstSerial: () => number): ReadonlyMap<string, ZoneFile> {
  const files = zones.flatMap(({ file, origin }) => (file === null ? [] : [new ZoneFile(origin, file, firstSerial())]));
  return new Map(files.map((file) => [file.path, file]));
}
