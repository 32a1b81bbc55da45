import { expect, test } from "vitest";
import { fixtureConfig, fixturePool, fixtureZone } from "../core/fixtures.ts";
import { textName } from "../dns/name.ts";
import { explainName } from "./controller-explain.ts";
import { Drive } from "./drive.ts";

const pools = ["www.example.org", "*.apps.example.org"].map((name) => fixturePool([], { name }));
const owner = textName("_acme-challenge.example.org");
const txt = { owner, type: 16, ttlSeconds: 60, rdata: [Uint8Array.of(1, 120)] };

function explained(name: string, changes: Parameters<typeof fixtureZone>[0] = {}): string {
  const drive = new Drive(fixtureConfig(pools, { zones: [fixtureZone(changes)] }));
  drive.run(3100);
  const update = { request: 1, key: "k", put: [txt], remove: [] };
  drive.step({ kind: "updates-requested", origin: "example.org", updates: [update] });
  const explanation = explainName(drive.controller.state, name, { now: drive.now, nameservers: [], outlets: [] });
  return (explanation?.steps[0]?.sentence ?? "nothing").replace(/serial \d+/, "serial N");
}

const made = "zone example.org, made by muster (serial N)";

test.each([
  ["example.org", `example.org is no pool: it is answered from ${made}`],
  ["apps.example.org", `apps.example.org is no pool: it is answered from ${made}`],
  ["_acme-challenge.example.org", `_acme-challenge.example.org is no pool: it is answered from ${made}`],
  ["ww.example.org", `ww.example.org is no pool: it does not exist in ${made}`],
  ["x.www.example.org", `x.www.example.org is no pool: it does not exist in ${made}`],
  ["a.b.apps.example.org", "a.b.apps.example.org is answered as *.apps.example.org"],
  ["example.net", "nothing"],
])("%s, which is no pool, is explained by what the zone has of it", (name, sentence) => {
  expect(explained(name)).toBe(sentence);
});

test("a zone that is not served yet answers nothing", () => {
  const drive = new Drive(fixtureConfig([], { zones: [fixtureZone({ file: "/zone" })] }));
  const { state } = drive.controller;
  const zone = state.zones.get("example.org");
  if (zone !== undefined) zone.phase = "loading";
  const explanation = explainName(state, "example.org", { now: drive.now, nameservers: [], outlets: [] });
  expect(explanation?.steps[0]?.sentence).toBe(
    "example.org is no pool: it is not answered, as is nothing of zone example.org, read from /zone (not loaded)",
  );
});

test("what a zone file says of a name is not guessed", () => {
  const where = "zone example.org, read from /zone (serial N)";
  const sentence = `x.example.org is no pool: ${where} says what it answers, or that it does not exist`;
  expect(explained("x.example.org", { file: "/zone" })).toBe(sentence);
  expect(explained("example.org", { file: "/zone" })).toBe(`example.org is no pool: it is answered from ${where}`);
});
