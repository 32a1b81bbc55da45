/**
 * Opens muster's database for this process alone. A new one is made under another name and linked into place
 * when it is whole, so that no crash leaves a half-made file behind that would be refused afterwards. An existing
 * one is looked at before it is opened for writing, locked, and brought to the present schema.
 */
import { linkSync, readdirSync, rmSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { StoreError } from "./errors.ts";
import { findHolder } from "./file-holder.ts";
import { inspectFile, mustBeWhole, refuse } from "./inspect-file.ts";
import { migrate } from "./schema.ts";
import { sqliteBusy, sqliteCode, sqliteReason } from "./sqlite-reason.ts";

const retryMs = 50;

/** Rejects with a `StoreError`. Another process may hold the file for `lockMsMax` before it is refused. */
export async function openDatabase(file: string, lockMsMax: number): Promise<DatabaseSync> {
  for (let waitedMs = 0; ; waitedMs += retryMs) {
    try {
      return openNow(file);
    } catch (error) {
      if (error instanceof StoreError) throw error;
      if (sqliteCode(error) !== sqliteBusy) throw refuse("store_failed", file, sqliteReason(error));
      if (waitedMs >= lockMsMax) throw refuse("store_locked", file, lockedReason(file));
      await sleep(retryMs);
    }
  }
}

function lockedReason(file: string): string {
  const pid = findHolder(file);
  return pid === null ? "another process uses the database" : `process ${pid} uses the database`;
}

export function openNow(file: string): DatabaseSync {
  let found = inspectFile(file);
  if (found.kind === "nothing") {
    createDatabase(file);
    found = inspectFile(file);
  }
  const db = new DatabaseSync(file);
  try {
    // Exclusive from the first read on: no shared memory file, and the lock lasts as long as this process.
    db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON");
    db.exec("BEGIN EXCLUSIVE; COMMIT");
    db.exec(`PRAGMA journal_size_limit = ${walBytesKept}; PRAGMA synchronous = FULL`);
    if (found.kind === "ours" && found.whole === null) mustBeWhole(file, db);
    migrate(db, found.kind === "ours" ? found.version : 0);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** What the write-ahead log is cut back to once a burst is over. */
const walBytesKept = 16 * 1024 * 1024;

function createDatabase(file: string): void {
  removeLeftovers(file);
  const draft = draftOf(file);
  const db = new DatabaseSync(draft);
  try {
    db.exec("PRAGMA synchronous = FULL");
    migrate(db, 0);
    db.exec("PRAGMA journal_mode = WAL");
  } finally {
    db.close();
  }
  putInPlace(draft, file);
}

export function draftOf(file: string): string {
  return `${file}.new-${process.pid}`;
}

/** A link fails where a file has appeared meanwhile; that file is then opened like any other. */
function putInPlace(draft: string, file: string): void {
  if (statSync(file, { throwIfNoEntry: false })?.size === 0) rmSync(file);
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EEXIST")) throw error;
  } finally {
    rmSync(draft);
  }
}

function removeLeftovers(file: string): void {
  const prefix = `${basename(file)}.new-`;
  for (const name of readdirSync(dirname(file))) if (name.startsWith(prefix)) rmSync(join(dirname(file), name));
}
