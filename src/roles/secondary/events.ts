/** What goes into the secondary machine and what comes out: plain data, as with the controller. */
import type { Wall } from "../../base/time.ts";
import type { PeerConfig } from "../../core/model.ts";
import type { Soa } from "../../dns/rdata/soa.ts";

/** The numbers of a primary's SOA. */
export type SoaNumbers = Pick<Soa, "serial" | "refreshSeconds" | "retrySeconds" | "expireSeconds">;

/**
 * Why a primary was of no use. `silent`: no way to it, no answer, or one that broke off. `refused`: it answers and does
 * not give the zone, or gives one that nobody can take. `false`: what it delivered is not what it promised.
 */
export type FaultKind = "silent" | "refused" | "false";

export interface PrimaryFault {
  readonly kind: FaultKind;
  /** A clause for people. */
  readonly reason: string;
}

export type SoaOutcome = { readonly kind: "soa"; readonly soa: SoaNumbers } | ({ readonly kind: "fault" } & FaultPart);

interface FaultPart {
  readonly fault: PrimaryFault;
}

export type TransferOutcome =
  /** It was taken and is served, whole. */
  | { readonly kind: "taken"; readonly soa: SoaNumbers }
  /** `whole`: differences were of no use, the whole zone may be. */
  | ({ readonly kind: "fault"; readonly whole: boolean } & FaultPart);

export type SecondaryEvent =
  | { readonly kind: "tick" }
  /** Take the zone from these. Said again (an operator has read the configuration again): look now. */
  | { readonly kind: "followed"; readonly origin: string; readonly primaries: readonly PeerConfig[] }
  | { readonly kind: "forgotten"; readonly origin: string }
  /** What was kept from before a restart is served, with the time at which a primary last confirmed it; null: nothing. */
  | {
      readonly kind: "restored";
      readonly origin: string;
      readonly held: { readonly soa: SoaNumbers; readonly confirmedAt: Wall } | null;
    }
  | { readonly kind: "notified"; readonly origin: string; readonly serial: number | null; readonly from: string }
  | { readonly kind: "soa-seen"; readonly origin: string; readonly request: number; readonly outcome: SoaOutcome }
  | {
      readonly kind: "transferred";
      readonly origin: string;
      readonly request: number;
      readonly outcome: TransferOutcome;
    };

export type SecondaryEffect =
  /** Serve what was kept on disk. Answered by `restored`, once. */
  | { readonly kind: "restore"; readonly origin: string }
  /** Answered by `soa-seen`, once. */
  | { readonly kind: "ask-soa"; readonly origin: string; readonly request: number; readonly primary: PeerConfig }
  /** Differences since `from`, or the whole zone. Less than `promised` is a lie. Answered by `transferred`, once. */
  | {
      readonly kind: "transfer";
      readonly origin: string;
      readonly request: number;
      readonly primary: PeerConfig;
      readonly from: number | null;
      readonly promised: number;
    }
  /** A primary has confirmed what is held. */
  | { readonly kind: "confirmed"; readonly origin: string }
  /** A line of the story; `trouble` stays with the zone until the next line. Null: all is well. */
  | {
      readonly kind: "tell";
      readonly origin: string;
      readonly rule: string;
      readonly sentence: string;
      readonly trouble: string | null;
    };

/** How a zone that is taken from primaries stands. */
export interface SecondaryView {
  readonly zone: string;
  readonly primaries: readonly string[];
  /**
   * `waiting`: nothing to serve yet. `stale`: no primary confirmed it when it was due. `expired`: none has for longer
   * than the zone allows; it is served on.
   */
  readonly state: "waiting" | "current" | "stale" | "expired";
  readonly busy: "asking" | "transferring" | null;
  /** The primary's serial of what is held. */
  readonly serial: number | null;
  readonly confirmedAt: Wall | null;
  readonly reason: string | null;
}
