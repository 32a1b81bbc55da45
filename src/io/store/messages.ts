/** What the thread that decides and the thread that writes say to each other. */
import type { Wall } from "../../base/time.ts";
import type { HistoryEvent } from "../../core/model.ts";
import type { RecordingBatch, Recorded } from "../../core/recording.ts";
import type { HistoryQuery, MessageBatch, SavedMessage, SavedState } from "../../ports/store.ts";
import type { Commit, CommitOutcome } from "./commit-queue.ts";
import type { StoreRefusal } from "./errors.ts";
import type { StoreLimits } from "./limits.ts";
import type { PastRead } from "./past-tables.ts";

export interface WorkerInput {
  readonly file: string;
  readonly limits: StoreLimits;
}

export type StoreCall =
  | { readonly kind: "load" }
  | { readonly kind: "commit"; readonly commit: Commit }
  | { readonly kind: "load-past"; readonly zone: string }
  | { readonly kind: "load-messages" }
  | { readonly kind: "save-messages"; readonly batch: MessageBatch }
  | { readonly kind: "append"; readonly events: readonly HistoryEvent[] }
  | { readonly kind: "history"; readonly query: HistoryQuery }
  | { readonly kind: "record"; readonly batch: RecordingBatch }
  | { readonly kind: "recorded"; readonly from: Wall; readonly to: Wall }
  | { readonly kind: "close"; readonly lastEventId: number };

export interface StoreRequest {
  readonly id: number;
  readonly call: StoreCall;
}

/** The answer to a call; `done` carries nothing because there is nothing to say but that it is done. */
export type StoreReply =
  /** `damage`: a sentence for each row that was left out. */
  | { readonly kind: "state"; readonly state: SavedState; readonly damage: readonly string[] }
  | { readonly kind: "past"; readonly read: PastRead }
  | { readonly kind: "messages"; readonly messages: readonly SavedMessage[] }
  | { readonly kind: "events"; readonly events: readonly HistoryEvent[] }
  | { readonly kind: "recorded"; readonly recorded: Recorded }
  | ({ readonly kind: "committed" } & CommitOutcome)
  | { readonly kind: "done" }
  | { readonly kind: "failed"; readonly reason: string };

/** The first message says whether the database could be opened; then there is one answer a call, in their order,
 * and remarks between them. */
export type StoreMessage =
  | { readonly kind: "opened" }
  | { readonly kind: "refused"; readonly refusal: StoreRefusal }
  /** Something that people should know. */
  | { readonly kind: "remark"; readonly sentence: string }
  | { readonly kind: "reply"; readonly id: number; readonly reply: StoreReply };
