/** What goes into the outward machine and what comes out: plain data, as with the controller. */
import type { Wall } from "../../base/time.ts";
import type { AuditConfig, Endpoint, PeerConfig } from "../../core/model.ts";
import type { NameserverState } from "../../core/view.ts";

/** An alarm that was told. `place` is the address as it was told. */
export interface RecalledAlarm {
  readonly origin: string;
  readonly name: string;
  readonly place: string;
  readonly state: NameserverState;
}

/** A nameserver that should serve a zone, at one of its addresses. */
export interface WatchConfig {
  /** Its host name, or how it came to be watched: `secondary`, `update server`, `embedded`. */
  readonly name: string;
  readonly endpoint: Endpoint;
  /**
   * What proves that it serves a change. `serial`: it has muster's serials, so the SOA is enough. `records`: it counts
   * its own, as a primary does that takes updates, so the records themselves are compared.
   */
  readonly proof: "serial" | "records";
}

export interface OutwardZone {
  /** Lower-case text without final dot. */
  readonly origin: string;
  readonly secondaries: readonly PeerConfig[];
  readonly watches: readonly WatchConfig[];
  /** Nameservers of which no address is known, and why. `pending`: one may still be found, and what it serves counts. */
  readonly unresolved: readonly { readonly name: string; readonly reason: string; readonly pending: boolean }[];
}

export type SeenOutcome =
  /** It serves this serial; under `records` the serial that it was asked about. */
  | { readonly kind: "serial"; readonly serial: number }
  /** Under `records`: it serves something else than what was decided. */
  | { readonly kind: "differs"; readonly reason: string }
  | { readonly kind: "refused"; readonly reason: string }
  /** SERVFAIL, an answer that is not authoritative, or one without the SOA. */
  | { readonly kind: "lame"; readonly reason: string }
  | { readonly kind: "unreachable"; readonly reason: string };

/** Something that an audit found wrong, the same string for the same fault in every round. */
export interface AuditFault {
  readonly key: string;
  /** `address port`, or null for what concerns no nameserver. */
  readonly endpoint: string | null;
  /** What the nameserver is, then; null: no more than a remark. */
  readonly state: NameserverState | null;
  readonly sentence: string;
}

export type OutwardEvent =
  | { readonly kind: "tick" }
  /** Alarms that were told before a restart. The next configuration finds their nameservers, or ends them. */
  | { readonly kind: "recalled"; readonly alarms: readonly RecalledAlarm[] }
  | { readonly kind: "configured"; readonly zones: readonly OutwardZone[]; readonly audit: AuditConfig }
  /** The serial is durable and served here. `quiet`: nobody is told, since the zone goes on as before a restart. */
  | { readonly kind: "published"; readonly origin: string; readonly serial: number; readonly quiet: boolean }
  | { readonly kind: "notify-answered"; readonly origin: string; readonly peer: string; readonly rcode: number }
  | { readonly kind: "notify-silent"; readonly origin: string; readonly peer: string; readonly reason: string }
  | {
      readonly kind: "soa-seen";
      readonly origin: string;
      readonly endpoint: string;
      readonly outcome: SeenOutcome;
    }
  | { readonly kind: "audited"; readonly origin: string; readonly faults: readonly AuditFault[] };

export type OutwardEffect =
  /** Answered by `notify-answered` or `notify-silent`, once. */
  | { readonly kind: "notify"; readonly origin: string; readonly peer: PeerConfig; readonly serial: number }
  /** Answered by `soa-seen`, once. `serial` is the newest that was published. */
  | { readonly kind: "ask-soa"; readonly origin: string; readonly watch: WatchConfig; readonly serial: number }
  /** Answered by `audited`, once. */
  | { readonly kind: "audit"; readonly origin: string }
  | { readonly kind: "tell"; readonly subject: string; readonly rule: string; readonly sentence: string }
  /** A secondary serves a serial that muster knows nothing of: its own past was lost. */
  | { readonly kind: "ahead"; readonly origin: string; readonly serial: number; readonly endpoint: string }
  /** Every watched nameserver was seen to serve the serial or a later one. `at`: none served older data after it. */
  | { readonly kind: "served-everywhere"; readonly origin: string; readonly serial: number; readonly at: Wall };

/** How an endpoint is named in events: one string for one address and port. */
export function endpointKey({ address, port }: Endpoint): string {
  return `${address} ${port}`;
}

/** For people: `192.0.2.53:53`, `[2001:db8::1]:53`. */
export function endpointText({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}
