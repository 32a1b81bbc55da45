/**
 * What went wrong when an endpoint could not be had, in words that say what to do. For a port that is taken the
 * process that holds it is looked up: /proc/net names the socket, and one of /proc/PID/fd leads to it. Without the
 * right to look into other people's processes there is no name, and the message does without.
 */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Endpoint } from "../core/model.ts";

export type ListenCode = "listen/port-taken" | "listen/not-permitted" | "listen/no-such-address" | "listen/failed";

export interface ListenTrouble {
  readonly code: ListenCode;
  readonly endpoint: Endpoint;
  readonly transport: "udp" | "tcp";
  readonly holder: { readonly pid: number; readonly program: string } | null;
  readonly reason: string;
}

export class ListenFailure extends Error {
  override readonly name = "ListenFailure";
  readonly code: ListenCode;
  readonly trouble: ListenTrouble;

  constructor(trouble: ListenTrouble, options?: ErrorOptions) {
    super(sentence(trouble), options);
    this.code = trouble.code;
    this.trouble = trouble;
  }
}

export function endpointText({ address, port }: Endpoint): string {
  return address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`;
}

function sentence({ code, endpoint, transport, holder, reason }: ListenTrouble): string {
  const where = `${endpointText(endpoint)}/${transport}`;
  const held = holder === null ? "another process" : `${holder.program} (process ${holder.pid})`;
  switch (code) {
    case "listen/port-taken":
      return `Cannot listen on ${where}: the port is taken by ${held}.`;
    case "listen/not-permitted":
      return `Cannot listen on ${where}: not permitted; ports below 1024 need CAP_NET_BIND_SERVICE.`;
    case "listen/no-such-address":
      return `Cannot listen on ${where}: this machine has no such address.`;
    case "listen/failed":
      return `Cannot listen on ${where}: ${reason}.`;
  }
}

const codes: ReadonlyMap<unknown, ListenCode> = new Map([
  ["EADDRINUSE", "listen/port-taken"],
  ["EACCES", "listen/not-permitted"],
  ["EPERM", "listen/not-permitted"],
  ["EADDRNOTAVAIL", "listen/no-such-address"],
]);

/** The error for what `bind` or `listen` threw. */
export function listenFailure(from: {
  readonly endpoint: Endpoint;
  readonly transport: "udp" | "tcp";
  readonly cause: unknown;
}): ListenFailure {
  const { endpoint, transport, cause } = from;
  const errno: unknown = cause instanceof Error ? Reflect.get(cause, "code") : null;
  const code = codes.get(errno) ?? "listen/failed";
  const holder = code === "listen/port-taken" ? findHolder(endpoint.port, transport) : null;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ListenFailure({ code, endpoint, transport, holder, reason }, { cause });
}

function readOrNothing<T>(read: () => T, nothing: T): T {
  try {
    return read();
  } catch {
    return nothing;
  }
}

/** Inodes of the sockets that are bound to a port. In /proc/net the second column is the local address. */
function socketInodes(port: number, transport: "udp" | "tcp"): Set<string> {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  const inodes = new Set<string>();
  for (const table of [transport, `${transport}6`]) {
    const lines = readOrNothing(() => readFileSync(`/proc/net/${table}`, "utf8"), "").split("\n");
    for (const line of lines) {
      const columns = line.trim().split(/\s+/);
      const listens = transport === "udp" || columns[3] === "0A";
      if (listens && columns[1]?.endsWith(suffix) === true) inodes.add(columns[9] ?? "");
    }
  }
  return inodes;
}

function holds(pid: string, inodes: ReadonlySet<string>): boolean {
  const fds = readOrNothing(() => readdirSync(`/proc/${pid}/fd`), []);
  return fds.some((fd) => {
    const link = readOrNothing(() => readlinkSync(`/proc/${pid}/fd/${fd}`), "");
    return link.startsWith("socket:[") && inodes.has(link.slice(8, -1));
  });
}

/** The process that holds a port, or null when it cannot be found out. */
export function findHolder(port: number, transport: "udp" | "tcp"): ListenTrouble["holder"] {
  const inodes = socketInodes(port, transport);
  if (inodes.size === 0) return null;
  const pids = readOrNothing(() => readdirSync("/proc"), []).filter((entry) => /^\d+$/.test(entry));
  const pid = pids.find((candidate) => holds(candidate, inodes));
  if (pid === undefined) return null;
  const program = readOrNothing(() => readFileSync(`/proc/${pid}/comm`, "utf8").trim(), "a program");
  return { pid: Number(pid), program };
}
