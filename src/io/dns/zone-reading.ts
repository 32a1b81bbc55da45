/**
 * Reads a zone file in a thread of its own, which hands the sets straight to the answering threads: neither these nor
 * the main thread wait for the disk or the parser, and the memory of the parser goes with its thread.
 */
import { once } from "node:events";
import { type MessagePort, Worker } from "node:worker_threads";
import type { Result } from "../../base/result.ts";
import type { Name } from "../../dns/types.ts";
import { threadFile } from "./thread-file.ts";

/** Warnings, or errors, as sentences with file and line. */
export type ZoneReading = Result<readonly string[], readonly string[]>;

export interface ZoneReadingSetup {
  readonly origin: Name;
  readonly file: string;
  /** One for each answering thread. */
  readonly ports: readonly MessagePort[];
}

/** Reads, checks, and feeds. The ports belong to the reading thread from then on. */
export async function readZoneFile(
  source: { readonly origin: Name; readonly file: string },
  ports: readonly MessagePort[],
): Promise<ZoneReading> {
  const workerData: ZoneReadingSetup = { origin: source.origin, file: source.file, ports };
  const worker = new Worker(threadFile("zone-reader"), { workerData, transferList: [...ports], name: "muster-zone" });
  // `once` fails when the thread does.
  const [reading] = (await once(worker, "message")) as [ZoneReading];
  await worker.terminate();
  return reading;
}
