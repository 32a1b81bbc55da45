/**
 * Reads a zone file in a thread of its own, which hands the sets straight to the answering threads: neither these nor
 * the main thread wait for the disk or the parser. The thread stays for a moment after its work, since a reload often
 * follows another and a thread that runs reads in half the time; then the memory of the parser goes with it.
 */
import { once } from "node:events";
import type { MessagePort, Worker } from "node:worker_threads";
import type { Result } from "../../base/result.ts";
import type { FileComparison, ZoneFileSource } from "../../ports/nameserver.ts";
import { startThread } from "../threads.ts";

export interface ReadZone {
  /** Sentences with file and line. */
  readonly warnings: readonly string[];
  /** All of it, packed; null: what it came from is kept elsewhere. */
  readonly pieces: readonly Uint8Array[] | null;
}

/** Errors are sentences with file and line. */
export type ZoneReading = Result<ReadZone, readonly string[]>;

export interface ZoneReadingRequest {
  readonly source: ZoneFileSource;
  /** What the answering threads have as its base; null: they need all of it. */
  readonly before: readonly Uint8Array[] | null;
  /** One for each answering thread. */
  readonly ports: readonly MessagePort[];
}

export interface FileComparisonRequest {
  readonly source: ZoneFileSource;
  /** What is served of it, packed. */
  readonly before: readonly Uint8Array[];
}

/** Nearly everything that reading makes stays until the zone is read: with the least, a load takes a tenth longer. */
const semiSpaceMib = 4;
/** A thread without work ends after this long. */
const idleMsMax = 10_000;

/** The one thread that waits for work; of many that end their work at once, the others go. */
let idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout } | null = null;

function takeWorker(): Worker {
  if (idle === null) return startThread("dns/zone-reader", { name: "muster-zone", semiSpaceMib });
  const { worker, timer } = idle;
  idle = null;
  clearTimeout(timer);
  worker.removeAllListeners("error");
  worker.removeAllListeners("exit");
  worker.ref();
  return worker;
}

async function putBack(worker: Worker): Promise<void> {
  if (idle !== null) return void (await worker.terminate());
  const forget = (): void => {
    if (idle?.worker === worker) idle = null;
  };
  const timer = setTimeout(() => {
    forget();
    void worker.terminate();
  }, idleMsMax);
  // Neither keeps a program that has nothing else to do.
  timer.unref();
  worker.unref();
  worker.once("error", forget);
  worker.once("exit", forget);
  idle = { worker, timer };
}

/** Reads, checks, and feeds. The ports belong to the reading thread from then on. */
export async function readZoneFile(
  source: ZoneFileSource,
  to: Pick<ZoneReadingRequest, "before" | "ports">,
): Promise<ZoneReading> {
  return inThread<ZoneReading>({ source, ...to } satisfies ZoneReadingRequest, to.ports);
}

/** Reads, checks, and compares. */
export async function compareZoneFile(
  source: ZoneFileSource,
  before: readonly Uint8Array[],
): Promise<Result<FileComparison, readonly string[]>> {
  return inThread({ source, before } satisfies FileComparisonRequest, []);
}

async function inThread<T>(
  request: FileComparisonRequest | ZoneReadingRequest,
  ports: readonly MessagePort[],
): Promise<T> {
  const worker = takeWorker();
  worker.postMessage(request, [...ports]);
  // `once` fails when the thread does.
  const [reply] = (await once(worker, "message")) as [T];
  await putBack(worker);
  return reply;
}
