/** One suite over every store: what the port promises, whatever keeps it. */
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { createMemoryDisk, openMemoryStore } from "../../src/ports/memory-store.ts";
import type { Store } from "../../src/ports/store.ts";
import { temporaryFolder } from "./store-fixtures.ts";
import { drain, emptyBatch, event, events, keepLog, target } from "./store-values.ts";

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
      targets: [target("b", { health: "flapping", rises: 0, falls: 3 }), target("a", { reason: "" })],
      pools: [
        { name: "www.example.org", activePriority: null },
        { name: "db.example.org", activePriority: 2 },
      ],
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
      serials: batch.serials,
      lastEventId: 0,
      updates: {},
    });
  });

  test("later batches replace, forget and clear", async () => {
    const store = await open(create());
    await store.save({ ...emptyBatch, targets: [target("a"), target("b")], overridesSet: [drain("a"), drain("b")] });
    const saves = [
      store.save({ ...emptyBatch, targets: [target("a", { health: "down" })], overridesCleared: ["a", "unheard-of"] }),
      store.save({ ...emptyBatch, targetsForgotten: ["b"], serials: { "example.org": 7 } }),
      store.save({ ...emptyBatch, serials: { "example.org": 8 } }),
    ];
    expect(await Promise.all(saves)).toEqual([{ kind: "ok" }, { kind: "ok" }, { kind: "ok" }]);
    const { targets, overrides, serials } = await store.load();
    expect({ targets, overrides, serials }).toEqual({
      targets: [target("a", { health: "down" })],
      overrides: [drain("b")],
      serials: { "example.org": 8 },
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

  test("a closed store says so, and closing again does nothing", async () => {
    const store = await create()();
    await store.close();
    await store.close();
    store.append([event(1)]);
    expect(await store.save(emptyBatch)).toMatchObject({ kind: "failed", reason: expect.stringContaining("closed") });
  });
});
