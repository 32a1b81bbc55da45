/** The thread that reads zone files, one at a time; see `zone-reading.ts`. */
import { setPriority } from "node:os";
import { dirname } from "node:path";
import { parentPort } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { removalRefusal } from "../../core/removal.ts";
import { nameKey } from "../../dns/name.ts";
import type { NameKey } from "../../dns/types.ts";
import { faultText } from "../../dns/zone-file/fault.ts";
import type { ParsedZone } from "../../dns/zone-file/parse.ts";
import { type LoadedZone, loadZone } from "../../dns/zone-load.ts";
import type { FileComparison, ZoneFileSource } from "../../ports/nameserver.ts";
import { includeFrom, readZoneText } from "../zone-text.ts";
import { findChanges } from "./base-changes.ts";
import { compareBase, findLoss } from "./base-loss.ts";
import { packPieces } from "./set-packing.ts";
import { feedChanges, feedPieces } from "./zone-feed.ts";
import type { FileComparisonRequest, ZoneReading, ZoneReadingRequest } from "./zone-reading.ts";

async function read(request: ZoneReadingRequest): Promise<ZoneReading> {
  const parsed = parse(request.source);
  if (!parsed.ok) return parsed;
  const { warnings, zone } = parsed.value;
  const refusal = refusalOf(request, zone);
  if (refusal !== null) return fail([refusal]);
  return ok({ warnings: warnings.map(faultText), pieces: await feed(request, zone) });
}

/** A name that is decided elsewhere, and that the file delegates away, would never be answered. */
function parse({ decided = [], file, hosts = [], origin }: ZoneFileSource): Result<LoadedZone, readonly string[]> {
  const text = readZoneText(file);
  if (!text.ok) return fail([`${file}: ${text.error}`]);
  const readIncluded = includeFrom(dirname(file));
  const laidOver = decided.map((owner) => ({ owner, types: [] }));
  const loaded = loadZone({ origin, file, text: text.value, readIncluded }, laidOver, hosts);
  return loaded.ok ? loaded : fail(loaded.error.map(faultText));
}

/** Why the file removes too much; null: it does not. */
function refusalOf({ before, source }: ZoneReadingRequest, zone: ParsedZone): string | null {
  const { file, removalMax = null } = source;
  if (before === null || removalMax === null) return null;
  const refusal = removalRefusal([{ ...findLoss(before, zone, decidedIn(source)), what: "records" }], removalMax);
  return refusal === null ? null : `${file}: ${refusal}`;
}

function decidedIn({ decided = [] }: ZoneFileSource): ReadonlySet<NameKey> {
  return new Set(decided.map(nameKey));
}

function compare({ before, source }: FileComparisonRequest): Result<FileComparison, readonly string[]> {
  const parsed = parse(source);
  return parsed.ok ? ok(compareBase(before, parsed.value.zone, decidedIn(source))) : parsed;
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

async function answer(request: ZoneReadingRequest | FileComparisonRequest): Promise<void> {
  if (!("ports" in request)) return main.postMessage(compare(request));
  const reading = await read(request);
  for (const port of request.ports) port.close();
  main.postMessage(reading);
}

assert(parentPort !== null, "zone-reader.ts runs in a thread");
const main = parentPort;
standBack();
main.on("message", (request: ZoneReadingRequest | FileComparisonRequest) => void answer(request));
