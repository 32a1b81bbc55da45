/**
 * `npm run sim -- --seeds N [--from S]`: many seeds; `npm run sim -- --seed S`: one, with its transcript. A failing seed
 * is printed with the command that plays it again. `--rewrite` brings the scenarios' results up to date.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { playScenario } from "./scenario.ts";
import { runSeed } from "./swarm.ts";

const seedsDefault = 10_000;
const progressEvery = 1000;

function playOne(seed: number): number {
  const run = runSeed(seed);
  process.stdout.write(`${run.transcript.join("\n")}\n`);
  process.stdout.write(
    run.broken === null ? `seed ${seed}: all promises kept\n` : `seed ${seed} FAILED: ${run.broken}\n`,
  );
  return run.broken === null ? 0 : 1;
}

function playMany(from: number, count: number): number {
  const startedAt = performance.now();
  let failed = 0;
  for (let seed = from; seed < from + count; seed++) {
    const { broken } = runSeed(seed);
    if (broken !== null) {
      failed += 1;
      process.stdout.write(`seed ${seed} FAILED: ${broken}\n  play it again: npm run sim -- --seed ${seed}\n`);
    }
    if ((seed - from + 1) % progressEvery === 0) process.stdout.write(`${seed - from + 1} of ${count} seeds\n`);
  }
  const seconds = (performance.now() - startedAt) / 1000;
  process.stdout.write(`${count - failed} passed, ${failed} failed (${seconds.toFixed(1)} s, seeds from ${from})\n`);
  return failed === 0 ? 0 : 1;
}

/** Writes into each scenario what really comes out. */
function rewriteScenarios(): number {
  const folder = new URL("./scenarios/", import.meta.url);
  for (const file of readdirSync(folder)) {
    const path = new URL(file, folder);
    writeFileSync(path, playScenario(readFileSync(path, "utf8")));
  }
  return 0;
}

function main(): number {
  const { values } = parseArgs({
    options: {
      seed: { type: "string" },
      seeds: { type: "string" },
      from: { type: "string" },
      rewrite: { type: "boolean" },
    },
  });
  if (values.rewrite === true) return rewriteScenarios();
  if (values.seed !== undefined) return playOne(Number(values.seed));
  return playMany(Number(values.from ?? 1), Number(values.seeds ?? seedsDefault));
}

process.exitCode = main();
