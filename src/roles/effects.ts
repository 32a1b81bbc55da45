/**
 * What goes into the controller and what comes out. Both are plain data, so a run can be recorded, replayed and
 * simulated. The runner carries effects out in the order of the list and reports what came of them as events.
 */
import type { RehearsalView } from "../core/rehearsal.ts";
import type { Wall } from "../base/time.ts";
import type { AgentConfig, AgentReport } from "../core/agent.ts";
import type { Config, HistoryEvent, Override, Target, Verdict, WatcherConfig } from "../core/model.ts";
import type { Order } from "../core/order.ts";
import type { WatcherReport } from "../core/vantage.ts";
import type { RRset, SetKey, ZoneTransaction } from "../dns/types.ts";
import type { OwnLinkState } from "../ports/own-links.ts";
import type { SaveBatch } from "../ports/store.ts";

export interface ClientUpdate {
  /** Names it in its answer. */
  readonly request: number;
  readonly key: string;
  readonly put: readonly RRset[];
  readonly remove: readonly SetKey[];
}

export type ControllerEvent =
  /** Time has come to `nextWakeAt`, or passed it. */
  | { readonly kind: "tick" }
  | { readonly kind: "verdict"; readonly targetId: string; readonly probe: number; readonly verdict: Verdict }
  | { readonly kind: "tripped"; readonly targetId: string; readonly reason: string }
  | {
      readonly kind: "configured";
      readonly config: Config;
      readonly sentences: readonly string[];
      /** Who asked for it; absent: a signal. */
      readonly by?: { readonly owner: string; readonly reason: string };
      /** However much it removes. */
      readonly forced?: boolean;
    }
  | { readonly kind: "zone-loaded"; readonly origin: string; readonly serial: number }
  | { readonly kind: "zone-refused"; readonly origin: string; readonly reason: string }
  /** A transaction is served with a further serial than it proposed: the zone was read anew while it was made. */
  | { readonly kind: "serial-raised"; readonly origin: string; readonly proposed: number; readonly serial: number }
  /** `proposed` is the serial of the effect, `serial` what is served. */
  | { readonly kind: "zone-opened"; readonly origin: string; readonly proposed: number; readonly serial: number }
  /** Clients' updates, each permitted and with its prerequisites met after those before it, in the layer `updates`. */
  | { readonly kind: "updates-requested"; readonly origin: string; readonly updates: readonly ClientUpdate[] }
  /** Differences from another primary, in the layer `base`; `serial` is the primary's. */
  | {
      readonly kind: "base-changed";
      readonly origin: string;
      readonly serial: number;
      readonly put: readonly RRset[];
      readonly remove: readonly SetKey[];
    }
  /** How a zone's primaries are doing; `trouble` stays in the status until the next word. Null: all is well. */
  | {
      readonly kind: "primaries-told";
      readonly origin: string;
      readonly rule: string;
      readonly sentence: string;
      readonly trouble: string | null;
    }
  /** A secondary serves a serial above muster's: what muster knew was lost, with a disk or by a restored backup. */
  | {
      readonly kind: "serial-ahead";
      readonly origin: string;
      readonly serial: number;
      readonly endpoint: string;
      /** What is there under it was read, and is something else: the same serial is in the way, too. */
      readonly differs?: true;
    }
  /** Since `at` every watched nameserver serves the serial, or a later one. */
  | { readonly kind: "served-everywhere"; readonly origin: string; readonly serial: number; readonly at: Wall }
  /** An operator puts everything back to normal: no override, every member taken for up until it is judged again. */
  | { readonly kind: "reset"; readonly owner: string; readonly reason: string }
  | { readonly kind: "override-set"; readonly overrides: readonly Override[] }
  | {
      readonly kind: "override-cleared";
      readonly members: readonly string[];
      readonly owner: string;
      readonly reason?: string;
    }
  /** Replaces an order with the same id. */
  | { readonly kind: "order-set"; readonly order: Order }
  | { readonly kind: "order-ended"; readonly id: string; readonly owner: string; readonly reason: string }
  /** A watcher's report, or only its sign of life. */
  | { readonly kind: "watcher-reported"; readonly report: WatcherReport }
  /** This machine's interfaces, at the start and when one has changed. */
  | { readonly kind: "links-changed"; readonly links: readonly OwnLinkState[] }
  /** An agent's word on its own machine. */
  | { readonly kind: "agent-reported"; readonly report: AgentReport }
  /** An operator says that members which leave at once are really down. */
  | { readonly kind: "brake-released"; readonly owner: string; readonly reason?: string }
  /** An operator lets targets back that are held out for flapping. */
  | {
      readonly kind: "released";
      readonly targetIds: readonly string[];
      readonly owner: string;
      readonly reason?: string;
    }
  | { readonly kind: "failback"; readonly pool: string; readonly owner: string; readonly reason?: string }
  /** The program ends in order: said in the story, and everything is saved once more. */
  | { readonly kind: "stopping" }
  /** A rehearsal begins, or what came of it: a line of the story, and an alarm if it failed. */
  | {
      readonly kind: "rehearsal-told";
      readonly subject: string;
      readonly rule: string;
      readonly sentence: string;
      readonly by: { readonly owner: string; readonly reason: string };
      /** When it is over. */
      readonly result?: RehearsalView;
    }
  /** Something outside went wrong or right again, worth a line in the story. */
  | {
      readonly kind: "trouble";
      readonly subject: string;
      readonly rule: string;
      readonly sentence: string;
      /** What an operator did about it. */
      readonly from?: string;
      readonly to?: string;
      readonly by?: { readonly owner: string; readonly reason: string };
    };

