/**
 * SQLite's result codes in words. `node:sqlite` throws errors with an extended result code in `errcode`; its low
 * byte is the primary code (sqlite.org/rescode.html).
 */
export const sqliteBusy = 5;
const sqliteReadOnly = 8;
const sqliteIoError = 10;
const sqliteCorrupt = 11;
const sqliteFull = 13;
const sqliteCannotOpen = 14;
const sqliteNotADatabase = 26;

const words: Readonly<Record<number, string>> = {
  [sqliteBusy]: "another process holds the database",
  [sqliteReadOnly]: "the database may not be written",
  [sqliteIoError]: "the disk refuses to read or write",
  [sqliteCorrupt]: "the database is damaged",
  [sqliteFull]: "the disk is full",
  [sqliteCannotOpen]: "the database cannot be opened",
  [sqliteNotADatabase]: "the file is not a database",
};

/** The primary result code of an error that `node:sqlite` threw; null for any other error. */
export function sqliteCode(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 0xff;
}

/** Extended codes of the small shared file that reading a log takes: opening, sizing, mapping it. */
const sharedMemoryCodes: readonly number[] = [18, 19, 21].map((detail) => sqliteIoError | (detail << 8));

/** No room on the disk, be it for data or for SQLite's own side file. */
export function isNoRoom(error: unknown): boolean {
  if (sqliteCode(error) === sqliteFull) return true;
  return error instanceof Error && "errcode" in error && sharedMemoryCodes.includes(Number(error.errcode));
}

export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === sqliteCorrupt || code === sqliteNotADatabase;
}

/** One clause for a person. */
export function sqliteReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  const known = words[sqliteCode(error) ?? -1];
  return known === undefined ? message : `${known} (${message})`;
}
