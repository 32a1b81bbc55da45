/**
 * What the main thread and the answering threads say to each other. Every request has a number and gets one reply; what
 * a thread says without being asked has none. A zone comes in pieces over a port of its own, each acknowledged before
 * the next, so that queries are answered in between; it is put in place by a request of its own, so that on every thread
 * the order is the same among loads and transactions, and so are the serials.
 */
import type { MessagePort } from "node:worker_threads";
import type { CounterTotals } from "../../dns/answer/counters.ts";
import type { Endpoint, KeyConfig } from "../../core/model.ts";
import type { NameKey, Name, SetKey, ZoneDelta, ZonePast, ZoneTransaction } from "../../dns/types.ts";
import type { ZoneAccess } from "../../ports/nameserver.ts";
import type { ListenTrouble } from "../listen-failure.ts";
import type { JudgedUpdate } from "./update-desk.ts";

export interface WorkerSetup {
  readonly listen: readonly Endpoint[];
  readonly nsid: string | null;
  readonly cookieSecret: Uint8Array;
  /** Other threads listen on the same endpoints. */
  readonly shared: boolean;
  /** The thread that is asked where one is enough: for differences, digests, reading, and judging updates. */
  readonly first: boolean;
}

/** `message` is as it came, without its signature. */
export interface WaitingUpdate {
  readonly key: string;
  readonly message: Uint8Array;
}

export type Question =
  /** Opens listeners besides those of the set-up, once the zones are there. */
  | { readonly kind: "listen"; readonly listen: readonly Endpoint[] }
  | { readonly kind: "load"; readonly origin: Name; readonly pieces: MessagePort }
  /** Puts what was loaded in the place of what was there, or forgets it. */
  | { readonly kind: "settle"; readonly origin: NameKey; readonly accept: boolean }
  | { readonly kind: "open"; readonly origin: NameKey; readonly serial: number; readonly past: ZonePast | null }
  | { readonly kind: "publish"; readonly transaction: ZoneTransaction }
  | { readonly kind: "remove"; readonly origin: NameKey }
  | { readonly kind: "read"; readonly origin: NameKey; readonly pieces: MessagePort }
  | { readonly kind: "allow"; readonly access: readonly ZoneAccess[]; readonly keys: readonly KeyConfig[] }
  /** What each of some updates would change after those before it. */
  | { readonly kind: "evaluate"; readonly origin: NameKey; readonly updates: readonly WaitingUpdate[] }
  /** What becomes of an update that this thread told of. */
  | { readonly kind: "updated"; readonly ticket: number; readonly rcode: number }
  | { readonly kind: "counters" }
  | { readonly kind: "close" };

export type Request = Question & { readonly id: number };

/**
 * What goes over the port of a load or reading: the sets of a zone piece by piece; or, in one, what has changed in the
 * base of the zone that is served. A port that closes before `end` gives it up.
 */
export type Piece =
  | { readonly kind: "sets"; readonly packed: Uint8Array }
  | { readonly kind: "changes"; readonly packed: Uint8Array; readonly gone: readonly SetKey[] }
  | { readonly kind: "end" };

export interface ZoneFigures {
  readonly origin: Name;
  readonly serial: number;
  readonly names: number;
}

export interface ThreadFigures {
  readonly totals: CounterTotals;
  readonly exchange: Readonly<Record<string, number>>;
  readonly zones: readonly ZoneFigures[];
  readonly keptQuestions: number;
  readonly tcpConnections: number;
  readonly heapBytes: number;
}

export type Answer =
  | { readonly kind: "listening"; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: "listen-failed"; readonly trouble: ListenTrouble }
  | { readonly kind: "loaded"; readonly names: number }
  /** What is in place now. `delta` and `digest` are of a zone with transfers, and come from the first thread. */
  | {
      readonly kind: "settled";
      readonly serial: number;
      readonly names: number;
      readonly changed: boolean;
      readonly delta: ZoneDelta | null;
      readonly digest: string;
    }
  | { readonly kind: "opened"; readonly serial: number; readonly digest: string }
  | {
      readonly kind: "published";
      readonly serial: number;
      readonly delta: ZoneDelta | null;
      readonly digest: string;
    }
  | { readonly kind: "evaluated"; readonly judged: readonly JudgedUpdate[] }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "figures"; readonly figures: ThreadFigures }
  | { readonly kind: "done" };

/** `id` 0 is the thread's own first word, before any request. */
export type Reply = Answer & { readonly id: number };

/** What a thread says without being asked. */
export type Word =
  | { readonly kind: "notified"; readonly origin: Name; readonly serial: number | null; readonly from: string }
  | {
      readonly kind: "update";
      readonly ticket: number;
      readonly origin: Name;
      readonly key: string;
      readonly message: Uint8Array;
    }
  | { readonly kind: "remark"; readonly sentence: string };
