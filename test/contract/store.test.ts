/** One suite over every store: what the port promises, whatever keeps it. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { createMemoryDisk, openMemoryStore } from "../../src/ports/memory-store.ts";
import { ownerTypeKey, textName } from "../../src/dns/name.ts";
import { rrType } from "../../src/dns/rr-types.ts";
import type { RRset } from "../../src/dns/types.ts";
import { emptyBatch, journalDeltasMax, journalOctetsMax, type SavedUpdate, type Store } from "../../src/ports/store.ts";
import { temporaryFolder } from "./store-fixtures.ts";
import { drain, event, events, group, keepLog, pinned, rehearsal, target, window } from "./store-values.ts";
import { delta, pastOf, pastStep, pastZone, textSet } from "./store-zones.ts";

/** Opens the same disk again and again. */
type Reopen = () => Promise<Store>;

const stores: Readonly<Record<string, () => Reopen>> = {
  sqlite: () => {
    const path = join(temporaryFolder(), "state.sqlite");
    return () => openSqliteStore({ path, log: keepLog() });
  },
  memory: () => {
    const disk = createMemoryDisk();
    return async () => openMemoryStore(disk);
  },
};

/** Sets in an order of their own: a store promises none. */
function sorted(sets: readonly RRset[] | undefined): readonly RRset[] | undefined {
  return sets?.toSorted((a, b) => (ownerTypeKey(a) < ownerTypeKey(b) ? -1 : 1));
}

async function open(reopen: Reopen): Promise<Store> {
  const store = await reopen();
  onTestFinished(() => store.close());
  return store;
}

