/** A zone that arrives in pieces beside a served one, while that goes on changing, against the same in one go. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { diffZones } from "../../dns/delta.ts";
import { zoneDigest } from "../../dns/digest.ts";
import { nameKey, textName } from "../../dns/name.ts";
import { recordKey } from "../../dns/zone-records.ts";
import type { Layer, RRset, ZoneDelta, ZoneTransaction } from "../../dns/types.ts";
import { type ParsedZone, parseZone } from "../../dns/zone-file/parse.ts";
import { type BaseChanges, findChanges } from "./base-changes.ts";
import { packPieces, packSets, unpackSets } from "./set-packing.ts";
import { differentSetsMax, type ZoneArrival } from "./zone-arrival.ts";
import { ZoneHost } from "./zone-host.ts";

const origin = textName("example.org");
const key = nameKey(origin);
const anybody = { to: [], allow: [{ prefix: "127.0.0.0/8", key: null }] };

function parsedOf(hosts: readonly string[], minimum = 60): ParsedZone {
  const text = `$TTL 300\n@ SOA ns1 h 1 2 3 4 ${minimum}\n@ NS ns1\nns1 A 192.0.2.1\n${hosts.join("\n")}\n`;
  const parsed = parseZone({ origin, text, file: "zone" });
  if (parsed.errorCount > 0) throw new Error(JSON.stringify(parsed.faults));
  return parsed;
}

function baseOf(hosts: readonly string[], minimum = 60): readonly RRset[] {
  return unpackSets(packSets(parsedOf(hosts, minimum).rrsets));
}

function addressSet(label: string, octet: number): RRset {
  return {
    owner: textName(`${label}.example.org`),
    type: 1,
    ttlSeconds: 300,
    rdata: [Uint8Array.of(192, 0, 2, octet)],
  };
}

const nothing = (): void => undefined;

/** A host with the zone opened; `arrive` loads another base in pieces of two, with `between` called before each. */
class Scene {
  readonly host = new ZoneHost();
  serial = 100;

  constructor(base: readonly RRset[], before: readonly Step[] = [], isTransferred = true) {
    if (isTransferred) this.host.allow([{ origin, transfer: anybody, updates: [], primaries: [] }], []);
    this.arrive(base);
    for (const step of before) this.change(step);
    const opened = this.host.open({ origin: key, serial: this.serial, past: null });
    expect(opened).toMatchObject({ ok: true, value: { digest: isTransferred ? this.digest : "" } });
  }

  get sets(): readonly RRset[] {
    return [...(this.host.view(key) ?? [])];
  }

  get digest(): string {
    return zoneDigest(this.sets).text();
  }

  change({ label, layer, octet }: Step): void {
    this.serial += 1;
    const set = addressSet(label, octet);
    const put = octet === 0 ? [] : [octet === 1 && layer !== "base" ? { ...set, rdata: [] } : set];
    const transaction: ZoneTransaction = { origin, serial: this.serial, layer, put, remove: octet === 0 ? [set] : [] };
    expect(this.host.publish(transaction)).toMatchObject({ ok: true });
  }

  arrive(base: readonly RRset[], between = nothing): ReturnType<ZoneHost["settle"]> {
    const arrival = this.host.expect(origin);
    for (let at = 0; at < base.length; at += 2) {
      between();
      arrival.add(base.slice(at, at + 2));
    }
    return this.settle(arrival, between);
  }

  /** The same, by what differs. */
  learn({ gone, put }: BaseChanges, between = nothing): ReturnType<ZoneHost["settle"]> {
    const arrival = this.host.expect(origin);
    between();
    arrival.changes = { put: packPieces(put).flatMap(unpackSets), gone };
    return this.settle(arrival, between);
  }

  private settle(arrival: ZoneArrival, between: () => void): ReturnType<ZoneHost["settle"]> {
    const slices = arrival.finish();
    do between();
    while (slices.next().done !== true);
    // The word that all threads have it comes a little later.
    for (let round = 0; round < 3; round++) between();
    return this.host.settle(key);
  }
}

