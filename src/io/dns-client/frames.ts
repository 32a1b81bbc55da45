/** DNS over TCP: each message has two octets of length in front (RFC 1035, 4.2.2). */
import { assert } from "../../base/assert.ts";
import { messageOctetsMax } from "../../dns/message.ts";

export function framed(message: Uint8Array): Uint8Array {
  assert(message.length <= messageOctetsMax, "a message has at most 65535 octets");
  const frame = new Uint8Array(2 + message.length);
  frame[0] = message.length >>> 8;
  frame[1] = message.length & 0xff;
  frame.set(message, 2);
  return frame;
}

/** Cuts a stream into messages. What is held is never more than one message and a chunk. */
export class FrameReader {
  #held: Buffer = Buffer.alloc(0);

  /** The messages that `chunk` completes, each a copy. */
  take(chunk: Buffer): Uint8Array[] {
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const messages: Uint8Array[] = [];
    while (rest.length >= 2 && rest.length >= 2 + rest.readUInt16BE(0)) {
      const end = 2 + rest.readUInt16BE(0);
      messages.push(new Uint8Array(rest.subarray(2, end)));
      rest = rest.subarray(end);
    }
    this.#held = Buffer.from(rest);
    return messages;
  }

  /** A message has begun and not ended. */
  get isMidway(): boolean {
    return this.#held.length > 0;
  }
}
