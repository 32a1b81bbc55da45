/**
 * Looks at a database file before anything may change it: what kind of file it is, whose, and whether it is whole.
 * First by its bytes (SQLite's header, sqlite.org/fileformat.html, 1.3), since merely opening a foreign database
 * may roll back its journal; then through a read-only connection, which never checkpoints.
 */
import { accessSync, closeSync, constants, existsSync, openSync, readSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import type { StoreErrorCode } from "./errors.ts";
import { StoreError } from "./errors.ts";
import { applicationId, schemaVersion } from "./schema.ts";
import { isDamage, isNoRoom, sqliteBusy, sqliteCode, sqliteReason } from "./sqlite-reason.ts";

const magic = "SQLite format 3\0";
const headerBytes = 100;
const applicationIdAt = 68;
const userVersionAt = 60;
const anyoneMayWrite = 0o222;

/** What stands at a path: nothing yet, or a database of ours. `whole: null`: that could not be looked at. */
export type Found =
  | { readonly kind: "nothing" }
  | { readonly kind: "ours"; readonly version: number; readonly whole: true | null };

/** Throws a `StoreError` for a file that muster must not or cannot use. Changes no byte of it. */
export function inspectFile(file: string): Found {
  mustBeWritable(file, dirname(file), "its folder");
  const size = sizeOf(file);
  if (size === 0 && sizeOf(`${file}-wal`) > 0)
    throw refuse("store_damaged", file, "the file is empty, but its -wal file is not");
  if (size === 0) return { kind: "nothing" };
  mustBeWritable(file, file, "the file");
  const version = inspectHeader(file);
  return inspectContent(file, version);
}

export function refuse(code: StoreErrorCode, file: string, reason: string): StoreError {
  return new StoreError({ code, file, reason });
}

/** Size in bytes; 0 when there is no such file. */
function sizeOf(file: string): number {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isDirectory()) throw refuse("store_is_directory", file, "this is a folder");
  if (stat !== undefined && !stat.isFile()) throw refuse("store_not_a_database", file, "this is not a regular file");
  return stat?.size ?? 0;
}

/** The system lets root write anywhere; a mode without any write bit is still taken as somebody's wish. */
function mustBeWritable(file: string, path: string, what: string): void {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) throw refuse("store_unwritable", file, `${what} does not exist`);
  if ((stat.mode & anyoneMayWrite) === 0) throw refuse("store_unwritable", file, `${what} is marked read-only`);
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
  } catch {
    throw refuse("store_unwritable", file, `${what} may not be read and written`);
  }
}

/** Returns the schema version. */
function inspectHeader(file: string): number {
  const header = readHeader(file);
  if (header.toString("latin1", 0, magic.length) !== magic)
    throw refuse("store_not_a_database", file, "the file is not a database, or its beginning is damaged");
  if (header.length < headerBytes) throw refuse("store_damaged", file, "the file is cut short");
  if (header.readUInt32BE(applicationIdAt) !== applicationId)
    throw refuse("store_foreign", file, "the file is a database of another program");
  const version = header.readUInt32BE(userVersionAt);
  mustBeKnown(file, version);
  return version;
}

function readHeader(file: string): Buffer {
  const header = Buffer.alloc(headerBytes);
  const descriptor = openSync(file, "r");
  try {
    return header.subarray(0, readSync(descriptor, header, 0, headerBytes, 0));
  } finally {
    closeSync(descriptor);
  }
}

function mustBeKnown(file: string, version: number): void {
  if (version <= schemaVersion) return;
  throw refuse("store_newer", file, `its schema is version ${version}, this muster knows ${schemaVersion}`);
}

/** The content as a reader sees it, the write-ahead log included. */
function inspectContent(file: string, version: number): Found {
  if (existsSync(`${file}-wal`)) return inspectWithLog(file, version);
  // Without a log the file alone is the database; `immutable` keeps SQLite from making its side files.
  const alone = pathToFileURL(file);
  alone.search = "immutable=1";
  try {
    return inspectThrough(file, alone);
  } catch (error) {
    // Another process may have begun to write meanwhile; then what was read proves nothing.
    if (existsSync(`${file}-wal`)) return inspectWithLog(file, version);
    throw error;
  }
}

/** Reading a log takes a small file beside it, for which a full disk has no room; whoever holds the lock needs none. */
function inspectWithLog(file: string, version: number): Found {
  try {
    return inspectThrough(file, pathToFileURL(file));
  } catch (error) {
    if (isNoRoom(error)) return { kind: "ours", version, whole: null };
    throw error;
  }
}

function inspectThrough(file: string, url: URL): Found {
  const db = new DatabaseSync(url, { readOnly: true });
  try {
    const version = Number(db.prepare("PRAGMA user_version").get()?.["user_version"]);
    mustBeKnown(file, version);
    mustBeWhole(file, db);
    return { kind: "ours", version, whole: true };
  } catch (error) {
    throw translate(file, error);
  } finally {
    db.close();
  }
}

export function mustBeWhole(file: string, db: DatabaseSync): void {
  const rows = db.prepare("PRAGMA quick_check(3)").all();
  const faults = rows.map((row) => String(Object.values(row)[0]));
  if (faults.join() !== "ok") throw refuse("store_damaged", file, `the database is damaged: ${faults.join("; ")}`);
}

/** A busy file and a full disk stay SQLite's errors: whoever opens the file knows what to do about them. */
function translate(file: string, error: unknown): unknown {
  if (error instanceof StoreError || sqliteCode(error) === sqliteBusy || isNoRoom(error)) return error;
  return refuse(isDamage(error) ? "store_damaged" : "store_failed", file, sqliteReason(error));
}
