/** What a socket and whoever answers agree on. */

/** Room for one reply; UDP answers are at most 1232 octets (RFC 9715). */
export const replyOctetsMax = 1500;
/** Writes the reply to a datagram into `out` and returns its length; 0: no reply. `address` is the sender's, as text. */
export type AnswerDatagram = (query: Uint8Array, out: Uint8Array, address: string) => number;
