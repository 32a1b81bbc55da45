/**
 * Who holds a database file. SQLite locks with POSIX locks, which the kernel drops when their process ends, however
 * it ends; so a stale lock cannot exist, and the kernel's own table names the holder (proc(5), /proc/locks).
 */
import { readFileSync, statSync } from "node:fs";

/** The pid of a process with a lock on the file or one of SQLite's files beside it; null when nobody is seen. */
export function findHolder(file: string): number | null {
  const inodes = new Set([file, `${file}-wal`, `${file}-shm`].map(inodeOf));
  for (const line of readLocks().split("\n")) {
    // 1: POSIX  ADVISORY  WRITE 4711 fe:00:131 1073741826 1073742335
    const [, , , , pid, place] = line.split(/\s+/);
    const inode = place?.split(":")[2];
    if (inode !== undefined && inodes.has(inode) && Number(pid) > 0) return Number(pid);
  }
  return null;
}

function inodeOf(file: string): string {
  return String(statSync(file, { throwIfNoEntry: false })?.ino ?? "none");
}

function readLocks(): string {
  try {
    return readFileSync("/proc/locks", "utf8");
  } catch {
    return "";
  }
}
