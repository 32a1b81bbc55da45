/** What goes into the machine that decides who is told of what, and what comes out: plain data, as with the controller. */
import type { Wall } from "../../base/time.ts";
import type { HistoryEvent } from "../../core/model.ts";
import type { Message, NotifyConfig } from "../../core/notify.ts";
import type { SubjectNames } from "../../core/notify-names.ts";
import type { MessageBatch } from "../../ports/store.ts";
import type { Around } from "./standing.ts";

export type NotifierEvent =
  /** In the order of their ids; those that were seen before are passed over. */
  | { readonly kind: "happened"; readonly events: readonly HistoryEvent[] }
  /** The answers to `deliver`. */
  | { readonly kind: "delivered"; readonly id: string }
  | {
      readonly kind: "failed";
      readonly id: string;
      readonly reason: string;
      /** Only a person can help. */
      readonly refused: boolean;
      /** Not before; null: as muster thinks. */
      readonly afterMs: number | null;
      readonly left: readonly string[] | null;
    }
  /** The answer to `report`. */
  | { readonly kind: "reported"; readonly report: number; readonly line: string; readonly details: string }
  | { readonly kind: "acknowledged"; readonly pattern: string; readonly owner: string; readonly reason?: string }
  | { readonly kind: "configured"; readonly config: NotifyConfig; readonly names: SubjectNames }
  /** What can be seen now, every `lookMs` while there are incidents. */
  | { readonly kind: "looked"; readonly around: Around }
  | { readonly kind: "tick" };

export type NotifierEffect =
  | { readonly kind: "save"; readonly batch: MessageBatch }
  /** Answered by `delivered` or `failed`, in the end always. */
  | { readonly kind: "deliver"; readonly message: Message }
  /** A line for the history. */
  | {
      readonly kind: "tell";
      readonly subject: string;
      readonly rule: string;
      readonly sentence: string;
      readonly from?: string;
      readonly to?: string;
      readonly by?: { readonly owner: string; readonly reason?: string };
    }
  /** Asks for the text of the report with this place in the configuration. */
  | { readonly kind: "report"; readonly report: number; readonly from: Wall; readonly to: Wall };
