/** What a primary writes, a secondary reads: over whole lives of zones, and over the ways in which it can go wrong. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyLife, lifeOrigin, lifeZone, lineSet, live, zoneLines } from "../../../test/fakes/zone-life.ts";
import { allSlices } from "../../base/slices.ts";
import { condense } from "../delta.ts";
import { Journal } from "../journal.ts";
import { flagBit, type Message, makeMessage, type ResourceRecord } from "../message.ts";
import { decodeMessage } from "../message-read.ts";
import { encodeMessage } from "../message-write.ts";
import { textName } from "../name.ts";
import { rrClass, rrType } from "../rr-types.ts";
import { serialGreater } from "../serial.ts";
import type { RRset, ZoneDelta, ZoneRecord } from "../types.ts";
import { Zone } from "../zone.ts";
import { parseZone } from "../zone-file/parse.ts";
import { zoneText } from "../zone-file/write.ts";
import { recordsOf } from "../zone-records.ts";
import { axfrMessages, ixfrDatagram, ixfrMessages, type TransferFrame } from "./answer.ts";
import { baseChange } from "./base-change.ts";
import { TransferReader, type TransferResult } from "./reader.ts";

const start = [
  "a.example.org. A 192.0.2.1|192.0.2.2",
  "b.example.org. TXT one",
  "*.w.example.org. MX 10 a.example.org.",
];

function frameOf(type: number): TransferFrame {
  return { id: 77, question: { name: textName("Example.org."), type, class: rrClass.IN }, edns: true };
}

const axfr = frameOf(rrType.AXFR);
const ixfr = frameOf(rrType.IXFR);

/** Reads a whole answer, or what is wrong with it as a sentence; null when it ends before its end. */
function readAll(
  messages: Iterable<Uint8Array | null>,
  query: { serial: number | null; datagram?: boolean },
): TransferResult | string | null {
  const reader = new TransferReader({ id: 77, origin: lifeOrigin, datagram: false, ...query });
  for (const message of messages) {
    if (message === null) continue;
    const step = reader.read(message);
    if (!step.ok) return step.error.sentence;
    if (step.value !== null) return step.value;
  }
  return null;
}

function soaOf(sets: Iterable<RRset>): ZoneRecord {
  for (const set of sets) for (const record of recordsOf(set)) if (record.type === rrType.SOA) return record;
  throw new Error("no SOA");
}

function zoneFrom(sets: Iterable<RRset>): Zone {
  const zone = new Zone(lifeOrigin);
  for (const set of sets) zone.load(set);
  return zone;
}

/** What a secondary that had `sets` has after the differences. */
function changed(sets: readonly RRset[], result: TransferResult | string | null): string[] {
  if (result === null || typeof result === "string" || result.kind !== "differences")
    throw new Error(JSON.stringify(result));
  const zone = zoneFrom(sets);
  const change = baseChange(zone, result.deltas);
  if (!change.ok) throw new Error(change.error);
  zone.apply({ origin: lifeOrigin, serial: result.serial, layer: "base", ...change.value });
  return zoneLines(zone.rrsets());
}

test("M3 any life replayed by IXFR from any serial is what AXFR gives and what the master file says", () => {
  fc.assert(
    fc.property(anyLife, (life) => {
      const zone = lifeZone(...start);
      const journal = new Journal();
      const states = [{ serial: zone.serial, sets: [...zone.rrsets()] }];
      for (const transaction of life) {
        journal.append(live(zone, transaction));
        states.push({ serial: zone.serial, sets: [...zone.rrsets()] });
      }
      const now = zoneLines(zone.rrsets());
      expect(
        zoneLines(parseZone({ origin: lifeOrigin, text: zoneText(lifeOrigin, zone.rrsets()), file: "z" }).rrsets),
      ).toEqual(now);
      const whole = readAll(axfrMessages(zone.rrsets(), axfr), { serial: null });
      expect(whole).toMatchObject({ kind: "full", serial: zone.serial });
      if (typeof whole === "object" && whole?.kind === "full") expect(zoneLines(whole.rrsets)).toEqual(now);
      const soa = soaOf(zone.rrsets());
      for (const { serial, sets } of states.slice(0, -1)) {
        const deltas = journal.since(serial);
        expect(deltas !== null).toBe(serialGreater(zone.serial, serial));
        if (deltas === null) continue;
        expect(changed(sets, readAll(ixfrMessages({ soa, deltas }, ixfr), { serial }))).toEqual(now);
        const one = [allSlices(condense(deltas))];
        expect(changed(sets, readAll(ixfrMessages({ soa, deltas: one }, ixfr), { serial }))).toEqual(now);
      }
    }),
  );
});

