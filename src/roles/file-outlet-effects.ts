/** What goes into the machine for one zone file, and what comes out: plain data, as with the controller. */
import type { WantedZone } from "../ports/outlet.ts";

/** A file that holds what was wanted. */
export interface WrittenFile {
  readonly serial: number;
  /** False: it was right already, and nothing was touched. */
  readonly written: boolean;
  /** Of a block: nothing but the serial has changed, because nobody had changed the file for long (M10). */
  readonly raised: boolean;
  /** Of a block: when the file was last changed, by whomever, as Unix time in milliseconds. */
  readonly changedAt: number | null;
}

/** `unreachable`: it may work later by itself. `refused`: people have to look. */
export interface FileFailure {
  readonly state: "unreachable" | "refused";
  /** A clause for people. */
  readonly reason: string;
}

export type FileOutletEvent =
  | { readonly kind: "wanted"; readonly zone: WantedZone }
  /** Answers to `write`. */
  | { readonly kind: "written"; readonly request: number; readonly file: WrittenFile }
  /** The zone is not served yet, and has no serial. */
  | { readonly kind: "early"; readonly request: number }
  /** The file holds other records under this serial, which is not below the zone's; it was left alone. */
  | { readonly kind: "overtaken"; readonly request: number; readonly serial: number }
  /** The answer to `reload`. */
  | { readonly kind: "reloaded"; readonly request: number }
  /** The answer to `look`. */
  | { readonly kind: "looked"; readonly request: number; readonly isSame: boolean }
  /** The answer to `write` or `reload`. */
  | ({ readonly kind: "failed"; readonly request: number } & FileFailure)
  | { readonly kind: "tick" };

/** `write`, `reload` and `look` are answered by an event with their number, in the end always. */
export type FileOutletEffect =
  /** Puts the zone there, whole or not at all. `mayRepeat`: over other records under the same serial, if need be. */
  | { readonly kind: "write"; readonly request: number; readonly zone: WantedZone; readonly mayRepeat: boolean }
  /** Makes the server read the file. */
  | { readonly kind: "reload"; readonly request: number }
  /** Is it the file that was written last? */
  | { readonly kind: "look"; readonly request: number }
  /** The zone has to go on above this serial, since whoever has read the file would never take a lower one. */
  | { readonly kind: "ahead"; readonly serial: number }
  | { readonly kind: "tell"; readonly level: "info" | "warn" | "drift"; readonly sentence: string };
