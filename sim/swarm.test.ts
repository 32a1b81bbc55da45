import { expect, test } from "vitest";
import { type Run, runSeed } from "./swarm.ts";
import type { PlantedFaults } from "./zone-keeper.ts";

const seeds = 500;

test(`M3 M7 M10 M11 ${seeds} lives full of faults keep every promise`, () => {
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
  const lines = Array.from({ length: 20 }, (_, i) => i + 1)
    .flatMap((seed) => runSeed(seed).transcript)
    .join("\n");
  for (const word of [
    "kill -9",
    "is down",
    "is up",
    "last resort",
    "reload",
    "drain",
    "checker is sick",
    "suspected",
    "a backup is restored",
    "is answered with rcode 0",
    "nameservers lose",
    "nameserver/behind",
  ]) {
    expect(lines).toContain(word);
  }
});

/** What is broken in lives with a planted fault, with the transcripts. */
function brokenWith(planted: PlantedFaults): readonly Run[] {
  const runs = Array.from({ length: 100 }, (_, seed) => runSeed(seed + 1, planted));
  return runs.filter(({ broken }) => broken !== null);
}

test.each<{ title: string; planted: PlantedFaults; broken: RegExp; after?: string }>([
  {
    title: "M10 a serial that is rolled back after a crash",
    planted: { goOnQuietly: true },
    broken: /is served with serial \d+, and \d+ is known outside/,
    after: "kill -9, and start again",
  },
  {
    title: "M10 a serial that is rolled back after a restored backup",
    planted: { goOnQuietly: true },
    broken: /is served with serial \d+, and \d+ is known outside/,
    after: "kill -9, a backup is restored, and start again",
  },
  {
    title: "M3 a difference that is left out of a transfer",
    planted: { dropDelta: true },
    broken: /removes a record that is not there|has other records than the primary had/,
  },
  {
    title: "M10 a NOTIFY that leaves before its serial is durable",
    planted: { notifyEarly: true },
    broken: /NOTIFY tells serial \d+ of example\.org, which is not durable/,
  },
])("a planted fault is caught: $title", ({ after = "", broken, planted }) => {
  const caught = brokenWith(planted).filter((run) => broken.test(run.broken ?? ""));
  const lastKills = caught.map(({ transcript }) => transcript.findLast((line) => line.includes("kill -9")) ?? "");
  expect(lastKills.filter((line) => line.includes(after)).length).toBeGreaterThan(0);
});
