/** Pasts that were damaged on disk, databases from before there were any, and steps that go together. */
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { temporaryFolder } from "../../../test/contract/store-fixtures.ts";
import { events, keepLog, target } from "../../../test/contract/store-values.ts";
import { commitsIn } from "../../../test/fakes/write-ahead-log.ts";
import { delta, pastOf, pastStep, pastZone, textSet } from "../../../test/contract/store-zones.ts";
import { emptyBatch, type PastStep, type SaveOutcome } from "../../ports/store.ts";
import { type Commit, type CommitOutcome, CommitQueue } from "./commit-queue.ts";
import { openSqliteStore } from "./sqlite.ts";

async function open(path: string) {
  const log = keepLog();
  const store = await openSqliteStore({ path, log });
  onTestFinished(() => store.close());
  return { store, log };
}

/** A closed database with the pasts of two zones, and more. */
async function makePasts(path: string): Promise<void> {
  const store = await openSqliteStore({ path, log: keepLog() });
  const updates = [
    { zone: pastZone, put: [textSet("a.example.org", "one"), textSet("b.example.org", "two")], remove: [] },
  ];
  await store.save({ ...emptyBatch, targets: [target("a")], serials: { [pastZone]: 3 }, updates });
  for (const from of [null, 1, 2, 3, 4]) {
    await store.savePast(pastStep(from, (from ?? 0) + 1));
    await store.savePast({ ...pastStep(from, (from ?? 0) + 1), zone: "example.net" });
  }
  await store.close();
}

function execute(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  db.exec(sql);
  db.close();
}

const theirs = `zone = '${pastZone}'`;
const oneOf = (order: string): string =>
  `id = (SELECT id FROM past_delta WHERE ${theirs} ORDER BY id ${order} LIMIT 1)`;
const second = `id = (SELECT id FROM past_delta WHERE ${theirs} ORDER BY id LIMIT 1 OFFSET 1)`;

test.each([
  { title: "a delta that is cut short", sql: `UPDATE past_delta SET packed = substr(packed, 1, 30) WHERE ${second}` },
  { title: "an empty delta", sql: `UPDATE past_delta SET packed = x'' WHERE ${second}` },
  {
    title: "a delta with a flipped octet",
    sql: `UPDATE past_delta SET packed = CAST(substr(packed, 1, 60) || x'ff' || substr(packed, 62) AS BLOB) WHERE ${second}`,
  },
  { title: "a gap between deltas", sql: `DELETE FROM past_delta WHERE ${second}` },
  { title: "a newest delta that is gone", sql: `DELETE FROM past_delta WHERE ${oneOf("DESC")}` },
  { title: "another last serial", sql: `UPDATE past SET serial = 9 WHERE ${theirs}` },
])("M7 a past with $title is told of in one sentence and dropped; nothing else is lost", async ({ sql }) => {
  const path = join(temporaryFolder(), "state.sqlite");
  await makePasts(path);
  execute(path, sql);
  const { store, log } = await open(path);
  const serial = (await store.load()).serials[pastZone];
  expect(await store.loadPast(pastZone)).toBeNull();
  expect(log.lines).toEqual([
    expect.stringMatching(/^The past of example\.org is damaged on disk \(.+\) and was dropped; .+\.$/),
  ]);
  expect(await store.loadPast(pastZone)).toBeNull();
  expect(log.lines).toHaveLength(1);
  expect(await store.loadPast("example.net")).toEqual(pastOf(1, 5));
  const state = await store.load();
  expect(state.targets).toEqual([target("a")]);
  expect(state.serials[pastZone]).toBe(serial);
  expect(state.updates[pastZone]).toHaveLength(2);
  expect(await store.savePast(pastStep(20, 21))).toEqual({ kind: "ok" });
  expect(await store.loadPast(pastZone)).toEqual({ serial: 21, digest: "digest 21", deltas: [delta(20, 21)] });
});

test("M7 a damaged set of the layer of updates is left out and named; those beside it stay", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  await makePasts(path);
  const first = "(SELECT owner_key FROM update_set ORDER BY owner_key LIMIT 1)";
  execute(path, `UPDATE update_set SET rdata = x'00ff01' WHERE owner_key = ${first}`);
  const { store, log } = await open(path);
  expect((await store.load()).updates).toEqual({ [pastZone]: [textSet("b.example.org", "two")] });
  expect(log.lines).toEqual([
    "The records of type 16 of a.example.org. in example.org, put by UPDATE, are damaged on disk and left out; send that UPDATE again.",
  ]);
  const again = [{ zone: pastZone, put: [textSet("a.example.org", "three")], remove: [] }];
  await store.save({ ...emptyBatch, updates: again });
  expect((await store.load()).updates[pastZone]).toHaveLength(2);
});

test("M7 a database of the version before is brought up to date where it is, with all that it holds", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const { store: before } = await open(path);
  await before.save({ ...emptyBatch, targets: [target("a")], serials: { [pastZone]: 7 } });
  before.append(events(1, 10));
  await before.close();
  const columns = ["flips", "held_until", "hold_reason", "fault"].map(
    (name) => `ALTER TABLE target DROP COLUMN ${name};`,
  );
  const operator = ["owner", "reason", "diagnosis", "diagnosed"].map(
    (name) => `ALTER TABLE event DROP COLUMN ${name};`,
  );
  const recorded = ["stream", "run", "pace", "life", "config", "age", "word", "vantage"].map(
    (name) => `recorded_${name}`,
  );
  const made = [
    "update_set",
    "past",
    "past_delta",
    "message",
    "operator_order",
    "window_begun",
    "group_told",
    "rehearsal",
    ...recorded,
  ];
  const tables = made.map((name) => `DROP TABLE ${name};`);
  const newer = `DROP INDEX event_by_operator; ${[...columns, ...operator, ...tables].join(" ")} PRAGMA user_version = 1`;
  execute(path, `BEGIN; ${newer}; COMMIT`);
  const { store } = await open(path);
  const state = await store.load();
  expect(state).toMatchObject({ targets: [target("a")], serials: { [pastZone]: 7 }, updates: {}, lastEventId: 10 });
  expect(await store.loadPast(pastZone)).toBeNull();
  expect(await store.savePast(pastStep(7, 8))).toEqual({ kind: "ok" });
  expect(await store.history({ limit: 100 })).toEqual(events(1, 10));
});

