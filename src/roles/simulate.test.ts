import { expect, test } from "vitest";
import { fixtureConfig } from "../core/fixtures.ts";
import type { NotifyConfig } from "../core/notify.ts";
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

/** One channel that is told of warnings, and one when nobody takes care for ten minutes. */
const notify: NotifyConfig = {
  channels: ["page", "call"].map((program) => ({
    kind: "exec",
    name: program === "page" ? "ops" : "boss",
    command: [`/usr/bin/${program}`],
    timeoutMs: 1000,
    secrets: { url: null, key: null },
  })),
  routes: [{ to: ["ops"], severity: "warning", kinds: [], rules: [], subjects: [], digestMs: null }],
  groupMs: 5000,
  repeatsMax: 3,
  timeZone: "UTC",
  quietHours: [],
  escalate: [{ afterMs: 600_000, severity: "warning", to: ["boss"] }],
  reports: [],
  heartbeat: null,
};

test("what probes find, how the TTL shrinks, and who is told by which channel", () => {
  const drive = new Drive(fixtureConfig([poolOf(["192.0.2.1", "192.0.2.2"])], { notify }));
  drive.run(3100);
  const targetIds = [idOf(drive, "192.0.2.1")];
  const { messages, ttls, verdicts } = simulateFailure(
    drive.controller.state,
    { targetIds, how: "refused" },
    drive.now,
  );
  expect(verdicts.slice(0, 3).map(({ address, verdict }) => `${address} ${verdict}`)).toEqual(
    Array.from({ length: 3 }, () => "192.0.2.1 down"),
  );
  expect(ttls.map(({ ttlSeconds }) => ttlSeconds)).toEqual([5, 30]);
  expect(messages).toMatchObject([
    { channel: "ops", to: ["/usr/bin/page"], severity: "warning", texts: [expect.stringContaining("192.0.2.1")] },
    { channel: "boss", to: ["/usr/bin/call"] },
  ]);
  expect(messages[0]?.atMs).toBeGreaterThanOrEqual(notify.groupMs);
  expect(messages[1]?.atMs).toBeGreaterThanOrEqual(600_000);
});

test("without notify nobody is told", () => {
  const drive = running(["192.0.2.1", "192.0.2.2"]);
  const fault = { targetIds: [idOf(drive, "192.0.2.1")], how: "refused" } as const;
  expect(simulateFailure(drive.controller.state, fault, drive.now).messages).toEqual([]);
});

test("all members fail: the last resort is shown, and silence takes longer than refusal", () => {
  const drive = running(["192.0.2.1", "192.0.2.2"]);
  const targetIds = [idOf(drive, "192.0.2.1"), idOf(drive, "192.0.2.2")];
  const refused = simulateFailure(drive.controller.state, { targetIds, how: "refused" }, drive.now);
  const silent = simulateFailure(drive.controller.state, { targetIds, how: "silent" }, drive.now);
  expect(refused.answers[0]).toMatchObject({ lastResort: true, after: ["192.0.2.1", "192.0.2.2"] });
  expect(silent.story.at(-1)?.atMs).toBeGreaterThan(refused.story.at(-1)?.atMs ?? 0);
});
