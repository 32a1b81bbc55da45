import type { OutletView } from "../core/view.ts";
import type { Name, RRset, SetKey } from "../dns/types.ts";

/**
 * What a zone outside should hold of muster's: all its managed sets, and which of them have just changed. It is a state
 * and not a change, so an outlet that missed some catches up with the newest and never sends a stale one.
 */
export interface WantedZone {
  readonly origin: Name;
  readonly serial: number;
  /** By `ownerTypeKey`; grows and shrinks as decisions change it. A set without records means: nothing there. */
  readonly sets: ReadonlyMap<string, RRset>;
  /** Null: compare everything. */
  readonly changed: readonly SetKey[] | null;
}

/** A place outside where a zone's managed records go: another nameserver by UPDATE, or a file. */
export interface Outlet {
  /** From now on this is wanted. Returns at once; the newest call counts. */
  want(zone: WantedZone): void;
  view(): OutletView;
  close(): Promise<void>;
}
