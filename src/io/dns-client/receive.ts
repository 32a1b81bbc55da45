/**
 * One request whose answer is many messages: a zone transfer (RFC 5936, 2.2). The messages come one by one, and
 * nothing more is read from the network while the last one is being worked on, so a zone of any size is never held in
 * octets. What the messages mean, and which is the last, the caller knows: it leaves the loop, and the connection ends.
 */
import { once } from "node:events";
import { connect } from "node:net";
import type { Endpoint } from "../../core/model.ts";
import { FrameReader, framed } from "./frames.ts";
import { messageId } from "./match.ts";
import { type AskFailure, failureOf, givenUp, silent } from "./outcome.ts";

export interface Receive {
  readonly endpoint: Endpoint;
  readonly message: Uint8Array;
  /** Longest silence: while connecting, and between two pieces of the answer. */
  readonly silenceMsMax: number;
  readonly signal?: AbortSignal | undefined;
}

/** Thrown by `receive` when no more messages can come. */
export class ReceiveFailure extends Error {
  override readonly name = "ReceiveFailure";
  readonly failure: AskFailure;

  constructor(failure: AskFailure) {
    super(failure.reason);
    this.failure = failure;
  }
}

/** Yields each message that has the request's id. Throws `ReceiveFailure`; ends by itself only in that way. */
export async function* receive({ endpoint, message, silenceMsMax, signal }: Receive): AsyncGenerator<Uint8Array> {
  if (signal?.aborted === true) throw new ReceiveFailure(givenUp);
  const socket = connect({ host: endpoint.address, port: endpoint.port, noDelay: true });
  const giveUp = (): void => void socket.destroy(new ReceiveFailure(givenUp));
  signal?.addEventListener("abort", giveUp);
  // While the caller works on a message it is not the server that is silent.
  let working = false;
  socket.setTimeout(silenceMsMax, () => {
    if (!working) socket.destroy(new ReceiveFailure(silent(`nothing came for ${silenceMsMax} ms`)));
  });
  const frames = new FrameReader();
  const id = messageId(message);
  try {
    await once(socket, "connect");
    socket.write(framed(message));
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      working = true;
      for (const octets of frames.take(chunk)) if (octets.length >= 2 && messageId(octets) === id) yield octets;
      working = false;
      socket.setTimeout(silenceMsMax);
    }
    const where = frames.isMidway ? "in the middle of a message" : "before the end of the answer";
    throw new ReceiveFailure(silent(`the connection was closed ${where}`));
  } catch (error) {
    if (error instanceof ReceiveFailure) throw error;
    throw new ReceiveFailure(failureOf(error instanceof Error ? error : new Error(String(error)), endpoint));
  } finally {
    signal?.removeEventListener("abort", giveUp);
    socket.destroy();
  }
}
