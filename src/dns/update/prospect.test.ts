/** Updates that are decided together against updates that are made one after the other. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ownerTypeKey } from "../name.ts";
import { rrType } from "../rr-types.ts";
import type { RRset, SetKey } from "../types.ts";
import { parseZone } from "../zone-file/parse.ts";
import { rrsetText } from "../zone-file/write.ts";
import { Zone } from "../zone.ts";
import { soaSerial } from "../zone-records.ts";
import { evaluateUpdate, type UpdateOutcome, type UpdateView } from "./evaluate.ts";
import { fixtureOrigin as origin, fixtureZone as zoneText, requestOf } from "./fixtures.ts";
import { Prospect } from "./prospect.ts";

type Changes = Extract<UpdateOutcome, { kind: "changes" }>;

function freshZone(): Zone {
  const zone = new Zone(origin);
  for (const set of parseZone({ origin, text: zoneText, file: "zone" }).rrsets) zone.load(set);
  return zone;
}

function apply(zone: Zone, { put, remove }: Pick<Changes, "put" | "remove">): void {
  const soa = put.find(({ type }) => type === rrType.SOA)?.rdata[0];
  const serial = soa === undefined ? zone.serial : soaSerial({ rdata: soa });
  const applied = zone.apply({ origin, serial, layer: "updates", put, remove });
  if (!applied.ok) throw new Error(applied.error);
}

function evaluate(view: UpdateView, text: string): UpdateOutcome {
  return evaluateUpdate({ view, request: requestOf(text), permits: () => true });
}

/** Each is applied before the next is seen. */
function oneByOne(texts: readonly string[]): readonly [number[], string] {
  const zone = freshZone();
  const codes = texts.map((text) => {
    const outcome = evaluate(zone, text);
    if (outcome.kind === "refused") return outcome.rcode;
    apply(zone, outcome);
    return 0;
  });
  return [codes, served(zone)];
}

/** All are seen before one transaction with the last word on each set is applied. */
function together(texts: readonly string[]): readonly [number[], string] {
  const zone = freshZone();
  const prospect = new Prospect(zone);
  const last = new Map<string, RRset | SetKey>();
  const codes = texts.map((text) => {
    const outcome = evaluate(prospect, text);
    if (outcome.kind === "refused") return outcome.rcode;
    prospect.accept(outcome);
    for (const set of [...outcome.remove, ...outcome.put]) last.set(ownerTypeKey(set), set);
    return 0;
  });
  const sets = [...last.values()];
  apply(zone, { put: sets.filter((set) => "rdata" in set), remove: sets.filter((set) => !("rdata" in set)) });
  return [codes, served(zone)];
}

function served(zone: Zone): string {
  return [...zone.rrsets()].map(rrsetText).sort().join("");
}

const soa = (serial: number, minimum: number): string =>
  `update add @ 300 SOA ns1 hostmaster ${serial} 3600 600 86400 ${minimum}`;

describe("updates that are decided together", () => {
  test.each([
    ["the second needs what the first added", ["update add new 60 A 192.0.2.1", "prereq yxdomain new"], [0, 0]],
    ["the second loses to the first", ["update add new 60 A 192.0.2.1", "prereq nxdomain new"], [0, 6]],
    ["the first hid what the second needs", ["update delete www A", "prereq yxrrset www A"], [0, 8]],
    ["what came and went is as if nothing had been", ["update delete www", "update add www 300 TXT hello"], [0, 0]],
    [
      "one that fails leaves nothing to the next",
      ["prereq nxdomain www\nupdate add new 60 A 192.0.2.1", "prereq nxdomain new"],
      [6, 0],
    ],
    ["the SOA is changed and put back", [soa(101, 61), soa(102, 60)], [0, 0]],
  ])("%s", (_title, texts, codes) => {
    expect(together(texts)[0]).toEqual(codes);
    expect(together(texts)).toEqual(oneByOne(texts));
  });

  test("answer and leave what they would one after the other", () => {
    const owner = fc.constantFrom("@", "www", "WWW", "alias", "new", "x.ent", "d", "host");
    const data = fc.constantFrom("A 192.0.2.10", "A 192.0.2.11", "TXT hello", "CNAME host", "NS ns1", "MX 10 Mail");
    const type = fc.constantFrom("A", "TXT", "CNAME", "MX", "NS");
    const prerequisite = fc.oneof(
      fc.tuple(fc.constantFrom("yxdomain", "nxdomain"), owner).map((words) => `prereq ${words.join(" ")}`),
      fc.tuple(fc.constantFrom("yxrrset", "nxrrset"), owner, type).map((words) => `prereq ${words.join(" ")}`),
    );
    const change = fc.oneof(
      fc.tuple(owner, fc.constantFrom(60, 300), data).map(([name, ttl, rest]) => `update add ${name} ${ttl} ${rest}`),
      fc.tuple(owner, data).map((words) => `update delete ${words.join(" ")}`),
      fc.tuple(owner, type).map((words) => `update delete ${words.join(" ")}`),
      owner.map((name) => `update delete ${name}`),
      fc.tuple(fc.integer({ min: 99, max: 120 }), fc.constantFrom(60, 61)).map((numbers) => soa(...numbers)),
    );
    const update = fc
      .tuple(fc.array(prerequisite, { maxLength: 1 }), fc.array(change, { minLength: 1, maxLength: 3 }))
      .map(([first, then]) => [...first, ...then].join("\n"));
    fc.assert(
      fc.property(fc.array(update, { maxLength: 8 }), (texts) => {
        expect(together(texts)).toEqual(oneByOne(texts));
      }),
      { numRuns: 1000 },
    );
  });
});
