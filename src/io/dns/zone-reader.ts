/** The thread that reads one zone file; see `zone-reading.ts`. */
import { readFileSync } from "node:fs";
import { constants, setPriority } from "node:os";
import { dirname, resolve } from "node:path";
import { parentPort, workerData } from "node:worker_threads";
import { assert } from "../../base/assert.ts";
import { fail, ok, type Result } from "../../base/result.ts";
import { faultText } from "../../dns/zone-file/fault.ts";
import { loadZone } from "../../dns/zone-load.ts";
import { feedZone } from "./zone-feed.ts";
import type { ZoneReading, ZoneReadingSetup } from "./zone-reading.ts";

function readText(path: string): Result<string, string> {
  try {
    return ok(readFileSync(path, "latin1"));
  } catch (error) {
    return fail(error instanceof Error ? error.message : String(error));
  }
}

async function read(setup: ZoneReadingSetup): Promise<ZoneReading> {
  const { origin, file, ports } = setup;
  const text = readText(file);
  if (!text.ok) return fail([`${file}: ${text.error}`]);
  const loaded = loadZone({
    origin,
    file,
    text: text.value,
    // As the zone file itself would be named: relative to its folder, at whatever depth.
    readIncluded: (path) => readText(resolve(dirname(file), path)),
  });
  if (!loaded.ok) return fail(loaded.error.map(faultText));
  await feedZone(ports, loaded.value.zone.rrsets);
  return ok(loaded.value.warnings.map(faultText));
}

/**
 * Lets threads that answer go first: on Linux process 0 of `setPriority` is the calling thread and no other. Reading a
 * zone is half a second of work without a pause.
 */
function standBack(): void {
  if (process.platform === "linux") setPriority(0, constants.priority.PRIORITY_LOW);
}

assert(parentPort !== null, "zone-reader.ts runs in a thread");
standBack();
const setup = workerData as ZoneReadingSetup;
const reading = await read(setup);
for (const port of setup.ports) port.close();
parentPort.postMessage(reading);