interface Step {
  readonly label: string;
  readonly layer: Layer;
  /** 0: the set leaves the layer; 1: an empty one, above the base. */
  readonly octet: number;
}

function lines({ added, removed }: Pick<ZoneDelta, "added" | "removed">): readonly string[][] {
  return [removed, added].map((records) => records.slice(1).map(recordKey).sort());
}

const labels = ["a", "b", "c", "x.d", "d"];
const host = fc.tuple(fc.constantFrom(...labels), fc.integer({ min: 2, max: 4 }), fc.constantFrom(300, 60));
const parsed = fc
  .tuple(fc.uniqueArray(host, { selector: ([label]) => label, maxLength: 5 }), fc.constantFrom(60, 61))
  .map(([hosts, minimum]) =>
    parsedOf(
      hosts.map(([label, octet, ttl]) => `${label} ${ttl} A 192.0.2.${octet}`),
      minimum,
    ),
  );
const base = parsed.map(({ rrsets }) => unpackSets(packSets(rrsets)));
const stepIn = (...layers: Layer[]): fc.Arbitrary<Step> =>
  fc.record({
    label: fc.constantFrom(...labels),
    layer: fc.constantFrom(...layers),
    octet: fc.integer({ min: 0, max: 4 }),
  });

describe("a zone that arrives beside the one that is served", () => {
  test("settles to the difference, digest and records that two whole zones would have", () => {
    const steps = fc.array(stepIn("base", "updates", "pools"), { maxLength: 6 });
    fc.assert(
      fc.property(base, base, steps, steps, steps, (first, second, staged, before, during) => {
        const scene = new Scene(first, staged);
        for (const each of before) scene.change(each);
        const waiting = [...during];
        const settled = scene.arrive(second, () => {
          const next = waiting.shift();
          if (next !== undefined) scene.change(next);
        });
        const reference = new Scene(first, staged);
        for (const each of [...before, ...during.slice(0, during.length - waiting.length)]) reference.change(each);
        const was = reference.sets;
        reference.arrive(second);
        expect(scene.sets.map(textOf).sort()).toEqual(reference.sets.map(textOf).sort());
        if (!settled.ok) throw new Error(settled.error);
        const { changed, delta, digest } = settled.value;
        expect(digest).toBe(scene.digest);
        const whole = diffZones(was, scene.sets);
        expect(changed).toBe(zoneDigest(was).text() !== scene.digest);
        if (delta !== null) expect(lines(delta)).toEqual(lines(whole));
        expect(delta === null).toBe(!changed);
      }),
      { numRuns: 500 },
    );
  });

  test("a difference in very many sets begins a new past, and the next one goes on from there", () => {
    const hosts = Array.from({ length: differentSetsMax + 10 }, (_, at) => `h${at} A 192.0.2.`);
    const scene = new Scene(baseOf(hosts.map((host_) => `${host_}1`)));
    scene.change({ label: "pool", layer: "pools", octet: 9 });
    const settled = scene.arrive(baseOf(hosts.map((host_) => `${host_}2`)));
    expect(settled).toMatchObject({ value: { changed: true, delta: null, digest: scene.digest, serial: 102 } });
    expect(scene.host.history(key)?.journal.since(101)).toBeNull();
    scene.serial = 102;
    scene.change({ label: "pool", layer: "pools", octet: 8 });
    expect(scene.host.history(key)?.digest).toBe(scene.digest);
    expect(scene.host.history(key)?.journal.since(102)).toHaveLength(1);
    expect(scene.host.history(key)?.records).toBe(hosts.length + 4);
  });

  test("what is the same is not looked at when it takes the other's place", () => {
    let looks = 0;
    const counted = (label: string, octet: number): RRset => {
      const { rdata, ...head } = addressSet(label, octet);
      return {
        ...head,
        get rdata() {
          looks += 1;
          return rdata;
        },
      };
    };
    const hosts = (changed: number): RRset[] =>
      Array.from({ length: 1000 }, (_, at) => counted(`h${at}`, at === 500 ? changed : 2));
    const scene = new Scene([...baseOf([]), ...hosts(2)]);
    const arrival = scene.host.expect(origin);
    arrival.add([...baseOf([]), ...hosts(3)]);
    expect([...arrival.finish()].length).toBeGreaterThan(4);
    looks = 0;
    expect(scene.host.settle(key)).toMatchObject({ value: { changed: true, delta: { removed: { length: 2 } } } });
    expect(looks).toBeLessThan(20);
  });

  test("one that has not come to its end takes nobody's place", () => {
    const scene = new Scene(baseOf(["a A 192.0.2.2"]));
    const before = scene.digest;
    scene.host.expect(origin).add(baseOf([]));
    expect(scene.host.settle(key)).toMatchObject({ ok: false });
    scene.host.turnAway(key);
    expect([scene.host.settle(key).ok, scene.digest]).toEqual([false, before]);
  });
});