export type Effect =
  | {
      readonly kind: "probe";
      readonly probe: number;
      readonly target: Target;
      readonly timeoutMs: number;
      readonly fresh: boolean;
    }
  | { readonly kind: "cancel"; readonly probe: number }
  /** Ask all watchers but this one to look at a target at once. */
  | { readonly kind: "confirm-afar"; readonly targetId: string; readonly except: string | null }
  /** Who may report from elsewhere, and what they look at, from now on. */
  | {
      readonly kind: "watch-afar";
      readonly watchers: readonly WatcherConfig[];
      readonly targets: readonly Target[];
      readonly agents: readonly AgentConfig[];
    }
  /** The target left the configuration: its connections are closed. */
  | { readonly kind: "forget"; readonly targetId: string }
  /** Serve a zone: from its file, or from these sets. Answered by `zone-loaded` or `zone-refused`. */
  | {
      readonly kind: "load-zone";
      readonly origin: string;
      readonly file: string | null;
      readonly sets: readonly RRset[];
      /** Names whose addresses come from pools, so that the file may lack them. */
      readonly hosts: readonly string[];
      /** Names whose records are pools' decisions: what the file has of them is not missed. */
      readonly decided: readonly string[];
      /** Share of the file's records, from 0 to 1, that may be gone since it was read last; null: all. */
      readonly removalMax: number | null;
    }
  /** Take a zone's base from its primaries, now and from then on. Answered by `zone-loaded`, then `base-changed`. */
  | { readonly kind: "follow-zone"; readonly origin: string }
  /**
   * Serve a zone that is loaded, with this serial unless nothing has changed. Answered by `zone-opened`. A past that ends
   * before `before` is not the zone's last: it was served on when the store took nothing.
   */
  | { readonly kind: "open-zone"; readonly origin: string; readonly serial: number; readonly before: number | null }
  | { readonly kind: "remove-zone"; readonly origin: string }
  | { readonly kind: "publish"; readonly transaction: ZoneTransaction }
  | { readonly kind: "save"; readonly batch: SaveBatch }
  /** Tell the client of an update, once everything of this step is durable and served. */
  | { readonly kind: "answer-update"; readonly request: number; readonly rcode: number }
  | { readonly kind: "tell"; readonly event: HistoryEvent }
  /** Everything is decided for the first time: answering may begin. Comes once. */
  | { readonly kind: "ready" };
