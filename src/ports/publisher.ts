import type { ZoneDelta, ZoneTransaction } from "../dns/types.ts";

/** `unknown` must be resolved by asking again what is served; it is never blindly repeated. */
export type PublishOutcome =
  /**
   * `serial` is what is served: the transaction's, or a further one where that was not ahead any more. `delta` is what
   * changed, with the digest of the zone after it; null for zones without transfers.
   */
  | { readonly kind: "ok"; readonly serial: number; readonly delta: ZoneDelta | null; readonly digest: string }
  | { readonly kind: "conflict"; readonly reason: string }
  | { readonly kind: "unknown"; readonly reason: string };

/** A place where zones are served. Transactions of one zone are applied in the order of the calls. */
export interface Publisher {
  readonly name: string;
  publish(transaction: ZoneTransaction): Promise<PublishOutcome>;
  close(): Promise<void>;
}
