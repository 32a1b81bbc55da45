/**
 * Which process holds a port, by Linux's own tables: `/proc/net/tcp` and `udp` give the socket's inode, and some
 * process has that inode open. A best effort for error messages: on other systems, and for processes of other
 * users, nothing is found.
 */
import { readdir, readFile, readlink } from "node:fs/promises";

export interface PortHolder {
  readonly pid: number;
  readonly command: string;
}

/** State column of a listening TCP socket, and of an unconnected UDP one. */
const waitingState = { tcp: "0A", udp: "07" } as const;

export async function findPortHolder(protocol: "tcp" | "udp", port: number): Promise<PortHolder | null> {
  try {
    const tables = await Promise.all([`/proc/net/${protocol}`, `/proc/net/${protocol}6`].map(readText));
    const inodes = new Set(tables.flatMap((table) => listInodes(table, port, waitingState[protocol])));
    return inodes.size === 0 ? null : await findOwner(inodes);
  } catch {
    return null;
  }
}

/** Columns: slot, local address:port, remote, state, queues, timer, retransmits, uid, timeout, inode. */
function listInodes(table: string, port: number, state: string): readonly string[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return table
    .split("\n")
    .map((row) => row.trim().split(/\s+/))
    .filter((columns) => columns[1]?.endsWith(wanted) === true && columns[3] === state)
    .flatMap((columns) => columns[9] ?? []);
}

async function findOwner(inodes: ReadonlySet<string>): Promise<PortHolder | null> {
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    if (await holdsAny(entry, inodes)) return { pid: Number(entry), command: await commandOf(entry) };
  }
  return null;
}

async function holdsAny(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  try {
    for (const descriptor of await readdir(`/proc/${pid}/fd`)) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode !== undefined && inodes.has(inode)) return true;
    }
  } catch {
    // The process ended meanwhile, or belongs to somebody else.
  }
  return false;
}

async function commandOf(pid: string): Promise<string> {
  return (await readText(`/proc/${pid}/comm`)).trim();
}

async function readText(path: string): Promise<string> {
  return readFile(path, "utf8").catch(() => "");
}
