/**
 * The shapes that the DNS rooms share: what a name is in memory, and what a zone is made of.
 *
 * A `Name` is a string whose UTF-16 units are the octets of the uncompressed wire form (RFC 1035, 3.1), final
 * zero included: "\x03www\x07example\x03org\x00". So it is a Map key, its parent is a `slice`, and writing it
 * is a copy. Length octets are at most 63 and ASCII capitals start at 65, so lower-casing the ASCII letters of
 * the whole string can never touch a length.
 */
declare const nameBrand: unique symbol;

/** Wire octets of an absolute name, case kept. */
export type Name = string & { readonly [nameBrand]: true };
/** A `Name` in lower case (RFC 4343): the form that is compared and used as a key. */
export type NameKey = Name & { readonly key: true };

/** An extended DNS error (RFC 8914) that an answer made from this set carries, if the client uses EDNS. */
export interface ExtendedError {
  readonly code: number;
  readonly text: string;
}

/** All records of one owner and type. */
/**
 * Orders in which the records of a set may be answered. So round robin, weights and "two of eight" are decided by the core
 * once a change, and cost nothing a query.
 */
export interface Turns {
  /** Indexes into the set's `rdata`, one or more; a record may come several times. */
  readonly round: readonly number[];
  /** At least one turn. They begin evenly spread over the round. */
  readonly count: number;
  /** How many different records a turn names, as they follow in the round; at most all that it has. */
  readonly named: number;
}

export interface RRset {
  readonly owner: Name;
  readonly type: number;
  readonly ttlSeconds: number;
  /** Uncompressed RDATA in wire form, one entry a record. May be empty: the name exists, without this type. */
  readonly rdata: readonly Uint8Array[];
  /** Answers go through these in turn. Absent: every record, in the order given. */
  readonly turns?: Turns;
  readonly extendedError?: ExtendedError;
}

/**
 * Where a set of a zone comes from. A zone is layers over one another, and for each owner and type the topmost layer
 * that has an entry is served: `base` (a master file, muster's own SOA and NS, or another primary), `updates` (RFC 2136
 * from clients; a set without records there hides the one below), `pools` (decisions).
 */
export type Layer = "base" | "updates" | "pools";

/**
 * One change of one zone, applied whole or not at all. Whoever causes it (health, operator, reload, an update, another
 * primary), this is the only way in which a served zone changes.
 */
export interface ZoneTransaction {
  readonly origin: Name;
  /** The SOA serial after the change. */
  readonly serial: number;
  readonly layer: Layer;
  /** Sets that replace what their owner and type had in the layer. Under `pools` an empty one leaves an empty name. */
  readonly put: readonly RRset[];
  /**
   * Entries that leave the layer, so that what lies below is served again; a name without any set left is gone
   * (NXDOMAIN), unless names below it exist.
   */
  readonly remove: readonly SetKey[];
}

/** Owner and type of a set. */
export interface SetKey {
  readonly owner: Name;
  readonly type: number;
}

/** One record, as transfers and journals have it. */
export interface ZoneRecord {
  readonly owner: Name;
  readonly type: number;
  readonly ttlSeconds: number;
  /** Uncompressed. */
  readonly rdata: Uint8Array;
}

/**
 * What one transaction changed in what is served, record by record: the "difference sequence" of RFC 1995, 4. The first
 * of `removed` is the old SOA, the first of `added` the new one.
 */
export interface ZoneDelta {
  readonly from: number;
  readonly to: number;
  readonly removed: readonly ZoneRecord[];
  readonly added: readonly ZoneRecord[];
}

/** What is known of a zone from before a restart, so that secondaries can go on with differences. */
export interface ZonePast {
  readonly serial: number;
  /** `zoneDigest` of the records at that serial. */
  readonly digest: string;
  /** Oldest first, each beginning where the one before ended; the last ends at `serial`. */
  readonly deltas: readonly ZoneDelta[];
}
