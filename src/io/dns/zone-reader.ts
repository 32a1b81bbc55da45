/** The thread that reads zone files, one at a time; see `zone-reading.ts`. */
import { setPriority } from "node:os";
import { dirname } from "node:path";
import { parentPort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { fail, ok } from "../../base/result.ts";
import { faultText } from "../../dns/zone-file/fault.ts";
import type { ParsedZone } from "../../dns/zone-file/parse.ts";
import { loadZone } from "../../dns/zone-load.ts";
import { includeFrom, readZoneText } from "../zone-text.ts";
import { findChanges } from "./base-changes.ts";
import { packPieces } from "./set-packing.ts";
import { feedChanges, feedPieces } from "./zone-feed.ts";
import type { ZoneReading, ZoneReadingRequest } from "./zone-reading.ts";

async function read(request: ZoneReadingRequest): Promise<ZoneReading> {
  const { origin, file, hosts } = request;
  const text = readZoneText(file);
  if (!text.ok) return fail([`${file}: ${text.error}`]);
  const readIncluded = includeFrom(dirname(file));
  const loaded = loadZone({ origin, file, text: text.value, readIncluded }, [], hosts);
  if (!loaded.ok) return fail(loaded.error.map(faultText));
  const { zone, warnings } = loaded.value;
  return ok({ warnings: warnings.map(faultText), pieces: await feed(request, zone) });
}

/** Gives the threads what they need of it, and returns all of it, packed. */
async function feed({ before, ports }: ZoneReadingRequest, zone: ParsedZone): Promise<readonly Uint8Array[]> {
  const changes = before === null ? null : findChanges(before, zone);
  if (changes === null) {
    const pieces = packPieces(zone.rrsets);
    await feedPieces(ports, pieces);
    return pieces;
  }
  await feedChanges(ports, changes);
  return changes.pieces;
}

/**
 * Behind the threads that answer, but with about a tenth of a core even where these take all of it. At the lowest
 * priority it would get a hundredth, and a busy server would take half a minute to read a file.
 */
const readingNice = 10;

/** On Linux process 0 of `setPriority` is the calling thread and no other. */
function standBack(): void {
  if (process.platform === "linux") setPriority(0, readingNice);
}

async function answer(request: ZoneReadingRequest): Promise<void> {
  const reading = await read(request);
  for (const port of request.ports) port.close();
  main.postMessage(reading);
}

assert(parentPort !== null, "zone-reader.ts runs in a thread");
const main = parentPort;
standBack();
main.on("message", (request: ZoneReadingRequest) => void answer(request));
