/** What every store promises about the record of what probes find. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { describe, expect, onTestFinished, test } from "vitest";
import { wall } from "../../src/base/time.ts";
import type { RecordedRun, RecordingBatch } from "../../src/core/recording.ts";
import { migrate } from "../../src/io/store/schema.ts";
import { openSqliteStore } from "../../src/io/store/sqlite.ts";
import { createMemoryDisk, openMemoryStore } from "../../src/ports/memory-store.ts";
import type { Store } from "../../src/ports/store.ts";
import { temporaryFolder } from "./store-fixtures.ts";
import { keepLog } from "./store-values.ts";

const stores: Readonly<Record<string, () => () => Promise<Store>>> = {
  sqlite: () => {
    const path = join(temporaryFolder(), "state.sqlite");
    return () => openSqliteStore({ path, log: keepLog() });
  },
  memory: () => {
    const disk = createMemoryDisk();
    return async () => openMemoryStore(disk);
  },
};

const start = Date.now() - 3_600_000;
const at = (seconds: number) => wall(start + seconds * 1000);
const stream = (target: string) => ({ target, key: `key of ${target}`, address: "192.0.2.1", intervalMs: 1000 });

function run(from: number, to: number, changes: Partial<RecordedRun> = {}): RecordedRun {
  return {
    target: "a",
    kind: "down",
    from: at(from),
    to: at(to),
    count: 3,
    tookMsMax: 12,
    late: false,
    trippedAt: null,
    goodBefore: at(from - 1),
    goodAt: null,
    reason: "connection refused",
    ...changes,
  };
}

const nothing: RecordingBatch = {
  streams: [],
  runs: [],
  paces: [],
  ages: [],
  words: [],
  vantages: [],
  life: null,
  config: null,
  keep: { ms: 86_400_000, bytes: 10_000_000 },
};

describe.each(Object.entries(stores))("recording: %s", (_name, create) => {
  test("M7 what was recorded is there after closing and opening, value by value", async () => {
    const reopen = create();
    const batch: RecordingBatch = {
      ...nothing,
      streams: [stream("a"), stream("b")],
      runs: [
        run(10, 12, { trippedAt: at(9), goodAt: at(13) }),
        run(10, 10, { target: "b", kind: "unknown", late: true }),
      ],
      paces: [{ target: "a", at: at(0), count: 60, meanMs: 3, maxMs: 40, maxAt: at(33) }],
      ages: [{ target: "a", at: at(5), dataAt: at(2), staleMs: 3000 }],
      words: [
        { target: "a", watcher: "fra", at: at(4), health: "up", suspected: true, able: true, reason: "status 200" },
        { target: "a", watcher: "nyc", at: at(4), health: "down", suspected: false, able: false, reason: "refused" },
      ],
      vantages: [
        { watcher: "fra", from: at(1), to: at(40), sick: null },
        { watcher: "nyc", from: at(1), to: at(9), sick: "its own network" },
      ],
      life: { from: at(0), to: at(60) },
      config: { at: at(0), body: '{"pools":[]}' },
    };
    const first = await reopen();
    expect(await first.record(batch)).toEqual({ kind: "ok" });
    await first.close();
    const again = await reopen();
    onTestFinished(() => again.close());
    const { config, keep: _, life, ...rows } = batch;
    expect(await again.recorded({ from: at(0), to: at(60) })).toEqual({ ...rows, lives: [life], configs: [config] });
  });

  test("a run and a life that go on replace what was written of them", async () => {
    const store = await create()();
    onTestFinished(() => store.close());
    await store.record({ ...nothing, streams: [stream("a")], runs: [run(10, 12)], life: { from: at(0), to: at(20) } });
    await store.record({ ...nothing, runs: [run(10, 30, { count: 21 })], life: { from: at(0), to: at(40) } });
    const { lives, runs } = await store.recorded({ from: at(0), to: at(60) });
    expect(runs).toEqual([run(10, 30, { count: 21 })]);
    expect(lives).toEqual([{ from: at(0), to: at(40) }]);
  });

  test("a time is given what touches it, and the configuration that was in force when it began", async () => {
    const store = await create()();
    onTestFinished(() => store.close());
    const config = (seconds: number) => ({ at: at(seconds), body: `{"at":${seconds}}` });
    await store.record({ ...nothing, streams: [stream("a")], runs: [run(1, 5), run(20, 90), run(200, 210)] });
    for (const seconds of [0, 10, 70, 300]) await store.record({ ...nothing, config: config(seconds) });
    const { configs, runs } = await store.recorded({ from: at(60), to: at(120) });
    expect(runs).toEqual([run(20, 90)]);
    expect(configs).toEqual([config(10), config(70)]);
  });

  test("a time is given how old data was, and what watchers said, when it began; that stays when what is older goes", async () => {
    const store = await create()();
    onTestFinished(() => store.close());
    const old = -100 * 3600;
    const age = (seconds: number) => ({ target: "a", at: at(seconds), dataAt: at(old), staleMs: 1000 });
    const word = (seconds: number, watcher: string) => ({
      ...{ target: "a", watcher, at: at(seconds), health: "up" as const, suspected: false, able: true, reason: "fine" },
    });
    const words = [word(old, "fra"), word(old, "nyc"), word(old + 60, "fra"), word(20, "fra")];
    const vantages = [
      { watcher: "fra", from: at(old), to: at(old + 60), sick: null },
      { watcher: "fra", from: at(0), to: at(60), sick: null },
    ];
    const ages = [age(old), age(old + 60), age(20)];
    await store.record({ ...nothing, streams: [stream("a")], ages, words, vantages });
    const kept = await store.recorded({ from: at(10), to: at(60) });
    expect(kept.ages.map((one) => one.at)).toEqual([at(old + 60), at(20)]);
    expect(kept.words.map((one) => `${one.watcher} ${one.at}`)).toEqual([
      `nyc ${at(old)}`,
      `fra ${at(old + 60)}`,
      `fra ${at(20)}`,
    ]);
    await store.record({ ...nothing, life: { from: at(0), to: at(3600) } });
    const all = await store.recorded({ from: at(2 * old), to: at(3600) });
    expect([all.ages.length, all.words.length, all.vantages.length]).toEqual([2, 3, 1]);
  });

  test("what is too old goes", async () => {
    const store = await create()();
    onTestFinished(() => store.close());
    const old = -100 * 3600;
    await store.record({
      ...nothing,
      streams: [stream("a")],
      runs: [run(old, old + 5), run(10, 12)],
      life: { from: at(old), to: at(old + 60) },
    });
    await store.record({ ...nothing, life: { from: at(0), to: at(3600) } });
    const { lives, runs } = await store.recorded({ from: at(2 * old), to: at(3600) });
    expect(runs).toEqual([run(10, 12)]);
    expect(lives).toEqual([{ from: at(0), to: at(3600) }]);
  });
});

test("sqlite: what is too much goes, oldest first, and no life says that all was well then", async () => {
  const store = await stores["sqlite"]?.()();
  if (store === undefined) throw new Error("no store");
  onTestFinished(() => store.close());
  const hours = 20;
  for (let hour = -hours; hour < 0; hour++) {
    const runs = Array.from({ length: 50 }, (_, i) => run(hour * 3600 + i * 10, hour * 3600 + i * 10 + 5));
    const life = { from: at(hour * 3600), to: at((hour + 1) * 3600) };
    await store.record({ ...nothing, streams: [stream("a")], runs, life, keep: { ms: 86_400_000, bytes: 50_000 } });
  }
  const { lives, runs } = await store.recorded({ from: at(-100 * 3600), to: at(3600) });
  expect(runs.length).toBeGreaterThan(200);
  expect(runs.length * 100).toBeLessThan(60_000);
  expect(runs.at(-1)?.from).toBe(at(-3600 + 490));
  expect(lives[0]?.from).toBeGreaterThan((runs[0]?.from ?? 0) - 7_200_000);
});

/** The last version of the database before ages and words were kept. */
const versionBefore = 10;

test("M7 sqlite: a record from before ages and words were kept is read as it was, and goes on with them", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const db = new DatabaseSync(path);
  migrate(db, 0, versionBefore);
  db.exec("INSERT INTO recorded_stream VALUES (1, 'a', 'key of a', '192.0.2.1', 1000)");
  const { count, from, kind, reason, to, tookMsMax } = run(10, 12);
  db.prepare("INSERT INTO recorded_run VALUES (?, 1, ?, ?, ?, ?, 0, NULL, NULL, NULL, ?)").run(
    ...[from, kind, to, count, tookMsMax, reason],
  );
  db.close();
  const store = await openSqliteStore({ path, log: keepLog() });
  onTestFinished(() => store.close());
  const old = await store.recorded({ from: at(0), to: at(60) });
  expect(old).toMatchObject({ runs: [run(10, 12, { goodBefore: null })], ages: [], words: [], vantages: [] });
  const ages = [{ target: "a", at: at(20), dataAt: at(1), staleMs: 19_000 }];
  expect(await store.record({ ...nothing, ages })).toEqual({ kind: "ok" });
  expect((await store.recorded({ from: at(0), to: at(60) })).ages).toEqual(ages);
});
