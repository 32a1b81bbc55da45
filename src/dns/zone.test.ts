import { describe, expect, test } from "vitest";
import { lineSet } from "../../test/fakes/zone-life.ts";
import { nameKey, nameText, textName } from "./name.ts";
import { rdataText } from "./rdata/index.ts";
import { rrType, typeText } from "./rr-types.ts";
import type { Layer, RRset, ZoneDelta } from "./types.ts";
import { Zone, ZoneTable } from "./zone.ts";

const origin = textName("example.org.");

const soa = "example.org. SOA ns1 hostmaster 7 3600 600 86400 60";

function zoneOf(...lines: string[]): Zone {
  const zone = new Zone(origin);
  for (const line of [soa, "example.org. NS ns1", ...lines]) zone.load(lineSet(line));
  return zone;
}

function walk(zone: Zone, name: string): string {
  const found = zone.walk(nameKey(textName(name)));
  switch (found.kind) {
    case "found":
      return `found ${nameText(found.node.key)}`;
    case "delegated":
      return `delegated ${nameText(found.cut.key)}${found.node === null ? "" : " itself"}`;
    case "redirected":
      return `redirected ${nameText(found.from.key)}`;
    case "missing":
      return `missing below ${nameText(found.encloser.key)}`;
  }
}

describe("walk", () => {
  const zone = zoneOf(
    "a.b.c.example.org. A 192.0.2.1",
    "sub.example.org. NS ns.sub.example.org.",
    "ns.sub.example.org. A 192.0.2.2",
    "x.ns.sub.example.org. NS ns.x.ns.sub.example.org.",
    "old.example.org. DNAME new.example.org.",
    "below.old.example.org. A 192.0.2.3",
  );
  test.each([
    ["example.org.", "found example.org."],
    ["A.B.C.Example.Org.", "found a.b.c.example.org."],
    ["b.c.example.org.", "found b.c.example.org."],
    ["z.b.c.example.org.", "missing below b.c.example.org."],
    ["z.y.x.example.org.", "missing below example.org."],
    ["sub.example.org.", "delegated sub.example.org. itself"],
    ["ns.sub.example.org.", "delegated sub.example.org."],
    ["deep.x.ns.sub.example.org.", "delegated sub.example.org."],
    ["old.example.org.", "found old.example.org."],
    ["any.old.example.org.", "redirected old.example.org."],
    ["below.old.example.org.", "redirected old.example.org."],
  ])("%s: %s", (name, expected) => {
    expect(walk(zone, name)).toBe(expected);
  });
});

