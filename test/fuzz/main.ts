/** `npm run fuzz -- --count N --seed S`: millions of mutated queries; a finding prints its seed and ends with 1. */
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { FuzzFinding, runFuzz } from "./fuzz.ts";

const { values } = parseArgs({
  options: { count: { type: "string", default: "10000000" }, seed: { type: "string" } },
});
const count = Number(values.count);
const seed = values.seed === undefined ? (Date.now() & 0x7fffffff) >>> 0 : Number(values.seed);
/** Growth of the heap over a run that counts as a leak. */
const growthMibMax = 64;

const started = performance.now();
setFlagsFromString("--expose-gc");
const collectGarbage: unknown = runInNewContext("gc");

/** What is really held: garbage is collected first. */
function heapMib(): number {
  if (typeof collectGarbage === "function") collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 2 ** 20;
}

function rate(done: number): string {
  const seconds = (performance.now() - started) / 1000;
  return `${Math.round(done / seconds)} queries/s, heap ${heapMib().toFixed(0)} MiB`;
}

console.log(`seed ${seed}, ${count} queries`);
try {
  let first: number | null = null;
  const outcome = runFuzz({
    count,
    seed,
    decodeEvery: 1,
    onProgress: (done) => {
      first ??= heapMib();
      console.log(`${done} of ${count}, ${rate(done)}`);
    },
  });
  console.log(`answered ${outcome.answered}, silent ${outcome.silent}, by rcode ${JSON.stringify(outcome.byRcode)}`);
  if (heapMib() - (first ?? heapMib()) > growthMibMax)
    throw new FuzzFinding(`the heap grew by over ${growthMibMax} MiB`);
} catch (error) {
  if (!(error instanceof FuzzFinding)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