function textOf({ owner, rdata, ttlSeconds, type }: RRset): string {
  return `${nameKey(owner)} ${type} ${ttlSeconds} ${rdata.map((one) => one.join(".")).join(" ")}`;
}

describe("a zone that is told by what differs", () => {
  test("comes to the same records, serials, differences and digests as one that arrives whole, time after time", () => {
    const steps = fc.array(stepIn("updates", "pools"), { maxLength: 4 });
    const rounds = fc.array(fc.tuple(parsed, steps, steps), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(parsed, rounds, fc.boolean(), (first, later, isTransferred) => {
        let pieces: readonly Uint8Array[] = packPieces(first.rrsets);
        const told = new Scene(pieces.flatMap(unpackSets), [], isTransferred);
        const whole = new Scene(pieces.flatMap(unpackSets));
        for (const [next, before, during] of later) {
          for (const scene of [told, whole]) for (const each of before) scene.change(each);
          const changes = findChanges(pieces, next);
          if (changes === null) throw new Error("so small a zone is never taken whole");
          const waiting = [...during];
          const between = (): void => waiting.splice(0, 1).forEach((each) => told.change(each));
          const learned = told.learn(changes, between);
          for (const each of during.slice(0, during.length - waiting.length)) whole.change(each);
          const arrived = whole.arrive(unpackSets(packSets(next.rrsets)));
          if (!learned.ok || !arrived.ok) throw new Error("both settle");
          const is = learned.value;
          // Without a history nobody is told; the serial is the same.
          const should = { ...arrived.value, ...(isTransferred ? {} : { changed: false, delta: null, digest: "" }) };
          expect({ ...is, delta: is.delta && lines(is.delta) }).toEqual({
            ...should,
            delta: should.delta && lines(should.delta),
          });
          expect(told.sets.map(textOf).sort()).toEqual(whole.sets.map(textOf).sort());
          if (isTransferred) expect(told.host.history(key)?.records).toBe(whole.host.history(key)?.records);
          told.serial = whole.serial = Math.max(told.serial, is.serial);
          pieces = changes.pieces;
          expect(pieces.flatMap(unpackSets).map(textOf).sort()).toEqual(next.rrsets.map(textOf).sort());
        }
      }),
      { numRuns: 400 },
    );
  });

  test("one that is gone meanwhile, or was never served, takes nothing", () => {
    const changes = findChanges(packPieces(baseOf([])), parsedOf(["a A 192.0.2.2"]));
    if (changes === null) throw new Error("one set differs");
    const gone = new Scene(baseOf([]));
    expect(gone.learn(changes, () => gone.host.remove(key))).toMatchObject({ ok: false });
    const staged = new ZoneHost();
    const arrival = staged.expect(origin);
    arrival.changes = changes;
    expect([...arrival.finish()]).toEqual([]);
    expect(staged.settle(key)).toMatchObject({ ok: false });
  });
});