describe("apply", () => {
  const change = (put: string[], remove: string[] = [], layer: Layer = "base") => ({
    origin,
    serial: 8,
    layer,
    put: put.map((line) => lineSet(line)),
    remove: remove.map((line) => lineSet(line)).map(({ owner, type }) => ({ owner, type })),
  });

  test("puts, replaces and removes sets, and writes the serial", () => {
    const zone = zoneOf("www.example.org. A 192.0.2.1");
    expect(zone.apply(change(["www.example.org. A 192.0.2.2", "new.example.org. TXT x"])).ok).toBe(true);
    expect(zone.serial).toBe(8);
    expect(zone.node(nameKey(textName("www.example.org.")))?.set(1)?.rdata).toEqual([Uint8Array.of(192, 0, 2, 2)]);
    expect(walk(zone, "new.example.org.")).toBe("found new.example.org.");
    zone.apply(change([], ["new.example.org. TXT"]));
    expect(walk(zone, "new.example.org.")).toBe("missing below example.org.");
  });

  test("an empty set leaves the name, and names between vanish with what was below them", () => {
    const zone = zoneOf("a.b.example.org. A 192.0.2.1");
    zone.apply(change(["a.b.example.org. A"]));
    expect(walk(zone, "a.b.example.org.")).toBe("found a.b.example.org.");
    zone.apply(change([], ["a.b.example.org. A"]));
    expect(walk(zone, "b.example.org.")).toBe("missing below example.org.");
    expect(zone.names).toBe(1);
  });

  test("names between come back with a new name below them", () => {
    const zone = zoneOf("a.b.example.org. A 192.0.2.1");
    zone.apply(change([], ["a.b.example.org. A 192.0.2.1"]));
    expect(walk(zone, "b.example.org.")).toBe("missing below example.org.");
    zone.apply(change(["c.b.example.org. A 192.0.2.1"]));
    expect(walk(zone, "b.example.org.")).toBe("found b.example.org.");
    expect(walk(zone, "z.b.example.org.")).toBe("missing below b.example.org.");
  });

  test("a name stays while there are names below it", () => {
    const zone = zoneOf("b.example.org. A 192.0.2.1", "a.b.example.org. A 192.0.2.1");
    zone.apply(change([], ["b.example.org. A"]));
    expect(walk(zone, "b.example.org.")).toBe("found b.example.org.");
  });

  test("a delegation comes and goes", () => {
    const zone = zoneOf("www.sub.example.org. A 192.0.2.1");
    zone.apply(change(["sub.example.org. NS ns.example.net."]));
    expect(walk(zone, "www.sub.example.org.")).toBe("delegated sub.example.org.");
    zone.apply(change([], ["sub.example.org. NS"]));
    expect(walk(zone, "www.sub.example.org.")).toBe("found www.sub.example.org.");
  });

  test.each([
    [["www.example.net. A 192.0.2.1"], [], "www.example.net. is not in example.org."],
    [["www.example.org. A 192.0.2.9"], ["example.org. SOA"], "example.org. would have no SOA"],
  ])("refuses %j %j and changes nothing", (put, remove, reason) => {
    const zone = zoneOf("www.example.org. A 192.0.2.1");
    expect(zone.apply(change(put, remove))).toEqual({ ok: false, error: reason });
    expect(zone.serial).toBe(7);
    expect(zone.node(nameKey(textName("www.example.org.")))?.set(1)?.rdata).toEqual([Uint8Array.of(192, 0, 2, 1)]);
  });

  test("M7 what transactions put is laid over a file that was read again", () => {
    const zone = zoneOf("www.example.org. A 192.0.2.1", "ftp.example.org. A 192.0.2.1");
    zone.apply(change(["www.example.org. A 192.0.2.2"], [], "pools"));
    zone.apply(change(["new.example.org. A 192.0.2.3"], [], "updates"));
    const again = zoneOf("www.example.org. A 192.0.2.4", "ftp.example.org. A 192.0.2.5");
    again.layOver(zone.overlay);
    const address = (name: string) => again.node(nameKey(textName(name)))?.set(1)?.rdata[0]?.[3];
    expect([address("www.example.org."), address("ftp.example.org."), address("new.example.org.")]).toEqual([2, 5, 3]);
  });
});

/** Records as `-owner TTL TYPE rdata` and `+...`, without the SOAs. */
function deltaLines(delta: ZoneDelta | null): string[] {
  const line = (sign: string) => (record: ZoneDelta["added"][number]) =>
    `${sign}${nameText(record.owner)} ${record.ttlSeconds} ${typeText(record.type)} ${rdataText(record.type, record.rdata)}`;
  const { removed, added } = delta ?? { removed: [], added: [] };
  return [...removed.slice(1).map(line("-")), ...added.slice(1).map(line("+"))];
}

