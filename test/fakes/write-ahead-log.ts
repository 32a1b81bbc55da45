/** What a database's write-ahead log tells of commits. */
import { existsSync, readFileSync } from "node:fs";

/** Commits since the log began: its frames that name the size of the database (sqlite.org/fileformat2, 4.1). */
export function commitsIn(database: string): number {
  const path = `${database}-wal`;
  const log = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  if (log.length === 0) return 0;
  const frame = 24 + log.readUInt32BE(8);
  let commits = 0;
  for (let at = 32; at + frame <= log.length; at += frame) if (log.readUInt32BE(at + 4) !== 0) commits += 1;
  return commits;
}
