/** Zones out of lines of text, and lives of zones for property tests: transactions over all layers, one after another. */
import fc from "fast-check";
import { textName } from "../../src/dns/name.ts";
import { parseRdataText, rdataText } from "../../src/dns/rdata/index.ts";
import { rrType, typeNumber, typeText } from "../../src/dns/rr-types.ts";
import type { RRset, ZoneDelta, ZoneRecord, ZoneTransaction } from "../../src/dns/types.ts";
import { Zone } from "../../src/dns/zone.ts";
import { nameText } from "../../src/dns/name.ts";
import { recordsOf } from "../../src/dns/zone-records.ts";

export const lifeOrigin = textName("example.org.");
export const firstSerial = 7;

/** `owner type rdata`, with `|` between the records of a set; nothing behind the type makes an empty set. */
export function lineSet(line: string, ttlSeconds = 60): RRset {
  const [owner = "", type = "", ...rest] = line.split(" ");
  const number = typeNumber(type) ?? 0;
  const texts = rest
    .join(" ")
    .split("|")
    .filter((text) => text !== "");
  const rdata = texts.map((text) => {
    const parsed = parseRdataText(number, text.trim(), lifeOrigin);
    if (!parsed.ok) throw new Error(parsed.error);
    return parsed.value;
  });
  return { owner: textName(owner), type: number, ttlSeconds, rdata };
}

function soaLine(serial: number, refresh: number): string {
  return `example.org. SOA ns1 hostmaster ${serial} ${refresh} 600 86400 60`;
}

/** A journaled zone with SOA, NS and these sets. */
export function lifeZone(...lines: string[]): Zone {
  const zone = new Zone(lifeOrigin, { journaled: true });
  for (const line of [soaLine(firstSerial, 3600), "example.org. NS ns1", ...lines]) zone.load(lineSet(line));
  return zone;
}

export function recordLine(record: ZoneRecord): string {
  const { owner, rdata, ttlSeconds, type } = record;
  return `${nameText(owner).toLowerCase()} ${ttlSeconds} ${typeText(type)} ${rdataText(type, rdata)}`;
}

/** Every record that a zone serves, sorted. */
export function zoneLines(sets: Iterable<RRset>): string[] {
  return Array.from(sets)
    .flatMap((set) => recordsOf(set).map(recordLine))
    .sort();
}

/** What a secondary does with a difference. Throws when it does not fit. */
export function replay(lines: readonly string[], delta: ZoneDelta): string[] {
  const left = new Set(lines);
  for (const record of delta.removed) {
    if (!left.delete(recordLine(record))) throw new Error(`${recordLine(record)} is not there to be removed`);
  }
  for (const record of delta.added) {
    if (left.has(recordLine(record))) throw new Error(`${recordLine(record)} is there already`);
    left.add(recordLine(record));
  }
  return [...left].sort();
}

const names = ["a", "A", "b", "a.b", "*.w", "www", "xn--4gbrim"].map((label) => `${label}.example.org.`);
const texts: Readonly<Record<string, readonly string[]>> = {
  A: ["192.0.2.1", "192.0.2.2", "192.0.2.3"],
  TXT: ['"one"', '"two" "parts"', '"\\000\\255;"'],
  MX: ["10 a.example.org.", "10 mail.example.net.", "20 ."],
  NS: ["ns1.example.org.", "ns.example.net."],
  TYPE65280: ["\\# 3 000102", "\\# 0"],
};

const anySet = fc.constantFrom(...Object.keys(texts)).chain((type) =>
  fc
    .record({
      owner: fc.constantFrom("example.org.", ...names),
      rdata: fc.array(fc.constantFrom(...(texts[type] ?? [])), { maxLength: 4 }),
      ttlSeconds: fc.constantFrom(30, 60),
    })
    .map(({ owner, rdata, ttlSeconds }) => lineSet(`${owner} ${type} ${rdata.join("|")}`, ttlSeconds)),
);
const anySoa = fc.constantFrom(1800, 3600).map((refresh) => lineSet(soaLine(1, refresh)));
const anyKey = fc.record({
  owner: fc.constantFrom("example.org.", ...names).map(textName),
  type: fc.constantFrom(...Object.keys(texts)).map((type) => typeNumber(type) ?? rrType.A),
});

/** Up to thirty transactions over all layers; serials jump, and pass the end of the 32 bits. */
export const anyLife: fc.Arbitrary<readonly ZoneTransaction[]> = fc
  .array(
    fc.record({
      step: fc.constantFrom(1, 1, 2, 0x7fff0000),
      layer: fc.constantFrom("base", "updates", "pools"),
      put: fc.array(fc.oneof({ arbitrary: anySet, weight: 9 }, { arbitrary: anySoa, weight: 1 }), { maxLength: 3 }),
      remove: fc.array(anyKey, { maxLength: 3 }),
    }),
    { maxLength: 30 },
  )
  .map((steps) => {
    let serial = firstSerial;
    return steps.map(({ step, layer, put, remove }) => {
      serial = (serial + step) >>> 0;
      return { origin: lifeOrigin, serial, layer, put, remove };
    });
  });

/** Applies a transaction that must be taken, and returns what it changed. */
export function live(zone: Zone, transaction: ZoneTransaction): ZoneDelta {
  const applied = zone.apply(transaction);
  if (!applied.ok) throw new Error(applied.error);
  if (applied.value === null) throw new Error("the zone is not journaled");
  return applied.value;
}