test("a large zone goes in many messages, each within bounds and readable by the strict decoder", () => {
  const sets = Array.from({ length: 5000 }, (_, at) => lineSet(`n${at}.example.org. MX 10 mail.example.org.`));
  const zone = zoneFrom([
    ...lifeZone().rrsets(),
    ...sets,
    lineSet(`big.example.org. TYPE65280 \\# 40000 ${"AB".repeat(40000)}`),
  ]);
  const slices = [...axfrMessages(zone.rrsets(), axfr)];
  const messages = slices.filter((slice) => slice !== null);
  // Others have their turn many times, however long a message is.
  expect(slices.length - messages.length).toBeGreaterThan(30);
  const lengths = messages.map((message) => message.length);
  expect(messages.length).toBeGreaterThan(5);
  expect(lengths.filter((length) => length > 16_384)).toHaveLength(1);
  const decoded = messages.map((message) => decodeMessage(message));
  expect(decoded.every((message) => message.ok)).toBe(true);
  const [first, second] = decoded.map((message) => (message.ok ? message.value : null));
  expect([first?.questions.length, first?.edns?.udpOctets, second?.questions.length, second?.edns]).toEqual([
    1,
    1232,
    0,
    null,
  ]);
  expect((first?.flags ?? 0) & (flagBit.qr | flagBit.aa)).toBe(flagBit.qr | flagBit.aa);
  const whole = readAll(messages, { serial: null });
  expect(typeof whole === "object" && whole?.kind === "full" ? zoneLines(whole.rrsets) : whole).toEqual(
    zoneLines(zone.rrsets()),
  );
});

test("a record that no message holds ends the transfer, which the secondary then does not believe", () => {
  const zone = zoneFrom([
    ...lifeZone().rrsets(),
    lineSet(`big.example.org. TYPE65280 \\# 65400 ${"AB".repeat(65400)}`),
  ]);
  const messages = axfrMessages(zone.rrsets(), axfr);
  expect(messages.next()).toEqual({
    done: true,
    value: "big.example.org. TYPE65280 has a record that fits no message",
  });
});

describe("IXFR", () => {
  const zone = lifeZone(...start);
  const put = (serial: number, owner: string): ZoneDelta =>
    live(zone, {
      origin: lifeOrigin,
      serial,
      layer: "pools",
      put: [lineSet(`${owner}.example.org. A 192.0.2.9`)],
      remove: [],
    });
  const before = [...zone.rrsets()];
  const deltas = [put(8, "c"), put(9, "d")];
  const soa = soaOf(zone.rrsets());

  test("nothing new is a SOA alone, over TCP as over UDP", () => {
    for (const serial of [9, 10]) {
      expect(readAll(ixfrMessages({ soa, deltas: [] }, ixfr), { serial })).toEqual({ kind: "current", serial: 9 });
      const datagram = ixfrDatagram({ soa, deltas: [] }, ixfr, 512);
      expect(readAll([datagram], { serial, datagram: true })).toEqual({ kind: "current", serial: 9 });
    }
  });

  test("over UDP differences come when they fit, else a SOA that asks for TCP", () => {
    const whole = ixfrDatagram({ soa, deltas }, ixfr, 1232);
    expect(changed(before, readAll([whole], { serial: 7, datagram: true }))).toEqual(zoneLines(zone.rrsets()));
    for (const short of [
      ixfrDatagram({ soa, deltas }, ixfr, whole.length - 1),
      ixfrDatagram({ soa, deltas: null }, ixfr, 1232),
    ]) {
      expect(readAll([short], { serial: 7, datagram: true })).toEqual({ kind: "over-tcp", serial: 9 });
    }
  });

  test("a primary that has no differences sends the whole zone", () => {
    const result = readAll(axfrMessages(zone.rrsets(), ixfr), { serial: 3 });
    expect(typeof result === "object" && result?.kind === "full" ? zoneLines(result.rrsets) : result).toEqual(
      zoneLines(zone.rrsets()),
    );
  });

  test.each([
    [
      "removes what is not there",
      before.filter((set) => set.owner !== textName("a.example.org.")),
      "a difference removes a.example.org. A 192.0.2.1, which is not there",
    ],
    [
      "adds what is there",
      [...before, lineSet("c.example.org. A 192.0.2.9")],
      "a difference adds c.example.org. A 192.0.2.9, which is there already",
    ],
  ])("one that %s does not fit", (_title, sets, error) => {
    const gone = { ...(deltas[0] as ZoneDelta) };
    const a = recordsOf(lineSet("a.example.org. A 192.0.2.1"));
    const delta = { ...gone, removed: [...gone.removed, ...a] };
    expect(baseChange(zoneFrom(sets), [delta])).toEqual({ ok: false, error });
  });
});

/** Lines such as `SOA 7`, `a A 192.0.2.1` as records of a message. */
function answersOf(lines: readonly string[]): ResourceRecord[] {
  return lines.flatMap((line) => {
    const soa = /^SOA (\d+)$/.exec(line);
    const text = soa === null ? line : `example.org. SOA ns1 hostmaster ${soa[1]} 3600 600 86400 60`;
    return recordsOf(lineSet(text)).map((record) => ({ ...record, class: rrClass.IN }));
  });
}

function messageOf(lines: readonly string[], parts: Partial<Message> = {}): Uint8Array {
  const { question } = axfr;
  return encodeMessage(
    makeMessage({ id: 77, flags: flagBit.qr, questions: [question], answers: answersOf(lines), ...parts }),
  );
}