test("M7 an upgrade that cannot be finished leaves the database at its version, whole", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  await (await open(path)).store.close();
  // The table that the last step makes last is there already: the step fails at its end.
  execute(path, "BEGIN; DROP TABLE update_set; DROP TABLE past; PRAGMA user_version = 1; COMMIT");
  await expect(openSqliteStore({ path, log: keepLog() })).rejects.toMatchObject({ code: "store_failed" });
  const db = new DatabaseSync(path);
  expect(db.prepare("PRAGMA user_version").get()).toMatchObject({ user_version: 1 });
  expect(db.prepare("SELECT name FROM sqlite_schema WHERE name = 'update_set'").get()).toBeUndefined();
  db.close();
});

/** A queue whose disk answers when the test says so. */
function queueWithDisk(stepsWaitingMax = 100) {
  const written: Commit[] = [];
  const answers: ((outcome: CommitOutcome) => void)[] = [];
  const write = (commit: Commit): Promise<CommitOutcome> => {
    written.push(commit);
    return new Promise((resolve) => answers.push(resolve));
  };
  return {
    queue: new CommitQueue({ stepsWaitingMax, flushHistory: () => Promise.resolve(), write }),
    serials: () => written.map(({ steps }) => steps.map(({ serial }) => serial)),
    batches: () => written.map((commit) => commit.batches.length),
    answer: (steps: SaveOutcome, batches: SaveOutcome = { kind: "ok" }) => answers.shift()?.({ batches, steps }),
  };
}

const step = (serial: number): PastStep => pastStep(serial - 1, serial);

test("steps that wait for a commit go together in the next, and each hears what became of its own", async () => {
  const { answer, queue, serials } = queueWithDisk();
  const first = [queue.addStep(step(1)), queue.addStep(step(2))];
  await expect.poll(serials).toEqual([[1, 2]]);
  const later = [3, 4, 5].map((serial) => queue.addStep(step(serial)));
  answer({ kind: "ok" });
  expect(await Promise.all(first)).toEqual([{ kind: "ok" }, { kind: "ok" }]);
  await expect.poll(serials).toEqual([
    [1, 2],
    [3, 4, 5],
  ]);
  const failed = { kind: "failed", reason: "the disk is full" } as const;
  answer(failed);
  expect(await Promise.all(later)).toEqual([failed, failed, failed]);
  const last = queue.addStep(step(6));
  await expect.poll(serials).toHaveLength(3);
  answer({ kind: "ok" });
  expect(await last).toEqual({ kind: "ok" });
});

test("a stuck disk makes no queue that grows without end", async () => {
  const { answer, queue, serials } = queueWithDisk(2);
  const writing = queue.addStep(step(1));
  await expect.poll(serials).toHaveLength(1);
  const waiting = [queue.addStep(step(2)), queue.addStep(step(3))];
  expect(await queue.addStep(step(4))).toEqual({ kind: "failed", reason: "2 changes already wait for the disk" });
  answer({ kind: "ok" });
  await writing;
  await expect.poll(serials).toEqual([[1], [2, 3]]);
  answer({ kind: "ok" });
  expect(await Promise.all(waiting)).toEqual([{ kind: "ok" }, { kind: "ok" }]);
});

test("a batch and the steps of its moment go in one commit, and each hears what became of its own", async () => {
  const { answer, batches, queue, serials } = queueWithDisk();
  const both = [queue.addStep(step(1)), queue.save(emptyBatch)];
  await expect.poll(serials).toEqual([[1]]);
  expect(batches()).toEqual([1]);
  answer({ kind: "failed", reason: "no room" });
  expect(await Promise.all(both)).toEqual([{ kind: "failed", reason: "no room" }, { kind: "ok" }]);
});

test("on disk, serial, records and past of a change are one transaction", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  const { store } = await open(path);
  const commits = (): number => commitsIn(path);
  const before = commits();
  const updates = [{ zone: pastZone, put: [textSet("a.example.org", "one")], remove: [] }];
  const saved = [store.savePast(pastStep(null, 7)), store.save({ ...emptyBatch, serials: { [pastZone]: 7 }, updates })];
  expect(await Promise.all(saved)).toEqual([{ kind: "ok" }, { kind: "ok" }]);
  expect(commits() - before).toBe(1);
});

test("a step that the database refuses takes no decision with it", async () => {
  const path = join(temporaryFolder(), "state.sqlite");
  await (await open(path)).store.close();
  execute(path, "CREATE TRIGGER stop BEFORE INSERT ON past BEGIN SELECT RAISE(ABORT, 'not this one'); END");
  const { store } = await open(path);
  const saved = [store.savePast(pastStep(null, 7)), store.save({ ...emptyBatch, targets: [target("a")] })];
  expect(await Promise.all(saved)).toMatchObject([{ kind: "failed" }, { kind: "ok" }]);
  expect((await store.load()).targets).toMatchObject([{ id: "a" }]);
});
