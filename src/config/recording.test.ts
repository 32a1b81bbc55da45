import { expect, test } from "vitest";
import { fakeSources } from "../../test/fakes/config-sources.ts";
import { loadConfig } from "./load.ts";

function load(recording: string) {
  const text = `zones: { example.org: { nameservers: [ns1.example.net, ns2.example.com] } }\n${recording}`;
  return loadConfig(text, fakeSources);
}

test.each([
  ["", { ms: 30 * 86_400_000, bytes: 64 * 1_048_576 }],
  ["recording: off", null],
  ["recording: { keep: 7d }", { ms: 7 * 86_400_000, bytes: 64 * 1_048_576 }],
  ["recording: { keep: 90d, size: 512MiB }", { ms: 90 * 86_400_000, bytes: 512 * 1_048_576 }],
])("how much is kept: %j", (text, wanted) => {
  const read = load(text);
  expect(read.ok ? read.value.config.recording : read.error).toEqual(wanted);
});

test.each(["recording: { keep: 1s }", "recording: { size: 10KiB }", "recording: on"])("refused: %s", (text) => {
  expect(load(text).ok).toBe(false);
});
