import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";

function load(pool: string, rehearsals = "") {
  const text = `
zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com], ttl: 30s } }
pools:
  canary.example.org:
    ${pool}
    members: [192.0.2.10, 198.51.100.7]
${rehearsals}`;
  return loadConfig(text, fakeSources);
}

const check = "check: { http: { path: / }, interval: 1s, timeout: 1s }";

test("a canary, its recovery and its schedule", () => {
  const read = load(
    `canary: true\n    recovery: 60s\n    ${check}`,
    'rehearsals: [{ pool: Canary.example.org., every: "Sun 03:00", time-zone: Europe/Berlin }]',
  );
  if (!read.ok) throw new Error(JSON.stringify(read.error.problems));
  expect(read.value.config.pools[0]).toMatchObject({ canary: true, recoveryMs: 60_000 });
  expect(read.value.config.rehearsals).toEqual([
    { pool: "canary.example.org", days: [0], atMinute: 180, timeZone: "Europe/Berlin", forMs: 30_000 },
  ]);
  expect(read.value.warnings).toEqual([]);
});

test("a rehearsal of what is no canary, or is not there, is a mistake", () => {
  const none = load(check, 'rehearsals: [{ pool: canary.example.org, every: "daily 04:00" }]');
  expect(none.ok ? "" : none.error.problems[0]?.sentence).toContain("is no canary");
  const other = load(check, 'rehearsals: [{ pool: canari.example.org, every: "daily 04:00" }]');
  expect(other.ok ? "" : other.error.problems[0]).toMatchObject({ nearest: "canary.example.org" });
});

test("a recovery that interval, timeout and TTL cannot keep gets a warning", () => {
  const read = load(`recovery: 31s\n    ${check}`);
  expect(read.ok ? read.value.warnings.map(({ sentence }) => sentence) : []).toEqual([
    expect.stringContaining("a failure in canary.example.org may last"),
  ]);
});
