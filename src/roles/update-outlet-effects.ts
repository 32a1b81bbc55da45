/** What goes into the machine for one server outside, and what comes out: plain data, as with the controller. */
import type { RRset, SetKey } from "../dns/types.ts";
import type { WantedZone } from "../ports/outlet.ts";
import type { FailureCause } from "./update-outlet-limits.ts";

/** One set in a request: what must be there, and what it becomes. Without records: no such set. */
export interface SetChange {
  readonly before: RRset;
  readonly after: RRset;
}

/** What is there for a name and type, without records when nothing is; or why muster cannot keep records there. */
export type FoundSet =
  | { readonly kind: "set"; readonly set: RRset }
  | { readonly kind: "blocked"; readonly reason: string };

export type UpdateOutletEvent =
  | { readonly kind: "wanted"; readonly zone: WantedZone }
  /** The answer to `ask`, in its order. */
  | { readonly kind: "found"; readonly request: number; readonly sets: readonly FoundSet[] }
  /** The answer to `write`: carried out. */
  | { readonly kind: "written"; readonly request: number }
  | { readonly kind: "failed"; readonly request: number; readonly cause: FailureCause; readonly reason: string }
  | { readonly kind: "tick" };

/** `ask` and `write` are answered by an event with their number, in the end always. */
export type UpdateOutletEffect =
  | { readonly kind: "ask"; readonly request: number; readonly sets: readonly SetKey[] }
  | { readonly kind: "write"; readonly request: number; readonly changes: readonly SetChange[] }
  | { readonly kind: "tell"; readonly level: "info" | "warn" | "drift"; readonly sentence: string };
