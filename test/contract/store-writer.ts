/**
 * A process to be killed: saves numbered batches as fast as the disk takes them and prints each number once it is
 * acknowledged. Every batch writes its number in several tables, so that half a batch would show.
 */
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { batchNumber, event, keepLog } from "./store-values.ts";

const [path = "", first = "1"] = process.argv.slice(2);
const store = await openSqliteStore({ path, log: keepLog() });
const { lastEventId } = await store.load();
process.stdout.write(`events ${lastEventId}\n`);
for (let number = Number(first), id = lastEventId + 1; ; number++, id++) {
  store.append([event(id)]);
  const outcome = await store.save(batchNumber(number));
  process.stdout.write(outcome.kind === "ok" ? `saved ${number} ${id}\n` : `failed ${outcome.reason}\n`);
}
