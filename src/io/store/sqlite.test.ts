/** Files that must be refused, with every byte left as it was; locks; a full disk; old history. */
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  closeSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { events, keepLog, numbersIn, target } from "../../../test/contract/store-values.ts";
import { emptyBatch } from "../../ports/store.ts";
import type { StoreError, StoreErrorCode } from "./errors.ts";
import type { StoreLimits } from "./limits.ts";
import { openSqliteStore } from "./sqlite.ts";
import { wall } from "../../base/time.ts";

const writer = join(import.meta.dirname, "../../../test/contract/store-writer.ts");

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "muster-store-"));
  onTestFinished(() => {
    chmodSync(folder, 0o700);
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

async function open(path: string, limits: Partial<StoreLimits> = {}) {
  const log = keepLog();
  const store = await openSqliteStore({ path, log, limits: { lockMsMax: 100, ...limits } });
  onTestFinished(() => store.close());
  return { store, log };
}

/** A closed database with some content, of several pages. */
async function makeDatabase(path: string): Promise<void> {
  const store = await openSqliteStore({ path, log: keepLog() });
  await store.save({ ...emptyBatch, targets: [target("a"), target("b")] });
  // Of today, so that whoever opens it next takes none of them away.
  store.append(events(1, 2_000).map((event) => ({ ...event, at: wall(Date.now()) })));
  await store.close();
}

/** Every file of a folder with its bytes, but for SQLite's shared memory, which holds no data. */
function bytesIn(folder: string): Record<string, string> {
  const names = readdirSync(folder).filter((name) => !name.endsWith("-shm"));
  return Object.fromEntries(
    names.filter((name) => statSync(join(folder, name)).isFile()).map((name) => [name, hash(join(folder, name))]),
  );
}

function hash(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

function overwrite(path: string, at: number, bytes: Uint8Array): void {
  const descriptor = openSync(path, "r+");
  writeSync(descriptor, bytes, 0, bytes.length, at);
  closeSync(descriptor);
}

const pageBytes = 4_096;

/** Where the page with the oldest events begins: the first child of the table's root (fileformat2.html, 1.6). */
function oldestEventsAt(path: string): number {
  const bytes = readFileSync(path);
  const db = new DatabaseSync(path, { readOnly: true });
  const root = Number(db.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'event'").get()?.["rootpage"]);
  db.close();
  const rootAt = (root - 1) * pageBytes;
  const firstCellAt = rootAt + bytes.readUInt16BE(rootAt + 12);
  return (bytes.readUInt32BE(firstCellAt) - 1) * pageBytes;
}

async function refusal(path: string): Promise<StoreError> {
  const opened = open(path).then(
    () => null,
    (error: StoreError) => error,
  );
  const error = await opened;
  if (error === null) throw new Error("the file was accepted");
  return error;
}

interface Damage {
  readonly title: string;
  readonly code: StoreErrorCode;
  readonly harm: (path: string) => void;
}

const damages: readonly Damage[] = [
  {
    title: "text in place of a database",
    code: "store_not_a_database",
    harm: (path) => writeFileSync(path, "zones:\n".repeat(1_000)),
  },
  { title: "a garbage header", code: "store_not_a_database", harm: (path) => overwrite(path, 0, Buffer.alloc(64, 7)) },
  { title: "a header alone", code: "store_damaged", harm: (path) => truncateSync(path, 60) },
  {
    title: "half a file",
    code: "store_damaged",
    harm: (path) => truncateSync(path, Math.floor(statSync(path).size / 2)),
  },
  {
    title: "half a page too little",
    code: "store_damaged",
    harm: (path) => truncateSync(path, statSync(path).size - 2_048),
  },
  {
    title: "flipped bytes in the middle",
    code: "store_damaged",
    harm: (path) => overwrite(path, oldestEventsAt(path), Buffer.alloc(64, 0xff)),
  },
  {
    title: "an empty file with a log beside it",
    code: "store_damaged",
    harm: (path) => {
      copyFileSync(path, `${path}-wal`);
      truncateSync(path, 0);
    },
  },
  { title: "a newer schema", code: "store_newer", harm: (path) => execute(path, "PRAGMA user_version = 99") },
  {
    title: "another program's database",
    code: "store_foreign",
    harm: (path) => {
      rmSync(path);
      execute(path, "CREATE TABLE tune (title TEXT); INSERT INTO tune VALUES ('x')");
    },
  },
  { title: "a read-only file", code: "store_unwritable", harm: (path) => chmodSync(path, 0o444) },
  {
    title: "a folder",
    code: "store_is_directory",
    harm: (path) => {
      rmSync(path);
      mkdirSync(path);
    },
  },
];

function execute(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

test.each(damages)("M7 $title is refused, and every byte stays", async ({ code, harm }) => {
  const folder = temporaryFolder();
  const path = join(folder, "state.sqlite");
  await makeDatabase(path);
  harm(path);
  const before = bytesIn(folder);
  const error = await refusal(path);
  expect(error).toMatchObject({ name: "StoreError", code, file: path });
  expect(error.message).toContain(`${path}: ${error.reason}; ${error.advice}`);
  expect(bytesIn(folder)).toEqual(before);
});

test("M7 a damaged database with decisions still in its log is refused, and the log stays", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "state.sqlite");
  await makeDatabase(path);
  const { child, lines } = startWriter(path);
  // Its first line comes before anything of its own is in the log.
  for (let line = ""; !line.startsWith("saved "); ) line = String((await lines.next()).value);
  child.kill("SIGKILL");
  await once(child, "exit");
  overwrite(path, oldestEventsAt(path), Buffer.alloc(64, 0xff));
  const before = bytesIn(folder);
  expect(Object.keys(before)).toContain("state.sqlite-wal");
  expect(await refusal(path)).toMatchObject({ code: "store_damaged" });
  expect(bytesIn(folder)).toEqual(before);
});

test("a folder that is missing or read-only is refused and stays as it is", async () => {
  const folder = temporaryFolder();
  expect(await refusal(join(folder, "none", "state.sqlite"))).toMatchObject({ code: "store_unwritable" });
  chmodSync(folder, 0o555);
  expect(await refusal(join(folder, "state.sqlite"))).toMatchObject({ code: "store_unwritable" });
  expect(readdirSync(folder)).toEqual([]);
});

test("an empty file and what a killed start left behind are taken for a new database", async () => {
  const folder = temporaryFolder();
  const path = join(folder, "state.sqlite");
  writeFileSync(path, "");
  writeFileSync(`${path}.new-4711`, "half");
  const { store } = await open(path);
  expect(await store.save({ ...emptyBatch, targets: [target("a")] })).toEqual({ kind: "ok" });
  expect(readdirSync(folder)).not.toContain("state.sqlite.new-4711");
});

function startWriter(path: string, stderr: "inherit" | "ignore" = "inherit") {
  const child = spawn(process.execPath, [writer, path], { stdio: ["ignore", "pipe", stderr] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return { child, lines };
}

test("a second process is refused by the first one's pid; after kill -9 the file is free", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const { child, lines } = startWriter(path);
  expect((await lines.next()).value).toMatch(/^events/);
  const error = await refusal(path);
  expect(error).toMatchObject({ code: "store_locked", reason: `process ${child.pid} uses the database` });
  expect((await lines.next()).value).toMatch(/^(handed|past|saved) /);
  child.kill("SIGKILL");
  await once(child, "exit");
  const { store } = await open(path);
  expect((await store.load()).targets).toHaveLength(3);
});

test("a second opening in the same process is refused and leaves the first one's lock in place", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const { store } = await open(path);
  expect(await refusal(path)).toMatchObject({ code: "store_locked" });
  const { lines } = startWriter(path, "ignore");
  expect((await lines.next()).done).toBe(true);
  expect(await store.save(emptyBatch)).toEqual({ kind: "ok" });
});

test("M14 what was told is durable before what is decided or delivered after it", async () => {
  const path = join(temporaryFolder(), "told.sqlite");
  const { store } = await open(path, { flushMs: 3_600_000 });
  const idsOnDisk = (): readonly unknown[] => {
    // What a crash would leave: the file is locked as long as the store is open.
    const copy = join(temporaryFolder(), "copy.sqlite");
    for (const end of ["", "-wal"]) copyFileSync(`${path}${end}`, `${copy}${end}`);
    const database = new DatabaseSync(copy);
    const rows = database.prepare("SELECT id FROM event ORDER BY id").all();
    database.close();
    return rows.map(({ id }) => id);
  };
  store.append(events(1, 2));
  await store.save({ ...emptyBatch, targets: [target("a")] });
  expect(idsOnDisk()).toEqual([1, 2]);
  store.append(events(3, 3));
  await store.saveMessages({ put: [{ id: "cursor", body: "{}" }], remove: [] });
  expect(idsOnDisk()).toEqual([1, 2, 3]);
});

test("history is cut to the newest, in small steps, by count and by age", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const keep = { keepEventsMax: 300, keepEventsMin: 100, pruneEvery: 20, pruneEvents: 150 };
  const { store } = await open(path, { ...keep, keepMs: 1e15 });
  for (let from = 1; from < 1_000; from += 50) {
    store.append(events(from, from + 49));
    await store.history({ limit: 1 });
  }
  const kept = await store.history({ limit: 10_000 });
  expect(kept.at(-1)?.id).toBe(1_000);
  expect(kept).toHaveLength(300);
  await store.close();
  const aged = await open(path, { ...keep, keepMs: 1 });
  for (let id = 1_001; id < 1_040; id += 10) {
    aged.store.append(events(id, id + 9));
    await aged.store.history({ limit: 1 });
  }
  const young = await aged.store.history({ limit: 10_000 });
  expect(young.length).toBeGreaterThanOrEqual(100);
  expect(young.length).toBeLessThan(150);
  expect(young.at(-1)?.id).toBe(1_040);
});

/** A file system of four megabytes; needs root, like the interop tests. */
function smallDisk(): string {
  const folder = temporaryFolder();
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "muster-test", folder]);
  onTestFinished(() => void execFileSync("umount", ["--lazy", folder]));
  return folder;
}

