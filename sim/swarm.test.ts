import { expect, test } from "vitest";
import { runSeed } from "./swarm.ts";

const seeds = 3000;

test(`M7 M11 ${seeds} lives full of faults keep every promise`, () => {
  const broken = [];
  for (let seed = 1; seed <= seeds; seed++) {
    const run = runSeed(seed);
    if (run.broken !== null) broken.push(`seed ${seed}: ${run.broken} (npm run sim -- --seed ${seed})`);
  }
  expect(broken).toEqual([]);
});

test("a seed gives the same life to the last byte", () => {
  for (const seed of [7, 77, 777]) expect(runSeed(seed).transcript).toEqual(runSeed(seed).transcript);
});

test("lives are eventful: faults, failures and returns all happen", () => {
  const lines = [1, 2, 3, 4, 5, 6, 7, 8].flatMap((seed) => runSeed(seed).transcript).join("\n");
  for (const word of [
    "kill -9",
    "is down",
    "is up",
    "last resort",
    "reload",
    "drain",
    "checker is sick",
    "suspected",
  ]) {
    expect(lines).toContain(word);
  }
});