test("M11 a change that was made before a zone was read anew, and comes after it, has a serial further than that", () => {
  const serials = [100, 101, 102].map((serial) => {
    const scene = new Scene(baseOf([]));
    scene.arrive(baseOf(["new 300 A 192.0.2.9"]));
    const put = [addressSet("www", 7)];
    const published = scene.host.publish({ origin, serial, layer: "pools", put, remove: [] });
    return published.ok ? [published.value.serial, published.value.delta?.from, published.value.delta?.to] : [];
  });
  // The zone was at 100, and its file's serial is 1.
  expect(serials).toEqual([
    [102, 101, 102],
    [102, 101, 102],
    [102, 101, 102],
  ]);
});

test("M11 a zone with the records of before a restart has its serial again, unless the one of its source was raised", () => {
  const { digest } = new Scene(baseOf([]));
  const serials = [7, 0xffff_ffff].flatMap((last) =>
    [1, 9].map((proposed) => {
      const host = new ZoneHost();
      host.allow([{ origin, transfer: anybody, updates: [], primaries: [] }], []);
      const arrival = host.expect(origin);
      arrival.add(baseOf([]));
      expect([...arrival.finish()].length).toBeGreaterThan(0);
      host.settle(key);
      const opened = host.open({ origin: key, serial: proposed, past: { serial: last, digest, deltas: [] } });
      return opened.ok ? opened.value.serial : opened.error;
    }),
  );
  // The source's is 1, which is ahead of the last of all.
  expect(serials).toEqual([7, 7, 1, 0xffff_ffff]);
});

describe("a zone that may be transferred from now on", () => {
  const transfer = anybody;
  const names = Array.from({ length: 400 }, (_, at) => `n${at} 300 A 192.0.2.${at % 250}`);

  function servedWithout(): ZoneHost {
    const host = new ZoneHost();
    const arrival = host.expect(origin);
    arrival.add(baseOf(names, 60));
    expect([...arrival.finish()]).toEqual([]);
    host.settle(key);
    host.open({ origin: key, serial: 100, past: null });
    return host;
  }

  function put(host: ZoneHost, serial: number, label: string): ReturnType<ZoneHost["publish"]> {
    return host.publish({ origin, serial, layer: "pools", put: [addressSet(label, 9)], remove: [] });
  }

  function digestOf(host: ZoneHost): string {
    return zoneDigest(host.view(key) ?? []).text();
  }

  test("is summed up in turns while it goes on changing", async () => {
    const host = servedWithout();
    host.allow([{ origin, transfer, updates: [], primaries: [] }], []);
    expect(host.history(key)).toBeUndefined();
    expect(put(host, 101, "n0")).toEqual({ ok: true, value: { serial: 101, delta: null, digest: "" } });
    expect(put(host, 102, "n399")).toEqual({ ok: true, value: { serial: 102, delta: null, digest: "" } });
    await host.summed(key);
    expect(host.history(key)?.digest).toBe(digestOf(host));
    expect(put(host, 103, "new")).toMatchObject({
      ok: true,
      value: { delta: { from: 102, to: 103 }, digest: digestOf(host) },
    });
  });

  test("is compared with one that arrives meanwhile: nothing changed, and its serial stays", () => {
    const host = servedWithout();
    host.allow([{ origin, transfer, updates: [], primaries: [] }], []);
    put(host, 101, "n7");
    const arrival = host.expect(origin);
    arrival.add(baseOf(names, 60));
    expect([...arrival.finish()].length).toBeGreaterThan(0);
    expect(host.settle(key)).toMatchObject({
      ok: true,
      value: { changed: false, serial: 101, digest: digestOf(host) },
    });
  });

  test("and is not any more before that is done: nothing of it stays", async () => {
    const host = servedWithout();
    host.allow([{ origin, transfer, updates: [], primaries: [] }], []);
    host.allow([], []);
    await host.summed(key);
    expect(host.history(key)).toBeUndefined();
    expect(put(host, 101, "n7")).toEqual({ ok: true, value: { serial: 101, delta: null, digest: "" } });
  });
});
