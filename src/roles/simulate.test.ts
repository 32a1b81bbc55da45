import { expect, test } from "vitest";
import { fixtureConfig } from "../core/fixtures.ts";
import { Drive, poolOf } from "./drive.ts";
import { simulateFailure } from "./simulate.ts";

function running(addresses: readonly string[]): Drive {
  const drive = new Drive(fixtureConfig([poolOf(addresses)]));
  drive.run(3100);
  return drive;
}

function idOf(drive: Drive, address: string): string {
  return [...drive.controller.state.targets.keys()].find((id) => id.startsWith(`${address} `)) ?? "";
}

test("a simulated failure tells what would be seen, decided and published, and changes nothing", () => {
  const drive = running(["192.0.2.1", "192.0.2.2"]);
  const fault = { targetIds: [idOf(drive, "192.0.2.1")], how: "refused" } as const;
  const { answers, story, zones } = simulateFailure(drive.controller.state, fault, drive.now);
  expect(story.map(({ rule }) => rule)).toEqual(["health/suspect", "health/fall", "pool/round-robin"]);
  expect(story.at(-1)?.atMs).toBeLessThan(1200);
  expect(answers).toMatchObject([
    { before: ["192.0.2.1", "192.0.2.2"], after: ["192.0.2.2"], lastResort: false, cachedSeconds: 30 },
  ]);
  expect(zones[0]?.removed).toEqual(["www.example.org. 30 IN A 192.0.2.1"]);
  expect(drive.answer()).toBe("192.0.2.1 192.0.2.2");
});

test("all members fail: the last resort is shown, and silence takes longer than refusal", () => {
  const drive = running(["192.0.2.1", "192.0.2.2"]);
  const targetIds = [idOf(drive, "192.0.2.1"), idOf(drive, "192.0.2.2")];
  const refused = simulateFailure(drive.controller.state, { targetIds, how: "refused" }, drive.now);
  const silent = simulateFailure(drive.controller.state, { targetIds, how: "silent" }, drive.now);
  expect(refused.answers[0]).toMatchObject({ lastResort: true, after: ["192.0.2.1", "192.0.2.2"] });
  expect(silent.story.at(-1)?.atMs).toBeGreaterThan(refused.story.at(-1)?.atMs ?? 0);
});
