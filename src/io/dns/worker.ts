/**
 * A thread that answers DNS and does nothing else, so that no query ever waits for a probe, a decision or a disk. It
 * owns its sockets and its copy of the zones; the main thread tells it of changes.
 */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { assert, unreachable } from "../../base/assert.ts";
import type { Endpoint } from "../../core/model.ts";
import { Responder } from "../../dns/answer/responder.ts";
import { nameKey, nameText } from "../../dns/name.ts";
import { ExchangeCounts } from "./exchange/counts.ts";
import { Exchange } from "./exchange/exchange.ts";
import { judgeUpdates } from "./exchange/judge-update.ts";
import { Remarks } from "./exchange/remarks.ts";
import { ListenFailure } from "../listen-failure.ts";
import { openListeners, type Listeners } from "./listeners.ts";
import type { Answer, Piece, Reply, Request, Word, WorkerSetup } from "./protocol.ts";
import { unpackSets } from "./set-packing.ts";
import { Turns } from "./turns.ts";
import { feedZone } from "./zone-feed.ts";
import type { ZoneArrival } from "./zone-arrival.ts";
import { type ZoneChange, ZoneHost } from "./zone-host.ts";

assert(parentPort !== null, "worker.ts runs in a thread");
const main = parentPort;
const setup = workerData as WorkerSetup;
const turns = new Turns();
const zones = new ZoneHost(turns);
const responder = new Responder({
  zones: zones.served,
  nsid: setup.nsid,
  cookieSecret: setup.cookieSecret,
  nowSeconds: () => Math.floor(Date.now() / 1000),
});
const counts = new ExchangeCounts();
const remarks = new Remarks((sentence) => tell({ kind: "remark", sentence }));
const exchange = new Exchange({ zones, turns, responder, counts, remarks, tell });

function tell(word: Word): void {
  main.postMessage(word);
}

/** Takes the pieces of a zone; the one served meanwhile stays until the last has come. */
function load(request: Extract<Request, { kind: "load" }>): void {
  const arrival = zones.expect(request.origin);
  const port: MessagePort = request.pieces;
  let added: Promise<void> = Promise.resolve();
  let taken: Promise<Answer> = Promise.resolve(refused("the zone was not read to its end"));
  port.on("message", (piece: Piece) => {
    if (piece.kind === "end") taken = added.then(() => take(arrival));
    else {
      added = added.then(async () => {
        await turns.take();
        const sets = unpackSets(piece.packed);
        if (piece.kind === "sets") arrival.add(sets);
        else arrival.changes = { put: sets, gone: piece.gone };
        port.postMessage(null);
      });
    }
  });
  // Whoever sends the pieces closes the port behind the last.
  port.on("close", () => void taken.then((answer) => reply(request, answer)));
}

async function take(arrival: ZoneArrival): Promise<Answer> {
  if (!arrival.hasSoa) return refused("the zone has no SOA");
  await turns.run(arrival.finish());
  await zones.summed(nameKey(arrival.zone.origin));
  return { kind: "loaded", names: arrival.zone.names };
}

function reply(request: { readonly id: number }, answer: Answer): void {
  main.postMessage({ ...answer, id: request.id } satisfies Reply);
}

function settle({ accept, origin }: Extract<Request, { kind: "settle" }>): Answer {
  if (!accept) {
    zones.turnAway(origin);
    return { kind: "done" };
  }
  const settled = zones.settle(origin);
  return settled.ok ? { kind: "settled", ...settled.value, ...told(settled.value) } : refused(settled.error);
}

/** Differences go to the main thread once, from the first thread. */
function told({ delta, digest }: ZoneChange): ZoneChange {
  return setup.first ? { delta, digest } : { delta: null, digest: "" };
}

function refused(reason: string): Answer {
  return { kind: "refused", reason };
}

function open(request: Extract<Request, { kind: "open" }>): Answer {
  const opened = zones.open(request);
  if (!opened.ok) return refused(opened.error);
  const { digest, serial } = opened.value;
  return { kind: "opened", digest, serial };
}

function publish({ transaction }: Extract<Request, { kind: "publish" }>): Answer {
  const published = zones.publish(transaction);
  if (!published.ok) return refused(published.error);
  return { kind: "published", serial: published.value.serial, ...told(published.value) };
}

function remove({ origin }: Extract<Request, { kind: "remove" }>): Answer {
  zones.remove(origin);
  return { kind: "done" };
}

/** Sends a zone as it is now over a port of its own, piece by piece. */
function read({ origin, pieces }: Extract<Request, { kind: "read" }>): Answer {
  const sets = zones.view(origin);
  if (sets === null) {
    pieces.close();
    return refused(`${nameText(origin)} is not here`);
  }
  const gone = new AbortController();
  pieces.once("close", () => gone.abort());
  feedZone([pieces], sets, gone.signal).then(
    () => undefined,
    // Whoever reads has had enough.
    () => pieces.close(),
  );
  return { kind: "done" };
}

function allow({ access, keys }: Extract<Request, { kind: "allow" }>): Answer {
  zones.allow(access, keys);
  return { kind: "done" };
}

function evaluate({ origin, updates }: Extract<Request, { kind: "evaluate" }>): Answer {
  return { kind: "evaluated", judged: judgeUpdates({ origin, updates }, { counts, remarks, zones }) };
}

function updated({ rcode, ticket }: Extract<Request, { kind: "updated" }>): Answer {
  exchange.updates.settle(ticket, rcode);
  return { kind: "done" };
}

function figures(opened: readonly Listeners[]): Answer {
  return {
    kind: "figures",
    figures: {
      totals: responder.counters.totals(),
      exchange: counts.all(),
      zones: Array.from(zones.served.all(), ({ origin, serial, names }) => ({ origin, serial, names })),
      keptQuestions: responder.keptQuestions,
      tcpConnections: opened.reduce((sum, listeners) => sum + listeners.tcpConnections(), 0),
      heapBytes: process.memoryUsage().heapUsed,
    },
  };
}

/** Requests that are answered at once. */
type SwiftRequest = Exclude<Request, { kind: "load" | "listen" | "close" }>;

function swiftAnswer(request: SwiftRequest, opened: readonly Listeners[]): Answer {
  switch (request.kind) {
    case "settle":
      return settle(request);
    case "open":
      return open(request);
    case "publish":
      return publish(request);
    case "remove":
      return remove(request);
    case "read":
      return read(request);
    case "allow":
      return allow(request);
    case "evaluate":
      return evaluate(request);
    case "updated":
      return updated(request);
    case "counters":
      return figures(opened);
    default:
      return unreachable(request);
  }
}

async function close(request: Request, opened: readonly Listeners[]): Promise<void> {
  await Promise.all(opened.map((listeners) => listeners.close()));
  reply(request, { kind: "done" });
  main.close();
}

async function handle(request: Request, opened: Listeners[]): Promise<void> {
  if (request.kind === "load") return load(request);
  if (request.kind === "listen") return reply(request, await listen(request.listen, opened));
  if (request.kind === "close") return close(request, opened);
  reply(request, swiftAnswer(request, opened));
}

async function listen(endpoints: readonly Endpoint[], opened: Listeners[]): Promise<Answer> {
  try {
    const listeners = await openListeners({ listen: endpoints, shared: setup.shared, responder, taker: exchange });
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
