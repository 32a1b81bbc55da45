/**
 * A thread that answers DNS and does nothing else, so that no query ever waits for a probe, a decision or a disk. It
 * owns its sockets and its copy of the zones; the main thread tells it of changes.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert, unreachable } from "../../base/assert.ts";
import type { Endpoint } from "../../core/model.ts";
import { Responder } from "../../dns/answer/responder.ts";
import { nameKey } from "../../dns/name.ts";
import { addSerial, serialGreater } from "../../dns/serial.ts";
import { rrType } from "../../dns/rr-types.ts";
import { Zone, ZoneTable } from "../../dns/zone.ts";
import { ListenFailure } from "./listen-failure.ts";
import { openListeners, type Listeners } from "./listeners.ts";
import type { Answer, Piece, Reply, Request, WorkerSetup } from "./protocol.ts";
import { unpackSets } from "./set-packing.ts";

assert(parentPort !== null, "worker.ts runs in a thread");
const main = parentPort;
const setup = workerData as WorkerSetup;
const zones = new ZoneTable();
const responder = new Responder({
  zones,
  nsid: setup.nsid,
  cookieSecret: setup.cookieSecret,
  nowSeconds: () => Math.floor(Date.now() / 1000),
});

/** Makes a zone that has been read whole the served one. A serial that was handed out never goes back. */
function serve(zone: Zone, keepOverlay: boolean): Answer {
  if (zone.apex.set(rrType.SOA) === undefined) return { kind: "refused", reason: "the zone has no SOA" };
  const old = zones.get(zone.apex.key);
  if (old !== undefined && keepOverlay) zone.layOver(old.overlay);
  if (old !== undefined && !serialGreater(zone.serial, old.serial)) zone.setSerial(addSerial(old.serial, 1));
  zones.set(zone);
  return { kind: "loaded", serial: zone.serial, names: zone.names };
}

/** Takes the pieces of a zone; the one served meanwhile stays until the last has come. */
function load(request: Extract<Request, { kind: "load" }>): void {
  const zone = new Zone(request.origin);
  const port: MessagePort = request.pieces;
  let answer: Answer = { kind: "refused", reason: "the zone was not read to its end" };
  port.on("message", (piece: Piece) => {
    if (piece.kind === "sets") {
      for (const set of unpackSets(piece.packed)) zone.load(set);
      port.postMessage(null);
      return;
    }
    answer = serve(zone, request.keepOverlay);
    port.close();
  });
  port.on("close", () => reply(request, answer));
}

function reply(request: { readonly id: number }, answer: Answer): void {
  main.postMessage({ ...answer, id: request.id } satisfies Reply);
}

function figures(opened: readonly Listeners[]): Answer {
  return {
    kind: "figures",
    figures: {
      totals: responder.counters.totals(),
      zones: Array.from(zones.all(), ({ origin, serial, names }) => ({ origin, serial, names })),
      keptQuestions: responder.keptQuestions,
      tcpConnections: opened.reduce((sum, listeners) => sum + listeners.tcpConnections(), 0),
      heapBytes: process.memoryUsage().heapUsed,
    },
  };
}

async function handle(request: Request, opened: Listeners[]): Promise<void> {
  switch (request.kind) {
    case "load":
      return load(request);
    case "listen":
      return reply(request, await listen(request.listen, opened));
    case "publish": {
      const applied = zones.apply(request.transaction);
      return reply(request, applied.ok ? { kind: "done" } : { kind: "refused", reason: applied.error });
    }
    case "remove":
      zones.delete(nameKey(request.origin));
      return reply(request, { kind: "done" });
    case "counters":
      return reply(request, figures(opened));
    case "close":
      await Promise.all(opened.map((listeners) => listeners.close()));
      reply(request, { kind: "done" });
      main.close();
      return;
    default:
      return unreachable(request);
  }
}

async function listen(endpoints: readonly Endpoint[], opened: Listeners[]): Promise<Answer> {
  try {
    const listeners = await openListeners({ listen: endpoints, shared: setup.shared, responder });
    opened.push(listeners);
    return { kind: "listening", endpoints: listeners.endpoints };
  } catch (error) {
    if (!(error instanceof ListenFailure)) throw error;
    return { kind: "listen-failed", trouble: error.trouble };
  }
}

async function start(): Promise<void> {
  const opened: Listeners[] = [];
  const first = await listen(setup.listen, opened);
  if (first.kind === "listening") main.on("message", (request: Request) => void handle(request, opened));
  reply({ id: 0 }, first);
}

await start();
