/**
 * The sets of a zone as they come out of an answering thread, piece by piece: the next is asked for only when the one
 * before has been used, so that neither a slow disk nor a large zone fills the memory.
 */
import type { MessagePort } from "node:worker_threads";
import type { RRset } from "../../dns/types.ts";
import type { Piece } from "./protocol.ts";
import { unpackSets } from "./set-packing.ts";

/** Yields the pieces that a thread sends over `port`. Fails with `refusal`'s reason, or when the end never comes. */
export async function* receivePieces(
  port: MessagePort,
  refusal: Promise<string | null>,
): AsyncGenerator<readonly RRset[]> {
  const inbox = new Inbox(port);
  try {
    void refusal.then(
      (reason) => (reason === null ? null : inbox.fail(new Error(reason))),
      (error: unknown) => inbox.fail(error instanceof Error ? error : new Error(String(error))),
    );
    for (;;) {
      const piece = await inbox.next();
      if (piece.kind === "end") return;
      yield unpackSets(piece.packed);
      port.postMessage(null);
    }
  } finally {
    port.close();
  }
}

/** Pieces that have come and were not yet taken; the sender keeps them few. */
class Inbox {
  private readonly pieces: Piece[] = [];
  private failure: Error | null = null;
  private wake: () => void = () => undefined;

  constructor(port: MessagePort) {
    port.on("message", (piece: Piece) => {
      this.pieces.push(piece);
      this.wake();
    });
    port.on("close", () => this.fail(new Error("the zone was not read to its end")));
  }

  fail(error: Error): void {
    this.failure ??= error;
    this.wake();
  }

  async next(): Promise<Piece> {
    for (;;) {
      const piece = this.pieces.shift();
      if (piece !== undefined) return piece;
      if (this.failure !== null) throw this.failure;
      await new Promise<void>((resolve) => (this.wake = resolve));
    }
  }
}
