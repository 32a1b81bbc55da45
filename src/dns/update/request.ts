/**
 * A dynamic update (RFC 2136) as data: "if this holds, then change that", for one zone, all or nothing. The five
 * prerequisites are those of section 2.4, the four changes those of 2.5.
 */
import type { Name } from "../types.ts";

/** The opcode of UPDATE (RFC 2136, 1.3). */
export const updateOpcode = 5;

/** Records of one update. A message of 65535 octets has room for some 5900 of the smallest. */
export const updateRecordsMax = 4096;

/** What must hold before anything is changed. */
export type Prerequisite =
  /** The name has a record; an empty non-terminal does not count. */
  | { readonly kind: "name-in-use"; readonly owner: Name }
  | { readonly kind: "name-not-in-use"; readonly owner: Name }
  | { readonly kind: "set-exists"; readonly owner: Name; readonly type: number }
  /** The set has these records and no others; TTLs do not count. */
  | {
      readonly kind: "set-exists-with";
      readonly owner: Name;
      readonly type: number;
      readonly rdata: readonly Uint8Array[];
    }
  | { readonly kind: "set-not-exists"; readonly owner: Name; readonly type: number };

/** RDATA is uncompressed. */
export type UpdateChange =
  | {
      readonly kind: "add";
      readonly owner: Name;
      readonly type: number;
      readonly ttlSeconds: number;
      readonly rdata: Uint8Array;
    }
  | { readonly kind: "delete-set"; readonly owner: Name; readonly type: number }
  | { readonly kind: "delete-name"; readonly owner: Name }
  | { readonly kind: "delete-record"; readonly owner: Name; readonly type: number; readonly rdata: Uint8Array };

export interface UpdateRequest {
  readonly id: number;
  readonly origin: Name;
  readonly prerequisites: readonly Prerequisite[];
  /** In the order in which they are made. */
  readonly changes: readonly UpdateChange[];
}
