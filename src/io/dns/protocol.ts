/**
 * What the main thread and the answering threads say to each other. Every request has a number and gets one reply.
 * A zone comes in pieces over a port of its own, each acknowledged before the next, so that queries are answered in
 * between.
 */
import type { MessagePort } from "node:worker_threads";
import type { Endpoint } from "../../core/model.ts";
import type { CounterTotals } from "../../dns/answer/counters.ts";
import type { NameKey, Name, ZoneTransaction } from "../../dns/types.ts";
import type { ListenTrouble } from "./listen-failure.ts";

export interface WorkerSetup {
  readonly listen: readonly Endpoint[];
  readonly nsid: string | null;
  readonly cookieSecret: Uint8Array;
  /** Other threads listen on the same endpoints. */
  readonly shared: boolean;
}

export type Question =
  /** Opens listeners besides those of the set-up, once the zones are there. */
  | { readonly kind: "listen"; readonly listen: readonly Endpoint[] }
  | { readonly kind: "load"; readonly origin: Name; readonly keepOverlay: boolean; readonly pieces: MessagePort }
  | { readonly kind: "publish"; readonly transaction: ZoneTransaction }
  | { readonly kind: "remove"; readonly origin: NameKey }
  | { readonly kind: "counters" }
  | { readonly kind: "close" };

export type Request = Question & { readonly id: number };

/** What arrives on the port of a load. A port that closes before `end` gives the load up. */
export type Piece = { readonly kind: "sets"; readonly packed: Uint8Array } | { readonly kind: "end" };

export interface ZoneFigures {
  readonly origin: Name;
  readonly serial: number;
  readonly names: number;
}

export interface ThreadFigures {
  readonly totals: CounterTotals;
  readonly zones: readonly ZoneFigures[];
  readonly keptQuestions: number;
  readonly tcpConnections: number;
  readonly heapBytes: number;
}

export type Answer =
  | { readonly kind: "listening"; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: "listen-failed"; readonly trouble: ListenTrouble }
  | { readonly kind: "loaded"; readonly serial: number; readonly names: number }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "figures"; readonly figures: ThreadFigures }
  | { readonly kind: "done" };

/** `id` 0 is the thread's own first word, before any request. */
export type Reply = Answer & { readonly id: number };