test("M7 a full disk: save says so, nothing is lost, and with space again everything goes on", async () => {
  const folder = smallDisk();
  const path = join(folder, "state.sqlite");
  const { store, log } = await open(path, { flushMs: 10 });
  expect(await store.save({ ...emptyBatch, targets: [target("a", { reason: "before" })] })).toEqual({ kind: "ok" });
  const filler = join(folder, "filler");
  fillDisk(filler);
  const big = { ...emptyBatch, targets: [target("a", { reason: "x".repeat(1_000_000) }), target("b")] };
  expect(await store.save(big)).toEqual({ kind: "failed", reason: expect.stringMatching(/disk/) });
  store.append(events(1, 300));
  expect((await store.load()).targets).toEqual([target("a", { reason: "before" })]);
  expect((await store.history({ limit: 2 })).map(({ id }) => id)).toEqual([299, 300]);
  expect((await store.history({ limit: 2, afterId: 7 })).map(({ id }) => id)).toEqual([8, 9]);
  expect(log.lines.join("\n")).toMatch(/History cannot be written: .*disk/);
  rmSync(filler);
  expect(await store.save({ ...emptyBatch, targets: [target("b")] })).toEqual({ kind: "ok" });
  expect(await store.history({ limit: 1_000 })).toHaveLength(300);
  expect(log.lines.join("\n")).toContain("History is written again; 0 events dropped");
  await store.close();
  const again = await open(path);
  expect((await again.store.load()).targets).toEqual([target("a", { reason: "before" }), target("b")]);
});

