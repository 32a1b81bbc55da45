/** What updates leave, against a plain reading of RFC 2136, 3.4.2.7 over a list of records. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { nameKey } from "../name.ts";
import { octetString } from "../octets.ts";
import { canonicalRdata, readSoa } from "../rdata/index.ts";
import { isSingletonType, rrType } from "../rr-types.ts";
import {
  evaluateText as evaluate,
  fixtureOrigin as origin,
  fixtureZone as zoneText,
  requestOf as request,
  TwoLayers,
} from "./fixtures.ts";
import type { UpdateChange } from "./request.ts";

/** RFC 2136, 3.4.2.7 as it stands, over a plain list of records. */
class NaiveZone {
  records: { owner: string; type: number; ttl: number; rdata: Uint8Array }[] = [];

  constructor(zone: TwoLayers) {
    for (const set of zone.served()) {
      for (const rdata of set.rdata) {
        this.records.push({ owner: nameKey(set.owner), type: set.type, ttl: set.ttlSeconds, rdata });
      }
    }
  }

  change(change: UpdateChange): void {
    const owner = nameKey(change.owner);
    const top = owner === nameKey(origin);
    const kept = (type: number): boolean => top && (type === rrType.SOA || type === rrType.NS);
    if (change.kind === "delete-name") this.drop((one) => one.owner === owner && !kept(one.type));
    else if (change.kind === "delete-set") {
      this.drop((one) => one.owner === owner && one.type === change.type && !kept(one.type));
    } else if (change.kind === "delete-record") {
      if (change.type === rrType.SOA) return;
      const left = this.records.filter((one) => one.owner === owner && one.type === change.type);
      if (top && change.type === rrType.NS && left.length === 1) return;
      this.drop((one) => one.owner === owner && same(one, change));
    } else this.add(owner, change);
  }

  private drop(gone: (one: NaiveZone["records"][number]) => boolean): void {
    this.records = this.records.filter((one) => !gone(one));
  }

  private add(owner: string, change: UpdateChange & { kind: "add" }): void {
    const { type, ttlSeconds: ttl, rdata } = change;
    const here = this.records.filter((one) => one.owner === owner);
    if (type === rrType.CNAME && here.some((one) => one.type !== rrType.CNAME)) return;
    if (type !== rrType.CNAME && here.some((one) => one.type === rrType.CNAME)) return;
    const held = here.find((one) => one.type === type);
    if (type === rrType.SOA) {
      if (held === undefined || (readSoa(rdata)?.serial ?? 0) <= (readSoa(held.rdata)?.serial ?? 0)) return;
    }
    this.drop((one) => one.owner === owner && (same(one, change) || (one.type === type && isSingletonType(type))));
    for (const one of this.records) if (one.owner === owner && one.type === type) one.ttl = ttl;
    this.records.push({ owner, type, ttl, rdata });
  }

  lines(): string[] {
    return this.records.map(({ owner, type, ttl, rdata }) => `${owner} ${type} ${ttl} ${octetString(rdata)}`).sort();
  }
}

function same(one: { type: number; rdata: Uint8Array }, other: { type: number; rdata: Uint8Array }): boolean {
  const canonical = ({ type, rdata }: typeof one): string => octetString(canonicalRdata(type, rdata));
  return one.type === other.type && canonical(one) === canonical(other);
}

test("any updates one after another leave what a plain reading of the RFC leaves", () => {
  const owner = fc.constantFrom("@", "www", "WWW", "alias", "new", "x.ent", "d", "host");
  const data = fc.constantFrom(
    "A 192.0.2.10",
    "A 192.0.2.11",
    "TXT hello",
    "CNAME host",
    "CNAME www",
    "NS ns1",
    "NS ns2",
    "NS ns3",
    "MX 10 mail",
    "DNAME example.com.",
    "SOA ns1 hostmaster 100 1 1 1 1",
    "SOA ns1 hostmaster 101 1 1 1 1",
    "SOA ns1 hostmaster 102 1 1 1 1",
  );
  const line = fc.oneof(
    fc.tuple(owner, fc.constantFrom(60, 300), data).map(([name, ttl, text]) => `update add ${name} ${ttl} ${text}`),
    fc.tuple(owner, data).map(([name, text]) => `update delete ${name} ${text}`),
    fc.tuple(owner, data).map(([name, text]) => `update delete ${name} ${text.split(" ")[0]}`),
    owner.map((name) => `update delete ${name}`),
  );
  fc.assert(
    fc.property(fc.array(fc.array(line, { minLength: 1, maxLength: 8 }), { maxLength: 5 }), (updates) => {
      const zone = new TwoLayers(origin, zoneText);
      const naive = new NaiveZone(zone);
      for (const lines of updates) {
        const outcome = evaluate(zone, lines.join("\n"));
        if (outcome.kind === "refused") throw new Error(outcome.reason);
        zone.apply(outcome);
        for (const change of request(lines.join("\n")).changes) naive.change(change);
        expect(new NaiveZone(zone).lines()).toEqual(naive.lines());
      }
      expectMinimal(zone);
    }),
    { numRuns: 500 },
  );
});

/** No entry of the layer says what the base says already, and none hides what is not there. */
function expectMinimal(zone: TwoLayers): void {
  for (const [key, set] of zone.updates) {
    const below = zone.base.get(key);
    if (set.rdata.length === 0) expect(below).toBeDefined();
    const lines = (one: typeof below): string[] => (one?.rdata ?? []).map(octetString).sort();
    if (below?.ttlSeconds === set.ttlSeconds) expect(lines(below)).not.toEqual(lines(set));
  }
}
