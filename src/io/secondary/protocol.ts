/**
 * What the main thread and the thread that transfers say to each other. Every request has a number and gets one reply.
 * Whole zones go as packed pieces (`dns/set-packing.ts`), which change hands without a copy.
 */
import type { Endpoint } from "../../core/model.ts";
import type { TsigKey } from "../../dns/tsig.ts";
import type { Name, RRset, SetKey } from "../../dns/types.ts";
import type { PrimaryFault, SoaNumbers } from "../../roles/secondary/events.ts";

/** What a transfer may cost in time. */
export interface TransferTimes {
  /** Longest silence: while connecting, and between two pieces. */
  readonly silenceMs: number;
  /** From the first octet to the last. */
  readonly wholeMs: number;
}

export interface TransferJob {
  readonly origin: Name;
  readonly primary: Endpoint;
  readonly key: TsigKey | null;
  /** The serial from which differences are asked for; null: the whole zone. */
  readonly from: number | null;
  /** The serial that the primary claims to have. */
  readonly promised: number;
  readonly times: TransferTimes;
}

export type Question =
  /** Reads a copy and holds it. */
  | { readonly kind: "restore"; readonly origin: Name; readonly path: string }
  | ({ readonly kind: "transfer" } & TransferJob)
  /** Ends the transfer of that number. */
  | { readonly kind: "cancel"; readonly request: number }
  /** A whole zone that came is served, or was refused: it is held from now on, or not. */
  | { readonly kind: "settle"; readonly origin: Name; readonly accept: boolean }
  /** Writes what is held. */
  | { readonly kind: "save"; readonly origin: Name; readonly path: string; readonly confirmedAt: number }
  | { readonly kind: "forget"; readonly origin: Name };

export type Request = Question & { readonly id: number };

export type Answer =
  /** A whole zone, from a primary or from disk. It is held after `settle`. */
  | { readonly kind: "whole"; readonly soa: SoaNumbers; readonly pieces: readonly Uint8Array[]; readonly sets: number }
  /** What to put into and remove from the base; held already. */
  | {
      readonly kind: "differences";
      readonly soa: SoaNumbers;
      readonly put: readonly RRset[];
      readonly remove: readonly SetKey[];
    }
  /** `whole`: the whole zone may come where differences did not. */
  | { readonly kind: "fault"; readonly whole: boolean; readonly fault: PrimaryFault }
  /** There is no copy. */
  | { readonly kind: "absent" }
  /** The copy is damaged, or it could not be read or written: a clause. */
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "done" };

export type Reply = Answer & { readonly id: number };
