import { expect, test } from "vitest";
import { fixtureCheck, fixtureConfig, fixtureMember, fixturePool } from "../../src/core/fixtures.ts";
import type { ProbeConfig } from "../../src/core/model.ts";
import { describeMissingPrograms } from "../../src/io/probe/programs-at-start.ts";

function describe(...probes: readonly ProbeConfig[]): Promise<readonly string[]> {
  const members = probes.map((probe, index) =>
    fixtureMember(`192.0.2.${index + 1}`, { check: fixtureCheck({ probe }) }),
  );
  return describeMissingPrograms(fixtureConfig([fixturePool(members)]));
}

function exec(path: string): ProbeConfig {
  return { kind: "exec", command: [path], port: null, warning: "up", environment: [] };
}

test("programs that are there, and a ping that works, need no words", async () => {
  expect(await describe(exec("/bin/true"), { kind: "ping", dataBytes: 56 })).toEqual([]);
});

test("a program that is missing is told of once, also inside a list of probes", async () => {
  const missing = exec("/nowhere/check_this");
  expect(await describe(missing, missing, { kind: "any", of: [{ kind: "all", of: [missing] }] })).toEqual([
    "the program /nowhere/check_this of a check does not exist or may not be run: members that it judges stay unknown",
  ]);
});