describe.each(Object.entries(stores))("store: %s", (_name, create) => {
  test("a new one is empty", async () => {
    const store = await open(create());
    expect(await store.load()).toEqual({
      targets: [],
      pools: [],
      overrides: [],
      orders: [],
      windowsBegun: [],
      groupsTold: [],
      rehearsals: [],
      serials: {},
      updates: {},
      lastEventId: 0,
    });
    expect(await store.history({ limit: 10 })).toEqual([]);
  });

  test("M7 what was saved is there after closing and opening, value by value", async () => {
    const reopen = create();
    const first = await reopen();
    const batch = {
      ...emptyBatch,
      targets: [
        target("b", { health: "flapping", rises: 0, falls: 3 }),
        target("a", { reason: "", health: "down", fault: "refused" }),
      ],
      pools: [
        { name: "www.example.org", activePriority: null },
        { name: "db.example.org", activePriority: 2 },
      ],
      ordersSet: [pinned("www.example.org")],
      windowsBegun: [
        window("disk"),
        window("updates", { series: { every: "Sun 02:00", timeZone: "UTC", until: wall(99), ordered: true } }),
      ],
      rehearsals: [rehearsal("www.example.org")],
      groupsTold: [group("192.0.2.0/24"), group("198.51.100.0/24")],
      overridesSet: [drain("b", { expiresAt: wall(1_800_000_000_000) }), drain("a", { kind: "disable" })],
      serials: { "example.org": 4_294_967_295, "example.net": 0 },
    };
    expect(await first.save(batch)).toEqual({ kind: "ok" });
    await first.close();
    const second = await open(reopen);
    expect(await second.load()).toEqual({
      targets: batch.targets.toReversed(),
      pools: batch.pools.toReversed(),
      overrides: batch.overridesSet.toReversed(),
      orders: batch.ordersSet,
      windowsBegun: batch.windowsBegun,
      groupsTold: batch.groupsTold,
      rehearsals: batch.rehearsals,
      serials: batch.serials,
      lastEventId: 0,
      updates: {},
    });
  });

  test("later batches replace, forget and clear", async () => {
    const store = await open(create());
    await store.save({ ...emptyBatch, targets: [target("a"), target("b")], overridesSet: [drain("a"), drain("b")] });
    await store.save({
      ...emptyBatch,
      ordersSet: [pinned("a"), pinned("b")],
      windowsBegun: [window("disk"), window("b")],
      groupsTold: [group("a"), group("b")],
      pools: [
        { name: "a", activePriority: null },
        { name: "b", activePriority: null },
      ],
      rehearsals: [rehearsal("a"), rehearsal("b")],
    });
    const saves = [
      store.save({ ...emptyBatch, targets: [target("a", { health: "down" })], overridesCleared: ["a", "unheard-of"] }),
      store.save({
        ...emptyBatch,
        ordersCleared: ["pin a", "pin none"],
        windowsBegun: [window("b", { reason: "late" })],
        groupsTold: [group("b")],
        rehearsals: [rehearsal("b", { verdict: "slow" })],
        poolsForgotten: ["a"],
      }),
      store.save({ ...emptyBatch, targetsForgotten: ["b"], serials: { "example.org": 7 } }),
      store.save({ ...emptyBatch, serials: { "example.org": 8 } }),
    ];
    expect(await Promise.all(saves)).toEqual(saves.map(() => ({ kind: "ok" })));
    const { groupsTold, targets, orders, overrides, rehearsals, serials, windowsBegun } = await store.load();
    expect({ groupsTold, targets, orders, overrides, rehearsals, serials, windowsBegun }).toEqual({
      targets: [target("a", { health: "down" })],
      orders: [pinned("b")],
      overrides: [drain("b")],
      serials: { "example.org": 8 },
      windowsBegun: [window("b", { reason: "late" })],
      groupsTold: [group("b")],
      rehearsals: [rehearsal("b", { verdict: "slow" })],
    });
  });

  test("history holds what was appended before the call, newest last, and can be asked in parts", async () => {
    const store = await open(create());
    store.append(events(1, 5));
    store.append([event(6, { subject: "example.org", kind: "answer", from: null, to: null })]);
    expect(await store.history({ limit: 100 })).toEqual([
      ...events(1, 5),
      event(6, { subject: "example.org", kind: "answer", from: null, to: null }),
    ]);
    const ids = async (query: Parameters<Store["history"]>[0]) => (await store.history(query)).map(({ id }) => id);
    expect(await ids({ limit: 2 })).toEqual([5, 6]);
    expect(await ids({ limit: 2, afterId: 0 })).toEqual([1, 2]);
    expect(await ids({ limit: 100, afterId: 4 })).toEqual([5, 6]);
    expect(await ids({ limit: 100, sinceMs: event(4).at })).toEqual([4, 5, 6]);
    expect(await ids({ limit: 100, subject: "example.org" })).toEqual([6]);
    expect(await ids({ limit: 2, subject: event(1).subject })).toEqual([4, 5]);
    expect(await ids({ limit: 0 })).toEqual([]);
    const acted = event(7, { kind: "override", by: { owner: "ann", reason: "" } });
    store.append([acted]);
    expect(await store.history({ limit: 100, operator: true })).toEqual([acted]);
    expect(await ids({ limit: 100, kind: "override" })).toEqual([7]);
    expect(await ids({ limit: 1, kind: "health", operator: true })).toEqual([]);
  });

  test("T1 an event keeps what was broken", async () => {
    const store = await open(create());
    const diagnosis = { rule: "diagnosis/host-down", name: "host down", sentence: "host down: nothing answers" };
    const fell = event(1, { diagnosis });
    store.append([fell, event(2)]);
    expect(await store.history({ limit: 10 })).toEqual([fell, event(2)]);
  });

  test("event ids go on where they were after closing", async () => {
    const reopen = create();
    const first = await reopen();
    first.append(events(1, 1_200));
    await first.close();
    const second = await open(reopen);
    expect((await second.load()).lastEventId).toBe(1_200);
    second.append([event(1_201)]);
    expect((await second.history({ limit: 1 }))[0]?.id).toBe(1_201);
    expect((await second.load()).lastEventId).toBe(1_201);
  });

  test("M7 what clients put by UPDATE is there after closing and opening, octet by octet", async () => {
    const reopen = create();
    const first = await reopen();
    const address = (zone: string): RRset => ({
      owner: textName(`Host.${zone}`),
      type: rrType.A,
      ttlSeconds: 2_147_483_647,
      rdata: [Uint8Array.of(192, 0, 2, 1), Uint8Array.of(192, 0, 2, 2)],
    });
    const hidden: RRset = { owner: textName("*.example.org"), type: 65_535, ttlSeconds: 0, rdata: [] };
    const odd: RRset = {
      ...hidden,
      owner: textName("\\000\\.\\255.example.org"),
      rdata: [new Uint8Array(), new Uint8Array(65_535)],
    };
    const put = [textSet("_acme-challenge.example.org", "one", "two"), address("example.org"), hidden, odd];
    const updates: SavedUpdate[] = [
      { zone: "example.org", put, remove: [] },
      { zone: "example.net", put: [address("example.net")], remove: [] },
    ];
    expect(await first.save({ ...emptyBatch, updates })).toEqual({ kind: "ok" });
    await first.close();
    const { updates: loaded } = await (await open(reopen)).load();
    expect(Object.keys(loaded).toSorted()).toEqual(["example.net", "example.org"]);
    expect(sorted(loaded["example.org"])).toEqual(sorted(put));
    expect(loaded["example.net"]).toEqual([address("example.net")]);
  });

  test("later updates replace and remove sets, whatever the case of their owners", async () => {
    const store = await open(create());
    const save = (update: Partial<SavedUpdate>) =>
      store.save({ ...emptyBatch, updates: [{ zone: "example.org", put: [], remove: [], ...update }] });
    await save({ put: [textSet("a.example.org", "old"), textSet("b.example.org", "stays")] });
    await save({ put: [textSet("A.example.org", "new")], remove: [textSet("A.EXAMPLE.org")] });
    expect(sorted((await store.load()).updates["example.org"])).toEqual(
      sorted([textSet("A.example.org", "new"), textSet("b.example.org", "stays")]),
    );
    await save({ remove: [textSet("a.example.org"), textSet("B.example.org"), textSet("c.example.org")] });
    expect((await store.load()).updates).toEqual({});
  });

  test("M10 a zone's past is there after closing and opening, unbroken and in order", async () => {
    const reopen = create();
    const first = await reopen();
    expect(await first.loadPast(pastZone)).toBeNull();
    const saves = [null, 1, 2, 3].map((from) => first.savePast(pastStep(from, (from ?? 0) + 1)));
    expect(await Promise.all(saves)).toEqual(saves.map(() => ({ kind: "ok" })));
    expect(await first.loadPast(pastZone)).toEqual(pastOf(1, 4));
    await first.close();
    const second = await open(reopen);
    expect(await second.loadPast(pastZone)).toEqual(pastOf(1, 4));
    expect(await second.loadPast("example.net")).toBeNull();
    expect(await second.savePast(pastStep(4, 5))).toEqual({ kind: "ok" });
    expect(await second.loadPast(pastZone)).toEqual(pastOf(1, 5));
  });

  test("a delta that does not begin where the past ends, or none, begins a new past", async () => {
    const store = await open(create());
    for (const from of [null, 1, 2]) await store.savePast(pastStep(from, (from ?? 0) + 1));
    await store.savePast(pastStep(7, 8));
    expect(await store.loadPast(pastZone)).toEqual({ serial: 8, digest: "digest 8", deltas: [delta(7, 8)] });
    await store.savePast(pastStep(null, 12));
    expect(await store.loadPast(pastZone)).toEqual({ serial: 12, digest: "digest 12", deltas: [] });
    await store.savePast({ ...pastStep(12, 13), zone: "example.net" });
    expect(await store.loadPast(pastZone)).toEqual({ serial: 12, digest: "digest 12", deltas: [] });
  });

  test("M10 the serial of a zone is the furthest that was saved or that its past ends at (RFC 1982)", async () => {
    const store = await open(create());
    const serial = async () => (await store.load()).serials[pastZone];
    await store.savePast(pastStep(null, 4_294_967_295));
    expect(await serial()).toBe(4_294_967_295);
    await store.save({ ...emptyBatch, serials: { [pastZone]: 4_294_967_290 } });
    expect(await serial()).toBe(4_294_967_295);
    await store.savePast(pastStep(4_294_967_295, 3));
    expect(await serial()).toBe(3);
    await store.save({ ...emptyBatch, serials: { [pastZone]: 5 } });
    expect(await serial()).toBe(5);
  });

  test("a past is kept within its limit, and its oldest deltas go first", async () => {
    const store = await open(create());
    const steps = Array.from({ length: journalDeltasMax + 25 }, (_, from) => store.savePast(pastStep(from, from + 1)));
    expect((await Promise.all(steps)).every(({ kind }) => kind === "ok")).toBe(true);
    const past = await store.loadPast(pastZone);
    expect(past).toEqual(pastOf(25, journalDeltasMax + 25));
  });

  test("a past is kept within its limit of octets, and a delta beyond it leaves none", async () => {
    const store = await open(create());
    const third = Math.floor(journalOctetsMax / 3.1);
    for (let from = 0; from < 4; from++) await store.savePast(pastStep(from, from + 1, third));
    expect((await store.loadPast(pastZone))?.deltas.map((each) => each.to)).toEqual([2, 3, 4]);
    await store.savePast(pastStep(4, 5, journalOctetsMax));
    expect(await store.loadPast(pastZone)).toEqual({ serial: 5, digest: "digest 5", deltas: [] });
    await store.savePast(pastStep(5, 6));
    expect((await store.loadPast(pastZone))?.deltas).toEqual([delta(5, 6)]);
  });

  test("M7 what notifications remember is there after closing and opening, replaced and removed by id", async () => {
    const reopen = create();
    const first = await reopen();
    expect(await first.loadMessages()).toEqual([]);
    const long = { id: "message 2", body: JSON.stringify({ text: "«naïve» 'quotes' \u0000".repeat(1000) }) };
    const saves = [
      first.saveMessages({ put: [{ id: "message 1", body: "old" }, long, { id: "é", body: "" }], remove: [] }),
      first.saveMessages({ put: [{ id: "message 1", body: "new" }], remove: ["é", "unheard-of"] }),
    ];
    expect(await Promise.all(saves)).toEqual([{ kind: "ok" }, { kind: "ok" }]);
    await first.close();
    const second = await open(reopen);
    expect(await second.loadMessages()).toEqual([{ id: "message 1", body: "new" }, long]);
  });

  test("values share nothing with those who gave or took them", async () => {
    const store = await open(create());
    const set = textSet("a.example.org", "text");
    const step = pastStep(1, 2);
    const saves = [
      store.save({ ...emptyBatch, updates: [{ zone: "example.org", put: [set], remove: [] }] }),
      store.savePast(step),
    ];
    set.rdata[0]?.fill(0);
    step.delta?.added[1]?.rdata.fill(0);
    await Promise.all(saves);
    for (let round = 0; round < 2; round++) {
      const { updates } = await store.load();
      const past = await store.loadPast(pastZone);
      expect(updates["example.org"]).toEqual([textSet("a.example.org", "text")]);
      expect(past?.deltas).toEqual([delta(1, 2)]);
      updates["example.org"]?.[0]?.rdata[0]?.fill(1);
      past?.deltas[0]?.added[1]?.rdata.fill(1);
    }
  });

  test("a closed store says so, and closing again does nothing", async () => {
    const store = await create()();
    await store.close();
    await store.close();
    store.append([event(1)]);
    expect(await store.save(emptyBatch)).toMatchObject({ kind: "failed", reason: expect.stringContaining("closed") });
    expect(await store.savePast(pastStep(1, 2))).toMatchObject({ reason: expect.stringContaining("closed") });
    expect(await store.saveMessages({ put: [], remove: [] })).toMatchObject({ kind: "failed" });
  });
});
