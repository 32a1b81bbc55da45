/**
 * What can be judged only when everything is read: limits over the whole, and parts that get into each other's way.
 */
import type { PoolConfig } from "../core/model.ts";
import { type Build, hasProblemBelow, problem, warning } from "./build.ts";
import { judgeRecovery } from "./build-rehearsals.ts";
import { isLocal } from "./build-peers.ts";
import type { BuiltZone } from "./build-zones.ts";
import { membersMax } from "./limits.ts";

export function judgeWhole(build: Build, zones: ReadonlyMap<string, BuiltZone>, pools: readonly PoolConfig[]): void {
  const count = pools.reduce((sum, pool) => sum + pool.members.length, 0);
  if (count > membersMax) {
    const sentence = `all pools together have ${count} members; muster takes ${membersMax}`;
    problem(build, ["pools"], { at: "key", found: `${count} members`, expected: `at most ${membersMax}`, sentence });
  }
  const used = new Set(pools.map((pool) => pool.zone));
  for (const { zone, path } of zones.values()) {
    if (zone.file !== null || zone.primaries.length > 0 || zone.updates.length > 0 || used.has(zone.origin)) continue;
    const sentence = `the zone ${zone.origin} has neither a pool nor a file: it answers for no name but its own`;
    warning(build, path, { at: "key", found: "an empty zone", expected: "a pool in the zone, or a file", sentence });
  }
  for (const built of zones.values()) {
    judgeOwnNameservers(build, built, pools);
    judgeGrants(build, built, pools);
  }
  judgeFiles(build, zones);
  judgeRecovery(build, zones, pools);
  judgePlacement(build, zones, pools);
}

/** A nameserver inside its own zone needs an address there, or nobody finds it (RFC 1912, 2.3). */
function judgeOwnNameservers(build: Build, { zone, path }: BuiltZone, pools: readonly PoolConfig[]): void {
  if (zone.file !== null || zone.primaries.length > 0) return;
  for (const [index, name] of zone.nameservers.entries()) {
    if (!name.includes(".")) {
      const sentence = `the nameserver ${name} has no dot: names are whole here, and ${name}.${zone.origin} is another`;
      warning(build, [...path, "nameservers", index], { expected: "a name such as ns1.example.net", sentence });
      continue;
    }
    const isInside = name === zone.origin || name.endsWith(`.${zone.origin}`);
    if (!isInside || pools.some((pool) => pool.name === name)) continue;
    const sentence = `the nameserver ${name} lies in its own zone, and no pool there gives its address`;
    const expected = "a nameserver outside the zone, or a pool of that name";
    warning(build, [...path, "nameservers", index], { expected, sentence });
  }
}

/** Names of pools belong to decisions: a permission for exactly such a name allows nothing. */
function judgeGrants(build: Build, { zone, path }: BuiltZone, pools: readonly PoolConfig[]): void {
  if (zone.updates.length === 0) return;
  const names = new Set(pools.map((pool) => pool.name));
  for (const [index, { names: granted }] of zone.updates.entries()) {
    for (const name of granted.filter((each) => names.has(each))) {
      const sentence = `${name} is a pool: its records follow decisions, and no client can change them`;
      warning(build, [...path, "updates", index, "names"], {
        found: JSON.stringify(name),
        expected: "names without pools",
        sentence,
      });
    }
  }
}

/** Two writers of one file would undo each other; and muster must not write what it reads. */
function judgeFiles(build: Build, zones: ReadonlyMap<string, BuiltZone>): void {
  const read = new Map([...zones.values()].map(({ zone }) => [zone.file, zone.origin]));
  const written = new Map<string, string>();
  for (const { zone, path } of zones.values()) {
    // Publishers with mistakes are left out of the list, so that places in it are not those of the file.
    if (hasProblemBelow(build, [...path, "publish"])) continue;
    for (const [index, publisher] of zone.publish.entries()) {
      if (publisher.kind !== "file") continue;
      const at = [...path, "publish", index, "file", "path"];
      const reader = read.get(publisher.path);
      const writer = written.get(publisher.path);
      written.set(publisher.path, zone.origin);
      if (reader !== undefined && reader !== zone.origin) {
        const sentence = `this is the file of the zone ${reader}, which muster reads; it cannot write it too`;
        problem(build, at, { expected: "another path", sentence });
      } else if (writer !== undefined) {
        const sentence = `the zone ${writer} writes this file already`;
        problem(build, at, { expected: "a file for each zone and publisher", sentence });
      }
    }
  }
}

/**
 * A member that is also a nameserver takes part of DNS with it when it fails, and is least reachable when it is needed.
 * Addresses of the loopback are one machine anyway.
 */
function judgePlacement(build: Build, zones: ReadonlyMap<string, BuiltZone>, pools: readonly PoolConfig[]): void {
  const roles = new Map<string, string>();
  for (const { zone } of zones.values()) {
    for (const { address } of zone.transfer.to) roles.set(address, `a secondary of ${zone.origin}`);
    for (const { address } of zone.primaries) roles.set(address, `a primary of ${zone.origin}`);
    for (const [name, places] of Object.entries(zone.nameserverAddresses))
      for (const { address } of places) roles.set(address, `the nameserver ${name}`);
  }
  if (roles.size === 0) return;
  for (const pool of pools) {
    for (const [index, { address }] of pool.members.entries()) {
      const role = roles.get(address);
      if (role === undefined || isLocal({ address })) continue;
      const sentence = `the member ${address} of ${pool.name} is also ${role}: both fail together`;
      const expected = "members and nameservers on machines of their own";
      warning(build, ["pools", pool.name, "members", index], { expected, sentence });
    }
  }
}
