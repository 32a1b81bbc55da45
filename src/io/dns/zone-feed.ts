/**
 * Sends the sets of a zone to answering threads in pieces, each acknowledged before the next, so that a thread answers
 * queries between two pieces however fast the zone is read.
 */
import { once } from "node:events";
import type { MessagePort } from "node:worker_threads";
import type { RRset } from "../../dns/types.ts";
import type { Piece } from "./protocol.ts";
import type { BaseChanges } from "./base-changes.ts";
import { packSets, piecesOf } from "./set-packing.ts";

/** Pieces on their way to a thread at most: one that it works on, one that waits. */
const piecesAhead = 2;

/** One thread's port, with the count of pieces that it has not yet acknowledged. */
class Outlet {
  private readonly port: MessagePort;
  private open = 0;

  constructor(port: MessagePort) {
    this.port = port;
    port.on("message", () => {
      this.open -= 1;
    });
  }

  async send(piece: Exclude<Piece, { kind: "end" }>, signal: AbortSignal): Promise<void> {
    while (this.open >= piecesAhead) await once(this.port, "message", { signal });
    this.open += 1;
    this.port.postMessage(piece);
  }

  async finish(signal: AbortSignal): Promise<void> {
    while (this.open > 0) await once(this.port, "message", { signal });
    this.port.postMessage({ kind: "end" } satisfies Piece);
  }
}

/**
 * Feeds all threads and returns once they have everything. The threads' own replies say what became of it. Fails when
 * the signal says that nobody reads any more.
 */
export async function feedZone(
  ports: readonly MessagePort[],
  sets: Iterable<RRset>,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  return feedPieces(ports, piecesOf(sets), signal);
}

/** The same with pieces that are packed already. Those in shared memory are not copied. */
export async function feedPieces(
  ports: readonly MessagePort[],
  pieces: Iterable<Uint8Array>,
  signal: AbortSignal = new AbortController().signal,
): Promise<void> {
  const outlets = ports.map((port) => new Outlet(port));
  for (const packed of pieces)
    await Promise.all(outlets.map((outlet) => outlet.send({ kind: "sets", packed }, signal)));
  await Promise.all(outlets.map((outlet) => outlet.finish(signal)));
}

/** Tells all threads what differs from the base that they have. */
export async function feedChanges(ports: readonly MessagePort[], { gone, put }: BaseChanges): Promise<void> {
  const { signal } = new AbortController();
  const outlets = ports.map((port) => new Outlet(port));
  const packed = packSets(put);
  await Promise.all(outlets.map((outlet) => outlet.send({ kind: "changes", packed, gone }, signal)));
  await Promise.all(outlets.map((outlet) => outlet.finish(signal)));
}
