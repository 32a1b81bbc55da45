/**
 * A process to be killed: saves numbered batches as fast as the disk takes them and prints each number once it is
 * acknowledged. Every batch writes its number in several tables, so that half a batch would show. Beside them go steps
 * of a zone's past, several at a time.
 */
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { batchNumber, event, keepLog } from "./store-values.ts";
import { pastStep, pastZone } from "./store-zones.ts";

const stepsAtATime = 3;

const [path = "", first = "1"] = process.argv.slice(2);
const store = await openSqliteStore({ path, log: keepLog() });
const { lastEventId } = await store.load();
let serial = (await store.loadPast(pastZone))?.serial ?? 0;

/** Hands over some steps at once, and says how far they went. */
async function addSteps(): Promise<void> {
  const steps = Array.from({ length: stepsAtATime }, () => {
    const step = pastStep(serial, serial + 1);
    serial = step.serial;
    return store.savePast(step);
  });
  process.stdout.write(`handed ${serial}\n`);
  const outcomes = await Promise.all(steps);
  const failed = outcomes.find((outcome) => outcome.kind === "failed");
  process.stdout.write(failed === undefined ? `past ${serial}\n` : `failed ${failed.reason}\n`);
}

process.stdout.write(`events ${lastEventId}\n`);
for (let number = Number(first), id = lastEventId + 1; ; number++, id++) {
  store.append([event(id)]);
  const [outcome] = await Promise.all([store.save(batchNumber(number)), addSteps()]);
  process.stdout.write(outcome.kind === "ok" ? `saved ${number} ${id}\n` : `failed ${outcome.reason}\n`);
}
