/**
 * Mutated transfers, NOTIFYs, UPDATEs and signed queries against the part of an answering thread that takes them, in this
 * process: mutated after they were signed, and signed after they were mutated. Nothing may be thrown, each answer must
 * be one to its message, and nothing stays behind.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { createPrng } from "../../src/base/prng.ts";
import { Responder } from "../../src/dns/answer/responder.ts";
import { flagBit, makeMessage, makeQuery, type Message } from "../../src/dns/message.ts";
import { encodeMessage } from "../../src/dns/message-write.ts";
import { nameKey, textName } from "../../src/dns/name.ts";
import { base64Octets } from "../../src/dns/octets.ts";
import { rrClass, rrType } from "../../src/dns/rr-types.ts";
import { signMessage, type TsigKey } from "../../src/dns/tsig.ts";
import type { Carrier } from "../../src/io/dns/exchange/carrier.ts";
import { ExchangeCounts } from "../../src/io/dns/exchange/counts.ts";
import { Exchange } from "../../src/io/dns/exchange/exchange.ts";
import { judgeUpdates } from "../../src/io/dns/exchange/judge-update.ts";
import { Remarks } from "../../src/io/dns/exchange/remarks.ts";
import type { Word } from "../../src/io/dns/protocol.ts";
import { Turns } from "../../src/io/dns/turns.ts";
import { ZoneHost } from "../../src/io/dns/zone-host.ts";
import { nodeHmac } from "../../src/io/hmac.ts";
import { addressSet, origin, setsOf, testKeys, zoneText } from "../fakes/primary-under-test.ts";
import { Mutator } from "./mutate.ts";

const soa = new Uint8Array(22);
soa[5] = 100;
const zoneQuestion = { name: origin, type: rrType.SOA, class: rrClass.IN };
const soaRecord = { owner: origin, type: rrType.SOA, class: rrClass.IN, ttlSeconds: 0, rdata: soa };
const added = {
  owner: textName("new.example.org"),
  type: 1,
  class: rrClass.IN,
  ttlSeconds: 60,
  rdata: soa.slice(0, 4),
};
const messages: readonly Message[] = [
  makeQuery(7, origin, rrType.AXFR),
  { ...makeQuery(7, origin, rrType.IXFR), authorities: [soaRecord] },
  makeMessage({ id: 7, opcode: 4, flags: flagBit.aa, questions: [zoneQuestion], answers: [soaRecord] }),
  makeMessage({ id: 7, opcode: 5, questions: [zoneQuestion], authorities: [added] }),
  makeMessage({ id: 7, opcode: 5, questions: [zoneQuestion], answers: [{ ...added, ttlSeconds: 0 }] }),
  makeQuery(7, textName("h1.example.org"), 1),
];

const [config] = testKeys;
if (config === undefined) throw new Error("no key");
const key: TsigKey = {
  name: textName(config.name),
  algorithm: config.algorithm,
  secret: base64Octets(config.secret) ?? new Uint8Array(0),
};

function signed(message: Uint8Array): Uint8Array {
  const nowSeconds = Math.floor(Date.now() / 1000);
  return signMessage({ message, key, hmac: nodeHmac, nowSeconds, requestMac: null }).octets;
}

function hostWithZone(): ZoneHost {
  const zones = new ZoneHost();
  const anybody = { prefix: "0.0.0.0/0", key: null };
  const primaries = [{ address: "192.0.2.9", port: 53, key: null }];
  const updates = [{ key: config?.name ?? "", names: ["*.example.org"], types: [] }];
  zones.allow([{ origin, transfer: { to: [], allow: [anybody] }, updates, primaries }], testKeys);
  const arrival = zones.expect(origin);
  arrival.add(setsOf(zoneText(300)));
  expect([...arrival.finish()].length).toBeGreaterThan(0);
  expect(zones.settle(nameKey(origin))).toMatchObject({ ok: true });
  expect(zones.open({ origin: nameKey(origin), serial: 100, past: null })).toMatchObject({ ok: true });
  const put = [addressSet("h1.example.org", [192, 0, 2, 1])];
  expect(zones.publish({ origin, serial: 101, layer: "pools", put, remove: [] })).toMatchObject({ ok: true });
  return zones;
}

class Fuzzed {
  readonly zones = hostWithZone();
  readonly counts = new ExchangeCounts();
  readonly rcodes = new Set<number>();
  readonly faults: string[] = [];
  held = 0;
  private readonly remarks = new Remarks(() => undefined);
  private readonly exchange = new Exchange({
    zones: this.zones,
    turns: new Turns(),
    responder: new Responder({
      zones: this.zones.served,
      nsid: null,
      cookieSecret: new Uint8Array(16),
      nowSeconds: () => 1,
    }),
    counts: this.counts,
    remarks: this.remarks,
    tell: (word) => this.hear(word),
  });

  private hear(word: Word): void {
    if (word.kind !== "update") return;
    const group = { origin: nameKey(word.origin), updates: [{ key: word.key, message: word.message }] };
    const [judged] = judgeUpdates(group, { counts: this.counts, remarks: this.remarks, zones: this.zones });
    queueMicrotask(() => this.exchange.updates.settle(word.ticket, judged?.rcode ?? -1));
  }

  take(octets: Uint8Array, transport: Carrier["transport"]): void {
    this.exchange.take(octets, {
      transport,
      address: "192.0.2.9",
      send: (answer) => this.check(octets, answer),
      taken: () => Promise.resolve(true),
      hold: () => {
        this.held += 1;
        return () => (this.held -= 1);
      },
      cut: () => undefined,
    });
  }

  private check(request: Uint8Array, answer: Uint8Array): void {
    this.rcodes.add((answer[3] ?? 0) & 15);
    if (answer.length < 12 || ((answer[2] ?? 0) & 0x80) === 0) this.faults.push("no answer");
    if (answer[0] !== request[0] || answer[1] !== request[1]) this.faults.push("another number");
  }
}

test.each([1, 2, 3])(
  "mutated transfers, updates, notifies and signatures are answered or refused, seed %i",
  async (seed) => {
    const fuzzed = new Fuzzed();
    const plain = messages.map(encodeMessage);
    const prng = createPrng(seed);
    const raw = new Mutator(plain, prng);
    const broken = new Mutator([...plain.map(signed), ...plain.map(signed)], prng);
    for (let done = 0; done < 4000; done++) {
      const transport = done % 2 === 0 ? "udp" : "tcp";
      const [one, two] = [raw.next(), broken.next()];
      const octets = one.bytes.slice(0, one.length);
      // The responder hands over nothing that is shorter than a header, or an answer.
      if (octets.length >= 12) fuzzed.take(octets, transport);
      if (octets.length >= 12) fuzzed.take(signed(octets), transport);
      if (two.length >= 12) fuzzed.take(two.bytes.slice(0, two.length), transport);
      if (done % 20 === 0) await nextTurn();
    }
    while (fuzzed.counts.get("transfers_running") > 0) await nextTurn();
    await nextTurn();
    expect(fuzzed.faults).toEqual([]);
    expect(fuzzed.held).toBe(0);
    for (const rcode of [0, 1, 5, 9]) expect([...fuzzed.rcodes]).toContain(rcode);
    for (const name of [
      "transfers_axfr",
      "transfers_ixfr",
      "notifies",
      "updates",
      "tsig_badsig",
      "tsig_badkey",
    ] as const) {
      expect([name, fuzzed.counts.get(name) > 0]).toEqual([name, true]);
    }
  },
);
