/**
 * What a probe saw fail, as one word for programs; the reason says the same to people. Whether anything on the machine
 * has answered is what tells a dead host from a dead service (`core/diagnosis.ts`), so the words keep it apart.
 */
export const faultCodes = [
  // Nothing has come back from the address.
  "timed-out",
  "no-route",
  // The machine has answered, and not as it should.
  "refused",
  "reset",
  "no-reply",
  "wrong-reply",
  "tls",
  "program",
  // A database has answered.
  "login-refused",
  "too-many-connections",
  "not-accepting",
  "disk-full",
  "read-only",
  "takes-writes",
  "replication-stopped",
  "lagging",
  // Data, and file systems.
  "stale",
  "mount-hung",
] as const;

/**
 * `timed-out`: not even a connection. `no-route`: a router, or nobody on the wire, says that it cannot be reached.
 * `no-reply`: connected, and no whole answer in time. `program`: the verdict of a program that muster has started.
 * `not-accepting`: a database that starts, stops or has crashed, or has no such database.
 */
export type FaultCode = (typeof faultCodes)[number];

/** Nothing on the machine has shown that it lives. */
export function isSilence(fault: FaultCode | null): boolean {
  return fault === "timed-out" || fault === "no-route";
}
