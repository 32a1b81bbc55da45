/** What a socket and whoever answers agree on. */

/** Room for one reply; UDP answers are at most 1232 octets (RFC 9715). */
export const replyOctetsMax = 1500;
/**
 * Writes the reply to a datagram into `out` and returns its length; 0: no reply; below 0: it is handed over, and
 * answered later, if at all. `address` is the sender's, as text.
 */
export type AnswerDatagram = (query: Uint8Array, out: Uint8Array, address: string) => number;

export interface DatagramPeer {
  readonly address: string;
  readonly port: number;
}

/** Takes a datagram that `AnswerDatagram` would not answer; the octets are only lent. */
export type TakeDatagram = (query: Uint8Array, peer: DatagramPeer, send: (octets: Uint8Array) => void) => void;
