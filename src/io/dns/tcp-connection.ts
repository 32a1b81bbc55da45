/**
 * One client's connection (RFC 7766): cuts the stream into messages and answers them. All answers to what one packet
 * brought are written at once. Messages that are handed over are answered when their answers are there, one of many
 * messages included, and later queries need not wait for them.
 *
 * While a client leaves more than a fixed amount of answers unread nothing more is read from it, so that it is its own
 * queue that fills up.
 */
import type { Socket } from "node:net";
import { type Client, handedOver, type Responder } from "../../dns/answer/responder.ts";
import type { Carrier, MessageTaker } from "./exchange/carrier.ts";

/** Silence after which a connection is closed (RFC 7766, 6.2.3). Also the time in which a half-sent query must end. */
export const idleMsMax = 10_000;
/** A connection that has carried so many queries is closed, in favour of others. */
export const queriesPerConnectionMax = 100_000;
/** Answers that a client may leave unread before reading from it stops. */
export const unreadOctetsMax = 1 << 18;
/** The longest query that is of use: a question, a few options, a signature. Longer ones end the connection. */
export const queryOctetsMax = 4096;
/** Updates longer than a query that may be on their way in at the same time, at 64 KiB each. */
export const longMessagesMax = 16;
/** Answers gathered before they are handed to the kernel. */
const batchOctets = 1 << 16;
/** Of the third octet of a header: UPDATE (RFC 2136). */
const opcodeBits = 0x78;
const updateBits = 5 << 3;

/** Where answers are written before they are sent: length and message, one behind the other. */
const answerBuffer = new Uint8Array(2 + 0xffff);
const answerBody = answerBuffer.subarray(2);

function framed(octets: Uint8Array): Uint8Array {
  const frame = new Uint8Array(2 + octets.length);
  frame[0] = octets.length >>> 8;
  frame[1] = octets.length & 0xff;
  frame.set(octets, 2);
  return frame;
}

/** Long messages that are being received on all connections of a listener. */
export interface LongMessages {
  count: number;
}

export interface ConnectionParts {
  readonly socket: Socket;
  readonly responder: Responder;
  readonly taker: MessageTaker;
  readonly client: Client;
  readonly address: string;
  readonly long: LongMessages;
}

/** Serves a connection that was accepted, until it ends. */
export function serveConnection(parts: ConnectionParts): void {
  new Connection(parts);
}

class Connection {
  private held: Buffer = Buffer.alloc(0);
  private queries = 0;
  private batch: Uint8Array[] = [];
  private batched = 0;
  /** Messages that are being answered elsewhere. */
  private holds = 0;
  /** Nothing more is read; the connection ends with the last answer. */
  private ending = false;
  private receivingLong = false;
  /** Resolves when the kernel has the last message that a carrier was given. */
  private sent: Promise<void> = Promise.resolve();
  private readonly idle: NodeJS.Timeout;
  private readonly parts: ConnectionParts;
  private readonly carrier: Carrier;

  constructor(parts: ConnectionParts) {
    this.parts = parts;
    const { socket } = parts;
    this.carrier = this.makeCarrier();
    // Not the socket's own timeout: it would start again with every octet, so that a client which sends one octet a
    // second could stay for ever.
    this.idle = setTimeout(() => this.endIdle(), idleMsMax);
    socket.on("data", (chunk: Buffer) => this.take(chunk));
    socket.on("drain", () => {
      socket.resume();
      this.take(Buffer.alloc(0));
    });
    socket.once("end", () => this.finish());
    socket.once("close", () => {
      clearTimeout(this.idle);
      this.setReceivingLong(false);
    });
  }

  private makeCarrier(): Carrier {
    const { socket, address } = this.parts;
    return {
      transport: "tcp",
      address,
      send: (octets) => this.send(octets),
      taken: () => this.sent.then(() => !socket.destroyed && !socket.writableEnded),
      hold: () => this.hold(),
      cut: () => socket.destroy(),
    };
  }

  private send(octets: Uint8Array): void {
    const { socket } = this.parts;
    this.flush();
    if (socket.writableEnded || socket.destroyed) return;
    // Called when the kernel has it all, and also when the connection is gone.
    this.sent = new Promise((resolve) => socket.write(framed(octets), () => resolve()));
  }

  private hold(): () => void {
    let held = true;
    this.holds += 1;
    return () => {
      if (!held) return;
      held = false;
      this.holds -= 1;
      this.idle.refresh();
      if (this.ending) this.finish();
    };
  }

  private endIdle(): void {
    if (this.holds > 0) this.idle.refresh();
    else this.parts.socket.destroy();
  }

  private take(chunk: Buffer): void {
    const { socket } = this.parts;
    let rest = this.held.length === 0 ? chunk : Buffer.concat([this.held, chunk]);
    while (rest.length >= 2 && !socket.destroyed && !this.ending && !this.isChoked()) {
      const length = rest.readUInt16BE(0);
      if (!this.isWelcome(length, rest)) return this.refuse();
      if (rest.length < 2 + length) break;
      this.setReceivingLong(false);
      if (!this.answer(rest.subarray(2, 2 + length))) return this.finish();
      rest = rest.subarray(2 + length);
    }
    // A copy: the chunk it lies in may be sixty-four times as large.
    this.held = rest.length === 0 ? Buffer.alloc(0) : Buffer.from(rest);
    this.flush();
    if (this.isChoked()) socket.pause();
  }

  /** Whether a message of this length is waited for. A long one must be an update, which five octets tell. */
  private isWelcome(length: number, rest: Buffer): boolean {
    if (length <= queryOctetsMax) return length > 0;
    if (rest.length < 5 || this.receivingLong) return this.parts.taker.takesUpdates;
    if (((rest[4] as number) & opcodeBits) !== updateBits || this.parts.long.count >= longMessagesMax) return false;
    this.setReceivingLong(true);
    return this.parts.taker.takesUpdates;
  }

  private setReceivingLong(now: boolean): void {
    if (now !== this.receivingLong) this.parts.long.count += now ? 1 : -1;
    this.receivingLong = now;
  }

  private isChoked(): boolean {
    return this.parts.socket.writableLength + this.batched > unreadOctetsMax;
  }

  /** Answers one query. False: the connection has had its share, or the query deserves none. */
  private answer(query: Buffer): boolean {
    const { responder, client, taker } = this.parts;
    this.idle.refresh();
    const length = responder.respond(query, answerBody, client);
    this.queries += 1;
    if (length === 0) return false;
    if (length === handedOver) taker.take(new Uint8Array(query), this.carrier);
    else this.gather(length);
    return this.queries < queriesPerConnectionMax;
  }

  private gather(length: number): void {
    answerBuffer[0] = length >>> 8;
    answerBuffer[1] = length & 0xff;
    this.batch.push(answerBuffer.slice(0, 2 + length));
    this.batched += 2 + length;
    if (this.batched >= batchOctets) this.flush();
  }

  private flush(): void {
    const { socket } = this.parts;
    if (this.batch.length === 0 || socket.destroyed) return;
    const batch = this.batch.length === 1 ? this.batch[0] : Buffer.concat(this.batch);
    this.batch = [];
    this.batched = 0;
    if (batch !== undefined) socket.write(batch);
  }

  /** Ends the connection once everything that was asked for is answered. */
  private finish(): void {
    this.held = Buffer.alloc(0);
    this.ending = true;
    this.flush();
    if (this.holds === 0) this.parts.socket.end();
  }

  /** What precedes nonsense is answered; then the stream cannot be trusted any more. */
  private refuse(): void {
    this.finish();
    this.parts.socket.pause();
  }
}