const ns = "example.org. NS ns1";

describe("what a secondary does not believe", () => {
  test.each<[string, string[]]>([
    ["it begins with example.org. NS instead of the SOA", [ns]],
    ["a second SOA (serial 2) follows the first", ["SOA 1", "SOA 2"]],
    ["the zone has nothing but its SOA", ["SOA 1", "SOA 1"]],
    ["the zone changed while it was sent: its first and last SOA differ", ["SOA 1", ns, "SOA 2"]],
    ["records stand behind the closing SOA", ["SOA 1", ns, "SOA 1", ns]],
    ["www.example.net. A is not in the zone", ["SOA 1", "www.example.net. A 192.0.2.1"]],
    [
      "a.example.org. has a SOA but is not the apex",
      ["SOA 1", "a.example.org. SOA ns1 hostmaster 1 3600 600 86400 60"],
    ],
    ["a message has no records", []],
    ["example.org. ANY has a type that no zone can hold", ["SOA 1", "example.org. TYPE255 \\# 0"]],
    ["example.org. A has octets that do not fit its type", ["SOA 1", "bad"]],
  ])("%s", (sentence, lines) => {
    const bad = { owner: lifeOrigin, type: rrType.A, class: rrClass.IN, ttlSeconds: 1, rdata: new Uint8Array(0) };
    const answers = lines.flatMap((line) => (line === "bad" ? [bad] : answersOf([line])));
    expect(readAll([messageOf([], { answers })], { serial: null })).toBe(
      `AXFR of example.org. is refused: ${sentence}`,
    );
  });

  test.each<[string, Partial<Message>]>([
    ["the primary answered REFUSED", { rcode: 5 }],
    ["the primary answered RCODE12", { rcode: 12 }],
    ["a message has the number 78 of another query", { id: 78 }],
    ["a message is not an answer", { flags: 0 }],
    ["a message is cut off (TC)", { flags: flagBit.qr | flagBit.tc }],
    ["a message answers another question", { questions: [] }],
    ["a message answers another question", { questions: [{ ...axfr.question, name: textName("example.net.") }] }],
    ["a message answers another question", { questions: [ixfr.question] }],
    ["a message answers another question", { questions: [axfr.question, axfr.question] }],
  ])("%s", (sentence, parts) => {
    const said = readAll([messageOf(["SOA 1", ns, "SOA 1"], parts)], { serial: null });
    expect(said).toBe(`AXFR of example.org. is refused: ${sentence}`);
  });

  test.each<[string, string[]]>([
    ["its differences begin at serial 4, ours is 3", ["SOA 9", "SOA 4"]],
    ["a difference leads from serial 3 back to 2", ["SOA 9", "SOA 3", ns, "SOA 2"]],
    ["a difference to serial 5 is followed by one from 6", ["SOA 9", "SOA 3", "SOA 5", ns, "SOA 6"]],
    ["the differences end at serial 5 instead of 9", ["SOA 9", "SOA 3", "SOA 5", ns, "SOA 9"]],
    ["records stand behind the closing SOA", ["SOA 9", "SOA 3", "SOA 9", ns, "SOA 9", "SOA 9"]],
  ])("of differences: %s", (sentence, lines) => {
    const said = readAll([messageOf(lines, { questions: [ixfr.question] })], { serial: 3 });
    expect(said).toBe(`IXFR of example.org. is refused: ${sentence}`);
  });

  test("a transfer that ends early, or is larger than allowed", () => {
    const query = { id: 77, origin: lifeOrigin, serial: null, datagram: false };
    const reader = new TransferReader(query);
    expect(reader.read(messageOf(["SOA 1", ns]))).toEqual({ ok: true, value: null });
    expect(reader.cutOff().sentence).toBe("AXFR of example.org. is refused: it was cut off after 2 records");
    const message = messageOf(["SOA 1", ns]);
    for (const [limits, what] of [
      [{ octets: 50, records: 9 }, "50 octets"],
      [{ octets: 5000, records: 1 }, "1 records"],
    ] as const) {
      const said = new TransferReader(query, limits).read(message);
      expect(said.ok ? null : said.error.sentence).toBe(`AXFR of example.org. is refused: it has more than ${what}`);
    }
  });

  test("a set whose records have several TTLs gets the lowest, and a record twice counts once", () => {
    const answers = answersOf(["SOA 1", ns, ns, "a.example.org. A 192.0.2.1|192.0.2.2", "SOA 1"]);
    const odd = answers.map((record, at) => ({ ...record, ttlSeconds: at === 3 ? 20 : at === 1 ? 0x80000001 : 60 }));
    const result = readAll([messageOf([], { answers: odd })], { serial: null });
    const lines = typeof result === "object" && result?.kind === "full" ? zoneLines(result.rrsets) : [];
    expect(lines.slice(0, 3)).toEqual([
      "a.example.org. 20 A 192.0.2.1",
      "a.example.org. 20 A 192.0.2.2",
      "example.org. 0 NS ns1.example.org.",
    ]);
  });
});
