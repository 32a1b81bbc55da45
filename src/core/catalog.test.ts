import { expect, test } from "vitest";
import { rrsetText } from "../dns/zone-file/write.ts";
import { catalogSets, zonesOf } from "./catalog.ts";
import { fixtureConfig, fixtureZone } from "./fixtures.ts";

const to = [{ address: "192.0.2.53", port: 53, key: null }];
const transfer = { to, allow: [] };

test("a catalog lists the zones that secondaries may have, and says its version", () => {
  const zones = [fixtureZone({ transfer }), fixtureZone({ origin: "example.net" })];
  const config = fixtureConfig([], { zones, catalog: { origin: "catalog.example", transfer } });
  const text = catalogSets(config).map(rrsetText).join("");
  expect(text).toContain('version.catalog.example.\t3600\tIN\tTXT\t"2"\n');
  expect(text).toMatch(/^[0-9a-f]{16}\.zones\.catalog\.example\.\t3600\tIN\tPTR\texample\.org\.$/m);
  expect(text).not.toContain("example.net");
  expect(zonesOf(config).map(({ origin }) => origin)).toEqual(["example.org", "example.net", "catalog.example"]);
});

test("a zone keeps its label, and without a catalog there is nothing", () => {
  const label = (zones: readonly string[]): string | undefined =>
    catalogSets(
      fixtureConfig([], {
        zones: zones.map((origin) => fixtureZone({ origin, transfer })),
        catalog: { origin: "c.example", transfer },
      }),
    )
      .map(rrsetText)
      .find((line) => line.includes("example.org"));
  expect(label(["example.org"])).toBe(label(["example.net", "example.org"]));
  expect(catalogSets(fixtureConfig([]))).toEqual([]);
});
