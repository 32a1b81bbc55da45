import type { Wall } from "../base/time.ts";
import type { SavedGroup } from "../core/diagnosis.ts";
import type { HistoryEvent, HistoryKind, Override, SavedPool, SavedTarget } from "../core/model.ts";
import type { MaintenanceWindow } from "../core/maintenance.ts";
import type { Order } from "../core/order.ts";
import type { RecordingBatch, Recorded } from "../core/recording.ts";
import type { RehearsalView } from "../core/rehearsal.ts";
import type { RRset, SetKey, ZoneDelta, ZonePast } from "../dns/types.ts";

/** Everything that must survive a `kill -9`. */
export interface SavedState {
  readonly targets: readonly SavedTarget[];
  readonly pools: readonly SavedPool[];
  readonly overrides: readonly Override[];
  readonly orders: readonly Order[];
  /** Windows of maintenance that were told to have begun, and not yet to be over. */
  readonly windowsBegun: readonly MaintenanceWindow[];
  /** What several members have in common, told to have begun, and not yet to be over. */
  readonly groupsTold: readonly SavedGroup[];
  /** The last of each pool. */
  readonly rehearsals: readonly RehearsalView[];
  /**
   * Last SOA serial handed out, by lower-case zone text without final dot: the one that was saved, or the one at which
   * the zone's past ends if that is further (RFC 1982).
   */
  readonly serials: Readonly<Record<string, number>>;
  readonly lastEventId: number;
  /** What clients put by UPDATE, by lower-case zone text without final dot. */
  readonly updates: Readonly<Record<string, readonly RRset[]>>;
}

/** What a new store has. */
export const nothingSaved: SavedState = {
  targets: [],
  pools: [],
  overrides: [],
  orders: [],
  windowsBegun: [],
  groupsTold: [],
  rehearsals: [],
  serials: {},
  lastEventId: 0,
  updates: {},
};

/** A set of decisions that is stored whole or not at all. */
export interface SaveBatch {
  readonly targets: readonly SavedTarget[];
  readonly pools: readonly SavedPool[];
  readonly overridesSet: readonly Override[];
  /** Member ids whose override ended. */
  readonly overridesCleared: readonly string[];
  readonly ordersSet: readonly Order[];
  /** Ids of orders that ended. */
  readonly ordersCleared: readonly string[];
  /** All of them; null: as before. */
  readonly windowsBegun: readonly MaintenanceWindow[] | null;
  /** All of them; null: as before. */
  readonly groupsTold: readonly SavedGroup[] | null;
  /** Each replaces the last one of its pool. */
  readonly rehearsals: readonly RehearsalView[];
  readonly serials: Readonly<Record<string, number>>;
  /** Targets that left the configuration. */
  readonly targetsForgotten: readonly string[];
  /** Pools that left the configuration. */
  readonly poolsForgotten: readonly string[];
  /** Changes of the layer `updates`. */
  readonly updates: readonly SavedUpdate[];
}

/** Nothing to save. */
export const emptyBatch: SaveBatch = {
  targets: [],
  pools: [],
  overridesSet: [],
  overridesCleared: [],
  ordersSet: [],
  ordersCleared: [],
  serials: {},
  targetsForgotten: [],
  poolsForgotten: [],
  windowsBegun: null,
  groupsTold: null,
  rehearsals: [],
  updates: [],
};

/** One change of the layer `updates` of a zone: owner, type, TTL and records of its sets are kept, in any order. */
export interface SavedUpdate {
  readonly zone: string;
  readonly put: readonly RRset[];
  readonly remove: readonly SetKey[];
}

/** How much of a zone's past is kept; the oldest goes first. */
export const journalDeltasMax = 1000;
/** The same in octets, as `packDelta` writes them. */
export const journalOctetsMax = 16 * 1024 * 1024;

/** `ok`: on disk. `failed`: nothing of the batch is stored, the reason says why (disk full, say). */
export type SaveOutcome = { readonly kind: "ok" } | { readonly kind: "failed"; readonly reason: string };

export interface PastStep {
  readonly zone: string;
  readonly serial: number;
  readonly digest: string;
  /** Ends at `serial`. Null: the past begins here. */
  readonly delta: ZoneDelta | null;
}

/** A thing that notifications remember: text under an id, both theirs alone. */
export interface SavedMessage {
  readonly id: string;
  readonly body: string;
}

/** Stored whole or not at all; one that is put replaces the one with its id. */
export interface MessageBatch {
  readonly put: readonly SavedMessage[];
  readonly remove: readonly string[];
}

export interface HistoryQuery {
  /** Only events with a larger id. */
  readonly afterId?: number;
  /** Only events at or after this Unix time in ms. */
  readonly sinceMs?: number;
  /** Exact subject (member id, pool or zone name). */
  readonly subject?: string;
  readonly kind?: HistoryKind;
  /** Only what an operator did. */
  readonly operator?: true;
  readonly limit: number;
}

/** What probes found, for `muster replay`. */
export interface RecordingStore {
  /** Whole or not at all; a crash of the machine may lose the last moments. Keeps no more than the batch says. */
  record(batch: RecordingBatch): Promise<SaveOutcome>;
  /** Everything that touches the time. */
  recorded(time: { readonly from: Wall; readonly to: Wall }): Promise<Recorded>;
}

/** Keeps state and history. Never on the answering path: adapters work outside the thread that answers. */
export interface Store extends RecordingStore {
  load(): Promise<SavedState>;
  /** Resolves when the batch is durable, or says why it is not. Batches are stored in the order of the calls. */
  save(batch: SaveBatch): Promise<SaveOutcome>;
  /** Null: nothing is known, or what is there is damaged (which is logged). */
  loadPast(zone: string): Promise<ZonePast | null>;
  /**
   * Adds what changed to a zone's past, durably; a delta that does not begin where the past ends, or none, begins a new
   * past. Kept within `journalDeltasMax` and `journalOctetsMax`. Steps are stored in the order of the calls, and those
   * that wait go together.
   */
  savePast(past: PastStep): Promise<SaveOutcome>;
  /** Everything that notifications remember, by id. */
  loadMessages(): Promise<readonly SavedMessage[]>;
  /** Durable when it resolves with `ok`. Batches are stored in the order of the calls. */
  saveMessages(batch: MessageBatch): Promise<SaveOutcome>;
  /** Queues events; they are written together, soon. A crash may lose the last few. */
  append(events: readonly HistoryEvent[]): void;
  /** Newest last. Includes events appended before the call. */
  history(query: HistoryQuery): Promise<readonly HistoryEvent[]>;
  close(): Promise<void>;
}
