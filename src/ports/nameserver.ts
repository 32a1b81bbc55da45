import type { Result } from "../base/result.ts";
import type { Name, RRset } from "../dns/types.ts";
import type { Publisher } from "./publisher.ts";

/** Where a zone's own records come from: a master file, or sets that muster made. */
export type ZoneSource =
  | { readonly origin: Name; readonly file: string }
  | { readonly origin: Name; readonly rrsets: readonly RRset[] };

export interface LoadedZone {
  /** The serial that is served: the file's, or one more than before when the file's is not ahead. */
  readonly serial: number;
  readonly names: number;
  /** Sentences with file and line. */
  readonly warnings: readonly string[];
}

/**
 * The embedded DNS server as the controller's runner sees it. It answers from its own memory, so nothing that is
 * called here ever delays a query.
 */
export interface Nameserver extends Publisher {
  /** Loads or replaces a zone. A refused one changes nothing: each string is one fault, with file and line. */
  loadZone(source: ZoneSource): Promise<Result<LoadedZone, readonly string[]>>;
  removeZone(origin: Name): Promise<void>;
  /** Binds its addresses and begins to answer. Rejects when a port is taken. */
  listen(): Promise<void>;
  /** Numbers since the start, by metric name. */
  counters(): Promise<Readonly<Record<string, number>>>;
}
