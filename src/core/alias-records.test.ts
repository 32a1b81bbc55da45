import { expect, test } from "vitest";
import { aliasRecords } from "./alias-records.ts";
import { fixtureConfig, fixturePool } from "./fixtures.ts";
import type { Config } from "./model.ts";

function configOf(origins: readonly string[], pools: Readonly<Record<string, readonly string[]>>): Config {
  const base = fixtureConfig([]);
  const [zone] = base.zones;
  if (zone === undefined) throw new Error("the fixture has a zone");
  return {
    ...base,
    zones: origins.map((origin) => ({ ...zone, origin })),
    pools: Object.entries(pools).map(([name, aliases]) => fixturePool([], { name, aliases })),
  };
}

test("M1 aliases become CNAMEs, grouped by the zone that needs them", () => {
  const config = configOf(["mirrors.example.org", "static.example.net"], {
    "www.mirrors.example.org": ["www.example.org", "example.org", "a.b.example.com"],
    "ftp.mirrors.example.org": ["ftp.example.org", "x.static.example.net", "static.example.net"],
  });
  const found = aliasRecords(config).map(({ records, zone }) => [
    zone,
    ...records.map(({ line, obstacle }) => (obstacle === null ? line.replaceAll("\t", " ") : obstacle.split(":")[0])),
  ]);
  expect(found).toEqual([
    ["b.example.com", "a.b.example.com. 3600 IN CNAME www.mirrors.example.org."],
    [
      "example.org",
      "example.org is the top of a zone and cannot be a CNAME",
      "ftp.example.org. 3600 IN CNAME ftp.mirrors.example.org.",
      "www.example.org. 3600 IN CNAME www.mirrors.example.org.",
    ],
    [
      "static.example.net",
      "static.example.net is the top of a zone and cannot be a CNAME",
      "x.static.example.net. 3600 IN CNAME ftp.mirrors.example.org.",
    ],
  ]);
});

test("without aliases there is nothing to print", () => {
  expect(aliasRecords(configOf(["example.org"], { "www.example.org": [] }))).toEqual([]);
});
