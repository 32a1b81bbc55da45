/**
 * A zone file of another server: muster writes it, people edit it, its disk fills, and the command that makes the server
 * read it fails or hangs. It outlives every controller, and so does what the server has read.
 */
import { type Wall, wall } from "../src/base/time.ts";
import type { Config, FilePublishConfig } from "../src/core/model.ts";
import { textName } from "../src/dns/name.ts";
import type { Name } from "../src/dns/types.ts";
import { findBlock, findSoaSerial, placeBlock } from "../src/dns/zone-file/block.ts";

/** `refuses`: what is to be written does not pass the check. */
export type FileMood = "works" | "full" | "refuses" | "slow";
export type ReloadMood = "works" | "fails" | "hangs";

const byHand = `; kept by hand
$TTL 3600
@ SOA ns1.example.net. hostmaster ( 2026010101 ; serial
  7200 900 1209600 300 )
@ NS ns1.example.net.
hand A 192.0.2.250 ; stays
`;

export class OtherFile {
  readonly origin: string;
  readonly config: FilePublishConfig;
  mood: FileMood = "works";
  reloadMood: ReloadMood = "works";
  /** Done once, in place of the next reload. */
  atReload: (() => void) | null = null;
  /** What the server has read; null: nothing yet. */
  loaded: string | null = null;
  changedAt: Wall = wall(0);
  /** Rises with each change. */
  stamp = 0;
  #text: string | null;

  constructor(origin: string, config: FilePublishConfig) {
    this.origin = origin;
    this.config = config;
    this.#text = config.block ? byHand : null;
  }

  get name(): Name {
    return textName(this.origin);
  }

  /** Null: there is no file. */
  get text(): string | null {
    return this.#text;
  }

  put(text: string | null, at: Wall): void {
    this.#text = text;
    this.changedAt = at;
    this.stamp += 1;
  }
}

export function withoutBlock(text: string): string {
  const at = findBlock(text);
  return at.ok && at.value !== null ? placeBlock(text, "", at.value) : text;
}

/** What people wrote, but for the serial, which muster raises. */
export function handPart(text: string): string {
  const rest = withoutBlock(text);
  const serial = findSoaSerial(rest);
  return serial === null ? rest : `${rest.slice(0, serial.start)}SERIAL${rest.slice(serial.end)}`;
}

export function createOtherFiles({ zones }: Config): readonly OtherFile[] {
  return zones.flatMap(({ origin, publish }) =>
    publish.flatMap((way) => (way.kind === "file" ? [new OtherFile(origin, way)] : [])),
  );
}
