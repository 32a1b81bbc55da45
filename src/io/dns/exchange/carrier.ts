/**
 * The way back to whoever sent a message that is not answered on the spot: a transfer, NOTIFY, UPDATE, or something
 * signed. A carrier outlives its client: what is sent to one that has gone is lost, and that is all.
 */
import type { Client } from "../../../dns/answer/responder.ts";

export interface Carrier {
  readonly transport: Client["transport"];
  /** The client's, as text. */
  readonly address: string;
  /** Sends one message. */
  send(octets: Uint8Array): void;
  /** Resolves once the client has taken what was sent before: true; or has gone: false. At once over UDP. */
  taken(): Promise<boolean>;
  /** Work goes on for this client: the connection is not closed as idle until the function returned is called. */
  hold(): () => void;
  /** Ends the connection at once. */
  cut(): void;
}

/** Takes the messages that the fast path leaves alone. */
export interface MessageTaker {
  /** The octets are the taker's own. */
  take(octets: Uint8Array, carrier: Carrier): void;
  /** Somebody may send UPDATE here, whose messages are longer than queries. */
  readonly takesUpdates: boolean;
}
