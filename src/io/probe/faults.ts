/**
 * Whose fault an error is. A verdict `down` may take a member out of DNS, so only errors that the member or its path
 * has caused are `down`; whatever our own machine could not do is `unknown`, and so is any error that is not listed.
 *
 * "No route" needs a second look: the kernel gives the same codes when it has no route itself and when a router far
 * away answers with an ICMP error (RFC 1122, 3.2.2.1). Refused by our own kernel, `connect` fails on the spot, and
 * Node then adds the local address to the message; an error that came back from the network lacks it.
 */
import type { FaultCode } from "../../core/fault.ts";

export type Fault =
  | { readonly kind: "down"; readonly reason: string; readonly fault: FaultCode }
  | { readonly kind: "unknown"; readonly reason: string };

interface Entry {
  readonly remote: Fault;
  /** When our own kernel refused on the spot; absent: the same. */
  readonly local?: Fault;
}

function down(fault: FaultCode, reason: string): Fault {
  return { kind: "down", reason, fault };
}

function unknown(reason: string): Fault {
  return { kind: "unknown", reason };
}

const table: Readonly<Record<string, Entry>> = {
  // The member, or the path to it, said no.
  ECONNREFUSED: { remote: down("refused", "connection refused") },
  ECONNRESET: { remote: down("reset", "reset the connection before answering") },
  ECONNABORTED: { remote: down("reset", "connection aborted") },
  EPIPE: { remote: down("reset", "closed the connection before answering") },
  ETIMEDOUT: { remote: down("timed-out", "connection timed out") },
  EHOSTDOWN: { remote: down("no-route", "host is down"), local: unknown("own network: host is down") },
  // ICMP protocol or port unreachable while connecting.
  ENOPROTOOPT: { remote: down("refused", "host does not accept TCP") },
  EPROTO: { remote: down("tls", "TLS handshake failed") },
  // An ICMP answer of a router, or nobody answering ARP: users fail there too. Refused locally: our own routing.
  EHOSTUNREACH: { remote: down("no-route", "host unreachable"), local: unknown("own routing refuses this address") },
  ENETUNREACH: {
    remote: down("no-route", "network unreachable"),
    local: unknown("no route to this address from here"),
  },
  // Our own limits.
  EMFILE: { remote: unknown("no file descriptor left in this process") },
  ENFILE: { remote: unknown("no file descriptor left on this machine") },
  ENOBUFS: { remote: unknown("no buffer space left on this machine") },
  ENOMEM: { remote: unknown("no memory left on this machine") },
  EADDRNOTAVAIL: { remote: unknown("no local address or port left") },
  EADDRINUSE: { remote: unknown("local port in use") },
  EAFNOSUPPORT: { remote: unknown("this machine does not speak this address family") },
  // Our own policy: a firewall or a security module on this machine.
  EACCES: { remote: unknown("connecting is forbidden on this machine") },
  EPERM: { remote: unknown("connecting is forbidden on this machine") },
  ENETDOWN: { remote: unknown("own network interface is down") },
  EINVAL: { remote: unknown("this machine cannot connect to such an address") },
};

export function findFault(error: Error): Fault {
  const code = codeOf(error);
  const entry = table[code];
  if (entry !== undefined) return isLocal(error) ? (entry.local ?? entry.remote) : entry.remote;
  if (code.startsWith("EAI_") || code === "ENOTFOUND") return unknown(`own resolver failed (${code})`);
  if (code.startsWith("ERR_SSL_")) return down("tls", `TLS handshake failed: ${tlsWords(code)}`);
  return unknown(`unexpected error ${code}`);
}

/** The same for an error before anything can have left this machine. */
export function findLocalFault(error: Error): Fault {
  const entry = table[codeOf(error)];
  return entry === undefined ? findFault(error) : (entry.local ?? entry.remote);
}

function codeOf(error: Error): string {
  return "code" in error && typeof error.code === "string" ? error.code : error.message;
}

function isLocal(error: Error): boolean {
  return error.message.includes(" - Local (");
}

function tlsWords(code: string): string {
  return code.slice("ERR_SSL_".length).toLowerCase().replaceAll("_", " ");
}
