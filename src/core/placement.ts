/**
 * Where muster itself stands. A checker on one of the machines that it judges, or in the network of one, fails together
 * with it: then nobody judges, or its own cut looks like everybody else's. Here its own addresses and networks are
 * compared with those of members and nameservers; who reads them, and what follows, is elsewhere.
 */
import { parseAddress, rdataAddress } from "../dns/address.ts";
import type { Config } from "./model.ts";

/** An address of this machine. */
export interface OwnAddress {
  /** Of the interface, such as `eth0`. */
  readonly device: string;
  readonly address: string;
  /** Length of its network's prefix. */
  readonly bits: number;
}

/** Somebody else who should not fail together with muster. */
export interface Neighbour {
  /** `member 192.0.2.7 of www.example.org`, `nameserver ns1.example.net (192.0.2.53)`. */
  readonly name: string;
  readonly address: string;
}

export interface PlacementFinding {
  readonly rule: "placement/own-address" | "placement/own-network";
  readonly sentence: string;
  /** Members on the loopback: muster is being tried out, and nobody needs to hear of it. */
  readonly isTrial: boolean;
}

/** Neighbours that are named one by one; the others are counted. */
const namedMax = 4;

/** `resolved`: addresses of nameservers that are configured by name only. */
export function neighboursOf(
  config: Config,
  resolved: ReadonlyMap<string, readonly string[]> = new Map(),
): readonly Neighbour[] {
  const found = new Map<string, Neighbour>();
  const add = (name: string, address: string): void => void found.set(`${name} ${address}`, { name, address });
  for (const pool of config.pools) {
    for (const { address, label } of pool.members) {
      const named = label === address ? label : `${label} (${address})`;
      add(`member ${named} of ${pool.name}`, address);
    }
  }
  for (const { nameserverAddresses, nameservers, publish, transfer } of config.zones) {
    for (const name of nameservers) {
      const known = nameserverAddresses[name]?.map(({ address }) => address) ?? resolved.get(name) ?? [];
      for (const address of known) add(`nameserver ${name} (${address})`, address);
    }
    const updated = publish.flatMap((one) => (one.kind === "update" ? one.servers : []));
    for (const { address } of [...transfer.to, ...updated]) add(`DNS server ${address}`, address);
  }
  return [...found.values()];
}

/** Nothing: muster stands alone, as it should. */
export function comparePlacement(
  own: readonly OwnAddress[],
  neighbours: readonly Neighbour[],
): readonly PlacementFinding[] {
  const placed = neighbours.flatMap(({ address, name }) => {
    const octets = parseAddress(address);
    return octets === null ? [] : [{ name, octets }];
  });
  const here = new Set(own.map(({ address }) => octetsKey(parseAddress(address))));
  const seen = new Set<string>();
  return own.flatMap(({ address, bits, device }): PlacementFinding[] => {
    const octets = parseAddress(address);
    if (octets === null) return [];
    const isTrial = isLoopback(octets);
    const network = `${rdataAddress(maskOctets(octets, bits))}/${bits}`;
    // The whole loopback is this machine.
    const same = placed.filter((one) => isSame(one.octets, octets, isTrial ? bits : octets.length * 8));
    const findings = same.length === 0 ? [] : [onOwnAddress({ address, device, isTrial }, same)];
    if (isTrial || bits === 0 || seen.has(network)) return findings;
    seen.add(network);
    const near = placed.filter((one) => isSame(one.octets, octets, bits) && !here.has(octetsKey(one.octets)));
    return near.length === 0 ? findings : [...findings, inOwnNetwork({ network, device }, near)];
  });
}

type Named = readonly { readonly name: string }[];

function onOwnAddress(
  { address, device, isTrial }: { address: string; device: string; isTrial: boolean },
  same: Named,
): PlacementFinding {
  const sentence = `muster runs on ${address} (${device}), the machine of ${listed(same)}: when it fails, nobody judges; run muster on a machine of its own`;
  return { rule: "placement/own-address", sentence, isTrial };
}

function inOwnNetwork({ device, network }: { network: string; device: string }, near: Named): PlacementFinding {
  const sentence = `muster runs in ${network} (${device}), the network of ${listed(near)}: a fault of that network cuts muster off as well; run muster in another network`;
  return { rule: "placement/own-network", sentence, isTrial: false };
}

function listed(those: Named): string {
  const names = those.slice(0, namedMax).map(({ name }) => name);
  const more = those.length - names.length;
  return more > 0 ? `${names.join(", ")} and ${more} more` : names.join(" and ");
}

function isLoopback(octets: Uint8Array): boolean {
  if (octets.length === 4) return octets[0] === 127;
  return octets.every((octet, index) => octet === (index === 15 ? 1 : 0));
}

function isSame(a: Uint8Array, b: Uint8Array, bits: number): boolean {
  if (a.length !== b.length) return false;
  for (let index = 0; index * 8 < bits; index++) {
    const mask = maskOf(bits, index);
    if (((a[index] ?? 0) & mask) !== ((b[index] ?? 0) & mask)) return false;
  }
  return true;
}

function maskOctets(octets: Uint8Array, bits: number): Uint8Array {
  return octets.map((octet, index) => octet & maskOf(bits, index));
}

/** The part of the prefix that lies in one octet. */
function maskOf(bits: number, index: number): number {
  const covered = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff << (8 - covered)) & 0xff;
}

function octetsKey(octets: Uint8Array | null): string {
  return octets === null ? "" : octets.join(".");
}