test("M7 a database that is removed under a running muster is written again, and loses nothing", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const { store, log } = await open(path);
  const saveOne = (name: string) => store.save({ ...emptyBatch, targets: [target(name)] });
  expect(await saveOne("a")).toEqual({ kind: "ok" });
  store.append(events(1, 3));
  rmSync(path);
  expect(await saveOne("b")).toEqual({ kind: "ok" });
  rmSync(`${path}-wal`);
  expect(await saveOne("c")).toEqual({ kind: "ok" });
  rmSync(path);
  rmSync(`${path}-wal`);
  await store.close();
  expect(log.lines.map((line) => line.replaceAll(path, "state"))).toEqual([
    "state was removed while muster ran, and is written again.",
    "state-wal was removed while muster ran, and is written again.",
    "state was removed while muster ran, and is written again.",
  ]);
  const again = await open(path);
  expect((await again.store.load()).targets).toEqual([target("a"), target("b"), target("c")]);
  expect(await again.store.history({ limit: 9 })).toHaveLength(3);
});

test.each(["link", "target"])(
  "M7 a database behind a link is written again when the %s is removed",
  async (removed) => {
    const folder = temporaryFolder();
    const path = join(folder, "state.sqlite");
    mkdirSync(join(folder, "disk"));
    symlinkSync(join(folder, "disk", "real.sqlite"), path);
    await makeDatabase(join(folder, "disk", "real.sqlite"));
    const { store, log } = await open(path);
    const saveOne = (name: string) => store.save({ ...emptyBatch, targets: [target(name)] });
    expect(await saveOne("c")).toEqual({ kind: "ok" });
    rmSync(removed === "link" ? path : join(folder, "disk", "real.sqlite"));
    expect(await saveOne("d")).toEqual({ kind: "ok" });
    expect(log.lines).toHaveLength(1);
    await store.close();
    const names = (await (await open(path)).store.load()).targets.map(({ id }) => id);
    expect(names).toEqual(["a", "b", "c", "d"].map((name) => target(name).id));
  },
);