describe("layers", () => {
  let serial = 7;
  const change = (zone: Zone, layer: Layer, parts: { put?: RRset[]; remove?: string[] }): string[] => {
    serial += 1;
    const remove = (parts.remove ?? []).map((line) => lineSet(line)).map(({ owner, type }) => ({ owner, type }));
    const applied = zone.apply({ origin, serial, layer, put: parts.put ?? [], remove });
    if (!applied.ok) throw new Error(applied.error);
    expect([applied.value?.to, applied.value?.added[0]?.type]).toEqual([zone.serial, rrType.SOA]);
    return deltaLines(applied.value);
  };
  const journaled = (...lines: string[]): Zone => {
    const zone = zoneOf(...lines);
    zone.journaled = true;
    return zone;
  };
  const www = (last: string): RRset => lineSet(`www.example.org. A 192.0.2.${last}`);
  const line = (sign: string, last: number): string => `${sign}www.example.org. 60 A 192.0.2.${last}`;

  test("M1 what lies below is served again when an entry goes", () => {
    const zone = journaled("www.example.org. A 192.0.2.1");
    expect(change(zone, "updates", { put: [www("2")] })).toEqual([line("-", 1), line("+", 2)]);
    expect(change(zone, "pools", { put: [www("3")] })).toEqual([line("-", 2), line("+", 3)]);
    expect(change(zone, "base", { put: [www("4")] })).toEqual([]);
    expect(zone.below(nameKey(textName("www.example.org.")), rrType.A)).toEqual(www("4"));
    expect(change(zone, "updates", { remove: ["www.example.org. A"] })).toEqual([]);
    expect(change(zone, "pools", { remove: ["www.example.org. A"] })).toEqual([line("-", 3), line("+", 4)]);
    expect([...zone.overlay]).toEqual([]);
  });

  test("an empty set of updates hides a name, one of pools leaves it without records", () => {
    const zone = journaled("www.example.org. A 192.0.2.1");
    expect(change(zone, "updates", { put: [lineSet("www.example.org. A")] })).toEqual([line("-", 1)]);
    expect(walk(zone, "www.example.org.")).toBe("missing below example.org.");
    expect(change(zone, "pools", { put: [lineSet("www.example.org. A")] })).toEqual([]);
    expect(walk(zone, "www.example.org.")).toBe("found www.example.org.");
    const key = nameKey(textName("www.example.org."));
    expect([zone.nameExists(key), zone.hasPoolEntry(key)]).toEqual([false, true]);
    change(zone, "pools", { remove: ["www.example.org. A"] });
    expect(change(zone, "updates", { remove: ["www.example.org. A"] })).toEqual([line("+", 1)]);
  });

  test("only records that differ are in a delta: not order, turns or an extended error", () => {
    const zone = journaled("www.example.org. A 192.0.2.1|192.0.2.2");
    const turns = { round: [0, 1], count: 2, named: 1 };
    expect(change(zone, "pools", { put: [{ ...www("2|192.0.2.1"), turns }] })).toEqual([]);
    const extendedError = { code: 0, text: "all down" };
    expect(change(zone, "pools", { put: [{ ...www("2|192.0.2.1"), extendedError }] })).toEqual([]);
    expect(change(zone, "pools", { put: [www("2|192.0.2.3|192.0.2.3")] })).toEqual([line("-", 1), line("+", 3)]);
    const dearer = change(zone, "pools", { put: [{ ...www("2"), ttlSeconds: 5 }] });
    expect(dearer).toEqual([line("-", 2), line("-", 3), "+www.example.org. 5 A 192.0.2.2"]);
  });

  test("a transaction that names a key twice counts once", () => {
    const zone = journaled("www.example.org. A 192.0.2.1");
    const both = { put: [www("2"), www("3")], remove: ["WWW.example.org. A"] };
    expect(change(zone, "base", both)).toEqual([line("-", 1), line("+", 3)]);
  });

  test("the SOA's other fields change with any layer, and zones without transfers get no delta", () => {
    const zone = zoneOf();
    const put = [lineSet(soa.replace("3600", "1800"))];
    expect(zone.apply({ origin, serial: 9, layer: "updates", put, remove: [] })).toEqual({ ok: true, value: null });
    expect(rdataText(rrType.SOA, [...zone.rrsets()][0]?.rdata[0] ?? new Uint8Array())).toContain(" 9 1800 ");
  });
});

test("the nearest zone answers, and the parent's for DS", () => {
  const zones = new ZoneTable();
  const parent = zoneOf("sub.example.org. NS ns.sub.example.org.");
  const child = new Zone(textName("sub.example.org."));
  zones.set(parent);
  const unknown = new Zone(textName("unknown.example.org."));
  for (const zone of [child, unknown]) zones.set(zone);
  const find = (name: string) => zones.find(nameKey(textName(name)));
  expect(find("www.sub.example.org.")).toBe(child);
  expect(find("sub.example.org.")).toBe(child);
  expect(find("other.example.org.")).toBe(parent);
  expect(find("example.net.")).toBeUndefined();
  expect(zones.findForDs(nameKey(textName("sub.example.org.")))).toBe(parent);
  expect(zones.findForDs(nameKey(textName("example.org.")))).toBe(parent);
  expect(zones.findForDs(nameKey(textName("unknown.example.org.")))).toBe(unknown);
});
