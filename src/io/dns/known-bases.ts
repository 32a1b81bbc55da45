/** What the threads that answer have as base of each zone that is served and was read from a file. */
import type { NameKey, ZoneTransaction } from "../../dns/types.ts";
import { nameKey } from "../../dns/name.ts";

export class KnownBases {
  /** Zones that are served; others cannot be told what differs. */
  readonly #served = new Set<NameKey>();
  /** Packed, in memory that is shared with the threads. */
  readonly #pieces = new Map<NameKey, readonly Uint8Array[]>();

  /** This and the rest: to be told before the threads are, which keep the order of what they are told. */
  opened(key: NameKey): void {
    this.#served.add(key);
  }

  removed(key: NameKey): void {
    this.#served.delete(key);
    this.#pieces.delete(key);
  }

  isServed(key: NameKey): boolean {
    return this.#served.has(key);
  }

  /** Null: it is not known. The same list as before: nothing has changed it in between. */
  get(key: NameKey): readonly Uint8Array[] | null {
    return this.#served.has(key) ? (this.#pieces.get(key) ?? null) : null;
  }

  set(key: NameKey, pieces: readonly Uint8Array[] | null): void {
    if (pieces === null) this.#pieces.delete(key);
    else this.#pieces.set(key, pieces);
  }

  /** Somebody else changes a base. */
  publish({ layer, origin, put, remove }: ZoneTransaction): void {
    if (layer === "base" && put.length + remove.length > 0) this.#pieces.delete(nameKey(origin));
  }
}
