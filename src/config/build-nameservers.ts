/**
 * A zone's nameservers: the names of its NS records, and where each is asked. Two that share a machine or a network
 * fail together (RFC 2182, 3.1).
 */
import type { Endpoint, ZoneConfig } from "../core/model.ts";
import { parseAddress } from "./address.ts";
import { type Build, problem, warning } from "./build.ts";
import { isLocal, judgeAddress, reportTwice } from "./build-peers.ts";
import { readEntries } from "./entries.ts";
import type { Path } from "./problem.ts";
import { maskAddress } from "./publish-scalars.ts";
import { nameserverSchema, nameserversText } from "./schema-publish.ts";

export type Nameservers = Pick<ZoneConfig, "nameservers" | "nameserverAddresses">;

/** Networks that are told apart: what a provider routes as one. */
const prefixBits = { 4: 24, 6: 48 } as const;

export function buildNameservers(build: Build, value: unknown, path: Path): Nameservers {
  const entries = readEntries(build, nameserverSchema, { value, path, text: nameserversText });
  const addresses = new Map<string, readonly Endpoint[]>();
  const names: string[] = [];
  const seen = new Map<string, Path>();
  for (const { item, path: at } of entries) {
    if (names.includes(item.name)) {
      const sentence = `the nameserver ${item.name} is listed twice`;
      problem(build, at, { expected: "each nameserver once", sentence });
      continue;
    }
    names.push(item.name);
    const places = (item.address ?? []).filter((endpoint) => {
      const place = [...at, "address"];
      return judgeAddress(build, endpoint, place) && !reportTwice(build, seen, { endpoint, path: place });
    });
    if (places.length > 0) addresses.set(item.name, places);
  }
  return { nameservers: names, nameserverAddresses: Object.fromEntries(addresses) };
}

/** What is well formed and still no good idea. */
export function judgeNameservers(build: Build, { nameservers, nameserverAddresses }: Nameservers, path: Path): void {
  if (nameservers.length === 1) {
    const sentence = `${nameservers[0]} is the only nameserver: when it fails the zone is gone (RFC 2182, 5)`;
    warning(build, path, { expected: "two nameservers at least, at different providers", sentence });
    return;
  }
  const placed = Object.values(nameserverAddresses);
  const shared = placed.length < nameservers.length || placed.length < 2 ? null : sharedPrefix(placed.flat());
  if (shared === null) return;
  const sentence = `all nameservers lie in ${shared}, and fail together with that network (RFC 2182, 3.1)`;
  warning(build, path, { expected: "nameservers in different networks", sentence });
}

/** The prefix that holds them all; null when there is none, or all are on this machine. */
function sharedPrefix(endpoints: readonly Endpoint[]): string | null {
  if (endpoints.every(isLocal)) return null;
  const prefixes = new Set(
    endpoints.map(({ address }) => {
      const bits = prefixBits[parseAddress(address)?.family ?? 4];
      return `${maskAddress(address, bits)}/${bits}`;
    }),
  );
  const [first = ""] = prefixes;
  return prefixes.size === 1 ? first : null;
}
