/**
 * The database stays the file at its path. Removed while muster runs (by a clean-up, a restored folder), it would live on
 * in this process only, and take with it at the end whatever was acknowledged since. So it is written again from what is
 * open. Another file in its place is left alone, and nothing is acknowledged until it is moved away.
 */
import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  lstatSync,
  openSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
} from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { draftOf, openNow } from "./open-database.ts";
import { sqliteReason } from "./sqlite-reason.ts";

/** Which file lies at a path; null: none. */
function fileAt(path: string): string | null {
  const stat = statSync(path, { bigint: true, throwIfNoEntry: false });
  return stat === undefined ? null : `${stat.dev}:${stat.ino}`;
}

export interface Place {
  readonly file: string;
  /** Where it really lies, when `file` is a link. */
  readonly real: string;
  /** What was opened: the database, and its log if it had one already. */
  readonly main: string | null;
  readonly log: string | null;
}

/** As it is when the database has just been opened and written to. */
export function placeOf(file: string): Place {
  const real = realOf(file);
  return { file, real, main: fileAt(file), log: fileAt(logOf(real)) };
}

function realOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    // It was removed in this moment, which the next look finds.
    return file;
  }
}

/**
 * `same`: nothing was touched. `failed`: another file lies there, or nothing can be written. `moved`: what is open was written
 * there again, and is open anew.
 */
export type Kept =
  | { readonly kind: "same" }
  | { readonly kind: "failed"; readonly reason: string }
  | { readonly kind: "moved"; readonly db: DatabaseSync; readonly sentence: string };

export function keepFile(db: DatabaseSync, place: Place): Kept {
  try {
    return keepOrThrow(db, place);
  } catch (error) {
    return {
      kind: "failed",
      reason: `${place.file} was removed or moved, and cannot be written: ${sqliteReason(error)}`,
    };
  }
}

function keepOrThrow(db: DatabaseSync, { file, log, main, real }: Place): Kept {
  const found = fileAt(file);
  const now = found !== null && found !== main && db.isOpen && isOpenAt(real) ? main : found;
  const isSame = now === main && (log === null || fileAt(logOf(real)) === log || isOpenAt(logOf(real)));
  if (isSame && db.isOpen) return { kind: "same" };
  if (now !== null && now !== main && db.isOpen) {
    const reason = `${file} is another file than muster's own; move it away, and muster writes its own again`;
    return { kind: "failed", reason };
  }
  // A link that leads nowhere now is still where it belongs.
  const isLink = lstatSync(file, { throwIfNoEntry: false }) !== undefined;
  if (now === null && db.isOpen) writeAgain(db, isLink ? real : file);
  if (db.isOpen) db.close();
  const what = now === main ? logOf(real) : file;
  return { kind: "moved", db: openNow(file), sentence: `${what} was removed while muster ran, and is written again` };
}

/**
 * The kernel knows the path of what this process has open, and marks what was removed. On some file systems (of programs,
 * over a network) the number of a file changes while it stays what it is.
 */
function isOpenAt(path: string): boolean {
  const folder = "/proc/self/fd";
  if (!existsSync(folder)) return false;
  return readdirSync(folder).some((name) => {
    try {
      return readlinkSync(`${folder}/${name}`) === path;
    } catch {
      // Closed meanwhile.
      return false;
    }
  });
}

function logOf(file: string): string {
  return `${file}-wal`;
}

/** The old log must go first: it would be taken for that of the new file. */
function writeAgain(db: DatabaseSync, file: string): void {
  const draft = draftOf(file);
  rmSync(draft, { force: true });
  db.prepare("VACUUM INTO ?").run(draft);
  const copy = new DatabaseSync(draft);
  copy.exec("PRAGMA journal_mode = WAL");
  copy.close();
  const descriptor = openSync(draft, "r+");
  fsyncSync(descriptor);
  closeSync(descriptor);
  rmSync(logOf(file), { force: true });
  linkSync(draft, file);
  rmSync(draft);
}
