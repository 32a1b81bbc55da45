/**
 * Who is told and who is watched, from the configuration: the zone's nameservers at their addresses, the secondaries,
 * the servers that are updated, and muster's own server. An address that comes up twice is watched once, under the name
 * that people know best.
 */
import type { Config, Endpoint, PeerConfig, ZoneConfig } from "../../core/model.ts";
import { isWithin, nameKey, textName } from "../../dns/name.ts";
import type { RRset } from "../../dns/types.ts";
import { isServedHere } from "../zone-state.ts";
import { endpointKey, type OutwardZone, type WatchConfig } from "./events.ts";

/** What is known of a name that has no address in the configuration. */
export type Resolved =
  | { readonly kind: "addresses"; readonly endpoints: readonly Endpoint[] }
  | { readonly kind: "failed"; readonly reason: string; readonly pending: boolean };

export interface Surroundings {
  /** By nameserver name; one that is missing is being looked up. */
  readonly resolved: ReadonlyMap<string, Resolved>;
  /** Where muster's own server can be asked; empty while it does not answer. */
  readonly embedded: readonly Endpoint[];
}

export function outwardZones(config: Config, around: Surroundings): readonly OutwardZone[] {
  const zones = config.zones.map((zone) => outwardZone(zone, around));
  if (config.catalog === null) return zones;
  // Catalogs are read by secondaries only; nobody asks for them.
  const { origin, transfer } = config.catalog;
  const watches = [...transfer.to.map(secondary), ...around.embedded.map(embedded)];
  return [...zones, { origin, secondaries: transfer.to, watches: once(watches), unresolved: [] }];
}

/** Names whose addresses must be looked up. */
export function namesToResolve(config: Config): readonly string[] {
  const names = config.zones.flatMap((zone) => zone.nameservers.filter((name) => !(name in zone.nameserverAddresses)));
  return [...new Set(names)];
}

/** Of what was decided for a zone, what its nameservers can be asked for: a name in a zone below is answered from there. */
export function setsOf(origin: string, decided: Iterable<RRset>, { zones }: Pick<Config, "zones">): readonly RRset[] {
  const below = zones.filter((zone) => zone.origin.endsWith(`.${origin}`));
  const origins = below.map((zone) => nameKey(textName(zone.origin)));
  return [...decided].filter(({ owner }) => !origins.some((one) => isWithin(nameKey(owner), one)));
}

function outwardZone(zone: ZoneConfig, { embedded: listening, resolved }: Surroundings): OutwardZone {
  // It refuses questions about zones that only others hold.
  const own = isServedHere(zone) ? listening : [];
  const updated = zone.publish.flatMap((publish) => (publish.kind === "update" ? publish.servers : []));
  const block = zone.publish.some((publish) => publish.kind === "file" && publish.block);
  const followers = new Set([...zone.transfer.to, ...own].map(endpointKey));
  const proofOf = (endpoint: Endpoint): WatchConfig["proof"] =>
    (updated.length > 0 || block) && !followers.has(endpointKey(endpoint)) ? "records" : "serial";
  const unresolved: { name: string; reason: string; pending: boolean }[] = [];
  const watches: WatchConfig[] = [];
  for (const name of zone.nameservers) {
    const found = addressesOf(zone, name, resolved);
    if (found.kind === "failed") unresolved.push({ name, reason: found.reason, pending: found.pending });
    else for (const endpoint of found.endpoints) watches.push({ name, endpoint, proof: proofOf(endpoint) });
  }
  watches.push(...zone.transfer.to.map(secondary), ...own.map(embedded));
  for (const { address, port } of updated) watches.push(watchOf("update server", { address, port }, "records"));
  return { origin: zone.origin, secondaries: zone.transfer.to, watches: once(watches), unresolved };
}

function addressesOf(zone: ZoneConfig, name: string, resolved: Surroundings["resolved"]): Resolved {
  const endpoints = zone.nameserverAddresses[name];
  if (endpoints !== undefined) return { kind: "addresses", endpoints };
  return resolved.get(name) ?? { kind: "failed", reason: "its address is being looked up", pending: true };
}

function watchOf(name: string, { address, port }: Endpoint, proof: WatchConfig["proof"]): WatchConfig {
  return { name, endpoint: { address, port }, proof };
}

function secondary(peer: PeerConfig): WatchConfig {
  return watchOf("secondary", peer, "serial");
}

/** A server that listens on every address is asked on this machine's own. */
function embedded({ address, port }: Endpoint): WatchConfig {
  const asked = address === "0.0.0.0" ? "127.0.0.1" : address === "::" ? "::1" : address;
  return watchOf("embedded", { address: asked, port }, "serial");
}

function once(watches: readonly WatchConfig[]): readonly WatchConfig[] {
  const seen = new Set<string>();
  return watches.filter(({ endpoint }) => {
    const key = endpointKey(endpoint);
    return seen.has(key) ? false : seen.add(key);
  });
}
