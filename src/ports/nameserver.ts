import type { Result } from "../base/result.ts";
import type { KeyConfig, PeerConfig, TransferConfig, UpdateGrant } from "../core/model.ts";
import type { Name, RRset, SetKey, ZoneDelta, ZonePast } from "../dns/types.ts";
import type { Publisher } from "./publisher.ts";

/** Where a zone's base comes from: a master file, or sets that muster made or another primary gave. */
export type ZoneSource =
  | ZoneFileSource
  | { readonly origin: Name; readonly rrsets: Iterable<RRset> }
  /** Packed by the one who packs for this nameserver. */
  | { readonly origin: Name; readonly pieces: readonly Uint8Array[] };

export interface ZoneFileSource {
  readonly origin: Name;
  readonly file: string;
  /** Names that get their addresses from elsewhere, such as a pool's, so that the file may lack them. */
  readonly hosts?: readonly Name[];
  /** Names whose records are decided elsewhere: the file must not delegate them away, and what it has of them is not missed. */
  readonly decided?: readonly Name[];
  /** Share of the records of the file that was read before, from 0 to 1, that may be gone; null or absent: all of them. */
  readonly removalMax?: number | null;
}

/** A zone file beside the one that is served, its names that are decided elsewhere aside. */
export interface FileComparison {
  /** Records that are served of it, without the SOA, and how many of them would be gone; a TTL alone is no matter. */
  readonly published: number;
  readonly removed: number;
  /** Lines of a master file that go and that come; of many the first. */
  readonly lost: readonly string[];
  readonly gained: readonly string[];
}

export interface LoadedZone {
  /** The serial that is served: the source's, or one more than before when the source's is not ahead. */
  readonly serial: number;
  readonly names: number;
  /** Sentences with file and line. */
  readonly warnings: readonly string[];
  /** It differs from the zone that was served before, is transferred, and was given a new serial. */
  readonly changed: boolean;
  /** What differs, when it has changed; null: so much that it is not told record by record. */
  readonly delta: ZoneDelta | null;
  /** Empty for a zone that is not transferred. */
  readonly digest: string;
}

/** How a zone is served to other servers. */
export interface ZoneAccess {
  readonly origin: Name;
  readonly transfer: TransferConfig;
  readonly updates: readonly UpdateGrant[];
  /** May send NOTIFY. */
  readonly primaries: readonly PeerConfig[];
  /** Its past is kept also when nobody may transfer it, since a file holds it by its serial. Absent: it is not. */
  readonly inFile?: boolean;
}

/** What came over DNS and must be decided elsewhere. */
export type ZoneRequest =
  | { readonly kind: "notify"; readonly origin: Name; readonly serial: number | null; readonly from: string }
  /** Decided one after the other: what each would change in the layer `updates` after those before it. */
  | { readonly kind: "updates"; readonly origin: Name; readonly updates: readonly RequestedUpdate[] };

/** Signed, permitted, and its prerequisites hold. */
export interface RequestedUpdate {
  readonly key: string;
  readonly put: readonly RRset[];
  readonly remove: readonly SetKey[];
  /** Called once with the rcode, when it is durable and served, or refused. */
  readonly answer: (rcode: number) => void;
}

/**
 * The embedded DNS server as the controller's runner sees it. It answers from its own memory, so nothing that is
 * called here ever delays a query.
 */
export interface Nameserver extends Publisher {
  /**
   * Loads or replaces a zone's base. A refused one changes nothing: each string is one fault, with file and line. A zone
   * that is new is not served before `openZone`.
   */
  loadZone(source: ZoneSource): Promise<Result<LoadedZone, readonly string[]>>;
  /** What `loadZone` would change, or why it would refuse; changes nothing. */
  compareFile(source: ZoneFileSource): Promise<Result<FileComparison, readonly string[]>>;
  /**
   * Serves a zone that was loaded and got its first transactions. When its records are those of `past` it goes on with
   * that serial and its differences; otherwise with `serial`, and secondaries take it whole. Returns what is served.
   */
  openZone(request: {
    origin: Name;
    serial: number;
    past: ZonePast | null;
  }): Promise<{ serial: number; digest: string }>;
  removeZone(origin: Name): Promise<void>;
  /** All records of a zone as it is served, in pieces, for a file. */
  readZone(origin: Name): AsyncIterable<readonly RRset[]>;
  /** Who may transfer and update; replaces what was said before, zone by zone. */
  allow(access: readonly ZoneAccess[], keys: readonly KeyConfig[]): Promise<void>;
  onRequest(listener: (request: ZoneRequest) => void): void;
  /** Binds its addresses and begins to answer. Rejects when a port is taken. */
  listen(): Promise<void>;
  /** Numbers since the start, by metric name. */
  counters(): Promise<Readonly<Record<string, number>>>;
}
