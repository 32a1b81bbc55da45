/**
 * Primaries that lie, break off, refuse and fall silent: what is served stays whole, the story has one clear sentence, and
 * all is well again when they are.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createPrng } from "../../src/base/prng.ts";
import { fixtureConfig } from "../../src/core/fixtures.ts";
import type { Config, KeyConfig, ZoneConfig } from "../../src/core/model.ts";
import { rcode } from "../../src/dns/message.ts";
import { textName } from "../../src/dns/name.ts";
import { base64Octets } from "../../src/dns/octets.ts";
import { rdataText } from "../../src/dns/rdata/index.ts";
import { diffZones } from "../../src/dns/delta.ts";
import { createClock } from "../../src/io/clock.ts";
import type { EmbeddedDns } from "../../src/io/dns/embedded.ts";
import { packPieces } from "../../src/io/dns/set-packing.ts";
import { HeldBase } from "../../src/io/secondary/held-base.ts";
import { runTransfer } from "../../src/io/secondary/run-transfer.ts";
import { type Secondaries, startSecondaries } from "../../src/io/secondary/secondaries.ts";
import type { ControllerEvent } from "../../src/roles/effects.ts";
import { until } from "../e2e/parts/wait.ts";
import { endpointOf, startEmpty } from "../fakes/dns-under-test.ts";
import { silentLog } from "../fakes/silent-log.ts";
import { ask } from "./dns-client.ts";
import { FaultyPrimary, faultyOrigin, setsOf } from "./faulty-primary.ts";
import { primaryZone } from "./primaries.ts";

const origin = "example.org";
const key: KeyConfig = { name: "k.example", algorithm: "hmac-sha256", secret: "c2VjcmV0IG9mIDE2IG9jdGV0cw==" };
const tsigKey = {
  name: textName(key.name),
  algorithm: key.algorithm,
  secret: base64Octets(key.secret) ?? new Uint8Array(0),
};

/** Some dozens of messages. */
function largeZone(serial: number): string {
  const lines = Array.from({ length: 5000 }, (_, at) => `t${at} TXT "${serial} ${"x".repeat(100)}"`);
  return primaryZone(serial, [`marker TXT "${serial}"`, ...lines, `last TXT "${serial}"`]);
}

let folder: string;
let dns: EmbeddedDns;
let primary: FaultyPrimary;
let secondaries: Secondaries;
let told: string[];
let config: Config;

/** What the controller does with such events, without pools. */
async function take(event: ControllerEvent): Promise<void> {
  if (event.kind === "zone-loaded") await dns.openZone({ origin: faultyOrigin, serial: event.serial, past: null });
  else if (event.kind === "base-changed") await dns.publish({ ...event, origin: faultyOrigin, layer: "base" });
  else if (event.kind === "primaries-told" || event.kind === "trouble") told.push(event.sentence);
}

function open(): Secondaries {
  const opened = startSecondaries({
    nameserver: dns,
    clock: createClock(),
    dispatch: (event) => void take(event),
    loaded: () => undefined,
    folder,
    log: silentLog,
    seed: 1,
    times: { soaMs: 300, silenceMs: 500, transferMs: 5000 },
  });
  opened.configure(config);
  return opened;
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "muster-copies-"));
  told = [];
  dns = await startEmpty();
  primary = await FaultyPrimary.start(largeZone(7));
  const base = fixtureConfig([]);
  const zone: ZoneConfig = {
    ...(base.zones[0] as ZoneConfig),
    origin,
    primaries: [{ ...primary.endpoint, key: null }],
  };
  config = { ...base, keys: [key], zones: [zone] };
  secondaries = open();
});

afterEach(async () => {
  await secondaries.close();
  await primary.close();
  await dns.close();
  rmSync(folder, { recursive: true, force: true });
});

async function text(name: string): Promise<string> {
  const { answers } = await ask(endpointOf(dns), { name: `${name}.${origin}`, type: "TXT", udpOctets: 1232 });
  return answers.map(({ rdata, type }) => rdataText(type, rdata).slice(1, -1).split(" ")[0]).join(" ");
}

/** The serial that first, middle and last names show; they never differ. */
async function version(): Promise<string> {
  const seen = new Set([await text("marker"), await text("t2500"), await text("last")]);
  return [...seen].join(" and ");
}

