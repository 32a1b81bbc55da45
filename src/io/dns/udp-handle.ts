/**
 * The handle below `dgram.Socket`, used directly: it saves a lookup, an event, and several objects a datagram, about a
 * quarter of what Node itself spends on one. It is not public, so everything that relies on it is in this file, its
 * shape is checked before use, and `openHandle` returns false when anything is not as expected: `socket.ts` then uses
 * the public interface. `MUSTER_UDP=public` chooses that by hand.
 *
 * What is relied on: `handle.onmessage(size, handle, buffer, {address, port})`, and `handle.send(request, buffers, 1,
 * port, address, false)` which returns above 0 when the datagram has left, 0 when it waits in a queue and the buffer
 * must be left alone, below 0 for an error. The class of `request` is taken from the first reply, which goes out by
 * `socket.send`.
 *
 * Memory: libuv keeps the address of a buffer only from a send that returned 0 until that datagram has gone, or the handle
 * is closed; so long the request that Node holds for it holds the buffer too, and neither is used again. A closed
 * handle refuses to send. `test/e2e/dns-threads-load.test.ts` makes every reply wait in the queue, ends threads amid them,
 * and compares what arrives.
 */
import type { Socket } from "node:dgram";
import { type AnswerDatagram, type DatagramPeer, replyOctetsMax } from "./datagram.ts";

/** Replies that may wait in the queue while the kernel's buffer is full; more are dropped, as a network would. */
const waitingRepliesMax = 1000;

type SendRequest = object;
type Send = (
  request: SendRequest,
  buffers: readonly Uint8Array[],
  count: number,
  port: number,
  address: string,
  wantsCallback: boolean,
) => number;

interface UdpHandle {
  onmessage: (size: number, handle: unknown, buffer: Uint8Array | undefined, peer: DatagramPeer | undefined) => void;
  send: Send;
  send6: Send;
  getSendQueueCount(): number;
}

function isUdpHandle(value: unknown): value is UdpHandle {
  if (typeof value !== "object" || value === null) return false;
  const names = ["onmessage", "send", "send6", "getSendQueueCount"];
  return names.every((name) => typeof Reflect.get(value, name) === "function");
}

function handleOf(socket: Socket): UdpHandle | null {
  const symbol = Object.getOwnPropertySymbols(socket).find((own) => own.description === "state symbol");
  const state: unknown = symbol === undefined ? null : Reflect.get(socket, symbol);
  const handle: unknown = typeof state === "object" && state !== null ? Reflect.get(state, "handle") : null;
  return isUdpHandle(handle) ? handle : null;
}

/** Views of one buffer, one for each length a reply can have, each in the array that `send` wants. */
class ReplyBuffer {
  readonly out = Buffer.allocUnsafeSlow(replyOctetsMax);
  private readonly views: (readonly [Buffer])[] = [];

  view(length: number): readonly [Buffer] {
    return (this.views[length] ??= [this.out.subarray(0, length)]);
  }
}

/** Sends by the handle, and by the public interface until it has seen a request to take the class from. */
class HandleSender {
  private reply = new ReplyBuffer();
  private request: SendRequest | null = null;
  private waiting = false;
  private readonly socket: Socket;
  private readonly handle: UdpHandle;
  private readonly method: "send" | "send6";

  constructor(socket: Socket, handle: UdpHandle, method: "send" | "send6") {
    this.socket = socket;
    this.handle = handle;
    this.method = method;
  }

  get out(): Uint8Array {
    return this.reply.out;
  }

  send(length: number, peer: DatagramPeer): void {
    const request = this.request;
    if (request === null) return this.sendFirst(length, peer);
    if (this.waiting && this.isQueueFull()) return;
    const sent = this.handle[this.method](request, this.reply.view(length), 1, peer.port, peer.address, false);
    if (sent === 0) this.leaveInQueue(request);
  }

  private isQueueFull(): boolean {
    const count = this.handle.getSendQueueCount();
    this.waiting = count > 0;
    return count >= waitingRepliesMax;
  }

  /** A queued request and its buffer belong to the queue until it has gone. */
  private leaveInQueue(request: SendRequest): void {
    this.waiting = true;
    Object.assign(request, { reply: this.reply });
    this.request = Reflect.construct(request.constructor, []) as SendRequest;
    this.reply = new ReplyBuffer();
  }

  private sendFirst(length: number, peer: DatagramPeer): void {
    const { handle, method } = this;
    const native = handle[method];
    handle[method] = (request, ...rest) => {
      this.request = Reflect.construct(request.constructor, []) as SendRequest;
      return native.call(handle, request, ...rest);
    };
    this.socket.send(Buffer.from(this.reply.out.subarray(0, length)), peer.port, peer.address, () => undefined);
    Reflect.deleteProperty(handle, method);
  }
}

/** Serves a bound socket by its handle. False, and nothing changed, when this Node has no such handle. */
export function openHandle(
  socket: Socket,
  isIpv6: boolean,
  serve: { readonly answer: AnswerDatagram; readonly handOver: (query: Uint8Array, peer: DatagramPeer) => void },
): boolean {
  const { answer, handOver } = serve;
  const handle = process.env["MUSTER_UDP"] === "public" ? null : handleOf(socket);
  if (handle === null) return false;
  const sender = new HandleSender(socket, handle, isIpv6 ? "send6" : "send");
  handle.onmessage = (size, _handle, query, peer) => {
    // Nothing can be sent to port 0, which only a forged datagram comes from.
    if (size < 0 || query === undefined || peer === undefined || peer.port === 0) return;
    const length = answer(query, sender.out, peer.address);
    if (length > 0) sender.send(length, peer);
    else if (length < 0) handOver(query, peer);
  };
  return true;
}