test("M7 another file in the database's place is left alone, and nothing is acknowledged until it is moved away", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const { store } = await open(path);
  const saveOne = (name: string) => store.save({ ...emptyBatch, targets: [target(name)] });
  rmSync(path);
  writeFileSync(path, "mine");
  expect(await saveOne("a")).toEqual({
    kind: "failed",
    reason: expect.stringContaining("is another file than muster's own"),
  });
  expect(readFileSync(path, "utf8")).toBe("mine");
  rmSync(path);
  expect(await saveOne("a")).toEqual({ kind: "ok" });
  await store.close();
  expect((await (await open(path)).store.load()).targets).toEqual([target("a")]);
});

test("M7 a folder that is gone with its database is said, and is written to when it is there again", async () => {
  const folder = join(temporaryFolder(), "state");
  mkdirSync(folder);
  const { store } = await open(join(folder, "state.sqlite"));
  const saveOne = (name: string) => store.save({ ...emptyBatch, targets: [target(name)] });
  rmSync(folder, { recursive: true });
  expect(await saveOne("a")).toEqual({ kind: "failed", reason: expect.stringContaining("was removed or moved") });
  mkdirSync(folder);
  expect(await saveOne("b")).toEqual({ kind: "ok" });
  await store.close();
  expect((await (await open(join(folder, "state.sqlite"))).store.load()).targets).toEqual([target("b")]);
});

test("M7 a disk that is full at the start, after kill -9, does not keep the last known good from being read", async () => {
  const folder = smallDisk();
  const path = join(folder, "state.sqlite");
  await makeDatabase(path);
  const { child, lines } = startWriter(path);
  while (!String((await lines.next()).value).startsWith("saved 3 "));
  child.kill("SIGKILL");
  await once(child, "exit");
  fillDisk(join(folder, "filler"));
  expect(bytesIn(folder)).toHaveProperty(["state.sqlite-wal"]);
  const { store } = await open(path);
  expect(numbersIn(await store.load())).toHaveLength(1);
  const large = target("d", { reason: "x".repeat(1_000_000) });
  expect(await store.save({ ...emptyBatch, targets: [large] })).toMatchObject({ kind: "failed" });
});

function fillDisk(path: string): void {
  const descriptor = openSync(path, "w");
  try {
    for (const bytes of [4_096, 1]) while (writeSync(descriptor, Buffer.alloc(bytes)) > 0);
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  } finally {
    closeSync(descriptor);
  }
}