async function served(wanted: string): Promise<void> {
  let seen = "";
  await until(`serial ${wanted} is served`, async () => {
    seen = await version();
    return seen === wanted ? true : null;
  }).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${seen}; ${told.join("\n")}; ${JSON.stringify(secondaries.view())}`);
  });
}

async function hears(words: RegExp): Promise<void> {
  await until(`the story says ${words.source}`, () =>
    told.some((sentence) => words.test(sentence)) ? true : null,
  ).catch((error: unknown) => {
    throw new Error(`${String(error)}: ${told.join("\n")}`);
  });
}

function notify(): void {
  secondaries.notified(origin, null, "127.0.0.1");
}

async function begin(): Promise<void> {
  await secondaries.follow(origin);
  await served("7");
  primary.sets = setsOf(largeZone(8));
}

/** A fault, what is said of it, and how it ends. */
const faults: readonly (readonly [string, (primary: FaultyPrimary) => void, RegExp])[] = [
  ["answers SERVFAIL to the SOA", (bad) => (bad.soaRcode = rcode.SERVFAIL), /it answered SERVFAIL/],
  ["answers REFUSED to the SOA", (bad) => (bad.soaRcode = rcode.REFUSED), /it answered REFUSED/],
  ["answers NOTAUTH to transfers", (bad) => (bad.axfrRcode = rcode.NOTAUTH), /the primary answered NOTAUTH/],
  ["answers SERVFAIL to transfers", (bad) => (bad.axfrRcode = rcode.SERVFAIL), /the primary answered SERVFAIL/],
  ["is silent", (bad) => (bad.silent = true), /no answer within 300 ms/],
  ["breaks off at once", (bad) => (bad.cutAfter = 1), /the connection was closed in the middle of a message/],
  ["breaks off in the middle", (bad) => (bad.cutAfter = 200_000), /cut off after \d+ records/],
  ["sends what is no message", (bad) => (bad.mangle = (one) => one.subarray(0, 40)), /malformed/],
  [
    "claims a later serial than it delivers",
    (bad) => (bad.claimed = setsOf(primaryZone(9))[0] ?? null),
    /it claimed serial 9 and delivered 8/,
  ],
];

test.each(faults)(
  "P4 a primary that %s changes nothing, is told of once, and is well again",
  async (_title, spoil, words) => {
    await begin();
    const good = { claimed: null, soaRcode: 0, axfrRcode: 0, cutAfter: null, silent: false, mangle: primary.mangle };
    spoil(primary);
    notify();
    await hears(words);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatch(/^zone example\.org cannot be refreshed: 127\.0\.0\.1:\d+: .*; serial 7 is served on$/);
    expect(await version()).toBe("7");
    const asked = primary.asked.length;
    notify();
    await until("it is asked again", () => (primary.asked.length > asked || primary.silent ? true : null));
    expect(await version()).toBe("7");
    Object.assign(primary, good);
    await served("8");
    await hears(/zone example\.org is well again: .* confirms serial 8/);
    expect(told).toHaveLength(2);
  },
);

test("differences are taken; refused or contradictory ones make the whole zone be asked for", async () => {
  await begin();
  const [seven, eight, nine] = [7, 8, 9].map((serial) => setsOf(largeZone(serial))) as [
    ReturnType<typeof setsOf>,
    ReturnType<typeof setsOf>,
    ReturnType<typeof setsOf>,
  ];
  primary.differences = [diffZones(seven, eight)];
  notify();
  await served("8");
  expect(primary.asked.slice(-1)).toEqual(["IXFR"]);
  // A difference that removes what we do not have.
  primary.sets = nine;
  const wrong = diffZones(eight, nine);
  const strange = { ...(wrong.removed[1] as (typeof wrong.removed)[0]), owner: textName("nowhere.example.org") };
  primary.differences = [{ ...wrong, removed: [...wrong.removed, strange] }];
  notify();
  await served("9");
  expect(primary.asked.slice(-2)).toEqual(["IXFR", "AXFR"]);
  primary.sets = setsOf(largeZone(10));
  primary.differences = rcode.NOTIMP;
  notify();
  await served("10");
  expect(primary.asked.slice(-2)).toEqual(["IXFR", "AXFR"]);
  // Again from what was taken whole.
  primary.sets = setsOf(primaryZone(11, ['marker TXT "11"', 't2500 TXT "11"', 'last TXT "11"']));
  primary.differences = [diffZones(setsOf(largeZone(10)), primary.sets)];
  notify();
  await served("11");
  expect(primary.asked.slice(-1)).toEqual(["IXFR"]);
  expect(told).toEqual([]);
});

test("an older serial is told of and not taken, before the operator reads the configuration again", async () => {
  await begin();
  primary.sets = setsOf(largeZone(5));
  notify();
  await hears(/went back from serial 7 to 5, which is taken at the next reload/);
  expect(await version()).toBe("7");
  await secondaries.follow(origin);
  await served("5");
  await hears(/well again/);
});

test("a primary whose clock is ten minutes off is refused with the reason", async () => {
  const [zone] = config.zones as [ZoneConfig];
  config = { ...config, zones: [{ ...zone, primaries: [{ ...primary.endpoint, key: key.name }] }] };
  primary.key = tsigKey;
  secondaries.configure(config);
  await begin();
  primary.skewSeconds = -600;
  notify();
  await hears(/the answer was signed (599|600|601) s from now/);
  expect(await version()).toBe("7");
  primary.skewSeconds = 0;
  await served("8");
});

test("a second primary gives what the first does not", async () => {
  const other = await FaultyPrimary.start(largeZone(8));
  try {
    const [zone] = config.zones as [ZoneConfig];
    const primaries = [primary, other].map(({ endpoint }) => ({ ...endpoint, key: null }));
    config = { ...config, zones: [{ ...zone, primaries }] };
    primary.soaRcode = rcode.SERVFAIL;
    secondaries.configure(config);
    await secondaries.follow(origin);
    await served("8");
    expect(told).toEqual([]);
  } finally {
    await other.close();
  }
});

test("what was taken last is served by the next start, without any primary", async () => {
  await begin();
  notify();
  await served("8");
  await until("it is known to be taken", () => (secondaries.view()[0]?.serial === 8 ? true : null));
  await secondaries.close();
  await dns.close();
  primary.silent = true;
  dns = await startEmpty();
  secondaries = open();
  await secondaries.follow(origin);
  await served("8");
  await hears(/cannot be refreshed: .* serial 8 is served on/);
});

test("a zone that is not followed any more is not asked for", async () => {
  await begin();
  secondaries.forget(origin);
  const asked = primary.asked.length;
  notify();
  secondaries.notified(origin, 9, "127.0.0.1");
  expect(secondaries.view()).toEqual([]);
  expect(primary.asked).toHaveLength(asked);
});

/** Changes one octet of one message, or drops, doubles or cuts one. */
function mangler(seed: number): (message: Uint8Array) => Uint8Array {
  const prng = createPrng(seed);
  let untilThen = prng.int(4);
  return (message) => {
    untilThen -= 1;
    if (untilThen !== -1) return message;
    const bad = message.slice();
    const at = prng.int(bad.length);
    const way = prng.int(4);
    if (way === 0) return bad.subarray(0, at);
    if (way === 1) bad[at] = (bad[at] ?? 0) ^ (1 << prng.int(8));
    else bad[prng.int(Math.min(60, bad.length))] = prng.int(256);
    return bad;
  };
}

test("mutated transfers never crash, and are whole zones or nothing; signed ones are as sent, or nothing", async () => {
  const lines = Array.from({ length: 600 }, (_, at) => `t${at} TXT "${"x".repeat(80)}"`);
  primary.sets = setsOf(primaryZone(8, lines));
  const sent = HeldBase.of(faultyOrigin, packPieces(primary.sets));
  if (!sent.ok) throw new Error(sent.error);
  const times = { silenceMs: 100, wholeMs: 2000 };
  const found = { whole: 0, refused: 0 };
  for (let seed = 1; seed <= 240; seed++) {
    primary.key = seed % 2 === 0 ? tsigKey : null;
    primary.mangle = mangler(seed);
    const job = { origin: faultyOrigin, primary: primary.endpoint, key: primary.key, from: null, promised: 8, times };
    const taken = await runTransfer(job, new AbortController().signal);
    if (!taken.ok) {
      found.refused += 1;
      expect(taken.error.fault.reason, `seed ${seed}`).not.toBe("");
      continue;
    }
    found.whole += 1;
    if (taken.value.kind !== "full") throw new Error(`seed ${seed}: differences were not asked for`);
    const base = HeldBase.of(faultyOrigin, packPieces(taken.value.rrsets));
    if (primary.key === null) continue;
    expect(base.ok && base.value.size, `seed ${seed}`).toBe(sent.value.size);
    expect(diffZones(primary.sets, taken.value.rrsets).removed, `seed ${seed}`).toHaveLength(1);
  }
  expect(found.refused).toBeGreaterThan(100);
  expect(found.whole).toBeGreaterThan(0);
});

test("mutated differences are applied whole or not at all, and signed ones only as they were sent", async () => {
  const lines = (serial: number): readonly string[] =>
    Array.from({ length: 600 }, (_, at) => `t${at} TXT "${at % 2 === 0 ? serial : "same"} ${"x".repeat(80)}"`);
  const [before, after] = [setsOf(primaryZone(7, lines(7))), setsOf(primaryZone(8, lines(8)))];
  primary.sets = after;
  primary.differences = [diffZones(before, after)];
  const times = { silenceMs: 100, wholeMs: 2000 };
  const found = { applied: 0, unfit: 0, refused: 0 };
  for (let seed = 1; seed <= 240; seed++) {
    primary.key = seed % 3 === 0 ? tsigKey : null;
    primary.mangle = mangler(seed);
    const job = { origin: faultyOrigin, primary: primary.endpoint, key: primary.key, from: 7, promised: 8, times };
    const taken = await runTransfer(job, new AbortController().signal);
    if (!taken.ok || taken.value.kind !== "differences") {
      found.refused += 1;
      continue;
    }
    const base = HeldBase.of(faultyOrigin, packPieces(before));
    if (!base.ok) throw new Error(base.error);
    const applied = base.value.apply(taken.value.deltas);
    found[applied.ok ? "applied" : "unfit"] += 1;
    const { added, removed } = diffZones(applied.ok ? after : before, base.value.rrsets());
    const exact = !applied.ok || primary.key !== null;
    if (exact) expect([removed.length, added.length], `seed ${seed}`).toEqual([1, 1]);
    expect(base.value.soa.serial, `seed ${seed}`).toBe(applied.ok ? taken.value.serial : 7);
  }
  expect(found.refused).toBeGreaterThan(100);
  expect(found.applied).toBeGreaterThan(0);
  expect(found.unfit).toBeGreaterThan(0);
});
