/**
 * One TCP connection to a DNS server with any number of requests under way (RFC 7766, 6.2.1.1: answers may come in any
 * order, so each finds its request by id and question). A message that fits no request is passed over: it is the late
 * answer to one that was given up.
 */
import { connect, type Socket } from "node:net";
import { assert } from "../../base/assert.ts";
import type { Endpoint } from "../../core/model.ts";
import { FrameReader, framed } from "./frames.ts";
import { isReplyTo, messageId } from "./match.ts";
import { type AskFailure, type AskLimits, type AskOutcome, failureOf, givenUp, silent, timedOut } from "./outcome.ts";

interface Waiting {
  readonly message: Uint8Array;
  settle(outcome: AskOutcome): void;
}

export class Link {
  readonly #endpoint: Endpoint;
  readonly #socket: Socket;
  readonly #frames = new FrameReader();
  readonly #waiting = new Map<number, Waiting>();
  readonly #onIdle: () => void;
  #failure: AskFailure = silent("closed the connection without an answer");
  #retired = false;

  /** `onIdle` is called whenever the last answer has come, `onEnd` once when the connection has ended. */
  constructor(endpoint: Endpoint, calls: { onIdle: () => void; onEnd: () => void }) {
    this.#endpoint = endpoint;
    this.#onIdle = calls.onIdle;
    this.#socket = connect({ host: endpoint.address, port: endpoint.port, noDelay: true });
    this.#socket.on("data", (chunk) => this.#take(chunk));
    this.#socket.on("error", (error) => (this.#failure = failureOf(error, this.#endpoint)));
    this.#socket.once("close", () => {
      this.#retired = true;
      calls.onEnd();
      for (const waiting of [...this.#waiting.values()]) waiting.settle(this.#failure);
    });
  }

  get size(): number {
    return this.#waiting.size;
  }

  /** No more requests: it ends with the last answer, and one that was given up may have stalled it. */
  get isRetired(): boolean {
    return this.#retired;
  }

  ask(message: Uint8Array, { timeoutMs, signal }: AskLimits): Promise<AskOutcome> {
    const id = messageId(message);
    assert(!this.#waiting.has(id), "requests under way on one connection have different ids");
    if (signal?.aborted === true) return Promise.resolve(givenUp);
    const { promise, resolve } = Promise.withResolvers<AskOutcome>();
    const settle = (outcome: AskOutcome): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", giveUp);
      this.#waiting.delete(id);
      resolve(outcome);
      if (this.#waiting.size > 0) return;
      if (this.#retired) this.close();
      else this.#onIdle();
    };
    const retire = (outcome: AskOutcome): void => {
      this.#retired = true;
      settle(outcome);
    };
    const giveUp = (): void => retire(givenUp);
    const timer = setTimeout(() => retire(timedOut(timeoutMs)), timeoutMs);
    signal?.addEventListener("abort", giveUp);
    this.#waiting.set(id, { message, settle });
    this.#socket.write(framed(message));
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    for (const octets of this.#frames.take(chunk)) {
      const waiting = octets.length < 2 ? undefined : this.#waiting.get(messageId(octets));
      if (waiting !== undefined && isReplyTo(octets, waiting.message)) waiting.settle({ kind: "answer", octets });
    }
  }
}
