/**
 * Other DNS servers: an address, a port, and the TSIG key that is used with them. What goes to them without a key over
 * anything but the loopback can be forged on its way, which a careful operator wants to be told.
 */
import type { Endpoint, PeerConfig } from "../core/model.ts";
import { isLoopback, parseAddress, whyNotUnicast } from "./address.ts";
import { type Build, problem, warning } from "./build.ts";
import { judgeKeyName } from "./build-keys.ts";
import { readEntries } from "./entries.ts";
import type { Path } from "./problem.ts";
import { peerSchema, peersText } from "./schema-publish.ts";

export interface PeerContext {
  readonly path: Path;
  readonly keys: ReadonlySet<string>;
  /** Used where a peer names none. */
  readonly keyDefault?: string | null;
  /** What an attacker could do, for the warning about a peer without a key. */
  readonly risk: string;
}

export function buildPeers(build: Build, value: unknown, context: PeerContext): PeerConfig[] {
  const { keys, keyDefault = null, path, risk } = context;
  const entries = readEntries(build, peerSchema, { value, path, text: peersText });
  const seen = new Map<string, Path>();
  return entries.flatMap(({ item, path: at }) => {
    const peer: PeerConfig = { address: item.address, port: item.port ?? 53, key: item.key ?? keyDefault };
    if (item.key !== undefined) judgeKeyName(build, keys, { name: item.key, path: [...at, "key"] });
    const good = judgeAddress(build, peer, at) && !reportTwice(build, seen, { endpoint: peer, path: at });
    if (good && peer.key === null && !isLocal(peer)) warnUnsigned(build, peer, { path: at, risk });
    return good ? [peer] : [];
  });
}

/** Whether the same address and port was there before, which is reported. */
export function reportTwice(
  build: Build,
  seen: Map<string, Path>,
  { endpoint, path }: { endpoint: Endpoint; path: Path },
): boolean {
  const key = `${endpoint.address} ${endpoint.port}`;
  const first = seen.get(key);
  if (first === undefined) {
    seen.set(key, path);
    return false;
  }
  const { line } = build.findings.tree.locate(first, "value");
  const sentence = `port ${endpoint.port} of ${endpoint.address} is listed twice; the first is in line ${line}`;
  problem(build, path, { expected: "each server once", sentence });
  return true;
}

export function judgeAddress(build: Build, { address }: Endpoint, path: Path): boolean {
  const parsed = parseAddress(address);
  const complaint = parsed === null ? null : whyNotUnicast(parsed);
  if (complaint === null) return true;
  problem(build, path, { expected: "the address of one server", sentence: `${address} ${complaint}` });
  return false;
}

export function isLocal({ address }: { readonly address: string }): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isLoopback(parsed);
}

function warnUnsigned(build: Build, { address }: Endpoint, { path, risk }: { path: Path; risk: string }): void {
  const sentence = `nothing is signed between muster and ${address}: ${risk}`;
  warning(build, path, { expected: "a key, as in {address: ..., key: NAME}", sentence });
}
