/**
 * Which network an address lies in: one that is configured, such as the ports of one switch, or else the one that a
 * prefix of the usual length makes of it.
 */
import { parseAddress, rdataAddress } from "../dns/address.ts";

/** An address and how many of its bits count. */
export interface Network {
  /** `192.0.2.0/24`. */
  readonly name: string;
  readonly octets: Uint8Array;
  readonly bits: number;
}

/** Null: no prefix. Bits behind the prefix are taken for zero. */
export function parseNetwork(text: string): Network | null {
  const [address = "", length = ""] = text.split("/");
  const octets = parseAddress(address);
  const bits = Number(length);
  if (octets === null || !/^\d{1,3}$/.test(length) || bits > octets.length * 8) return null;
  return networkOf(octets, bits);
}

export function networkOf(address: Uint8Array, bits: number): Network {
  const octets = address.map((octet, index) => octet & maskOf(bits, index));
  return { name: `${rdataAddress(octets)}/${bits}`, octets, bits };
}

export function liesIn({ bits, octets }: Network, address: Uint8Array): boolean {
  if (address.length !== octets.length) return false;
  return octets.every((octet, index) => octet === ((address[index] ?? 0) & maskOf(bits, index)));
}

/** The part of the prefix that lies in one octet. */
function maskOf(bits: number, index: number): number {
  const covered = Math.min(8, Math.max(0, bits - index * 8));
  return (0xff << (8 - covered)) & 0xff;
}

export interface NetworkTerms {
  /** Looked through in turn. */
  readonly networks: readonly string[];
  readonly prefix4: number;
  readonly prefix6: number;
}

/** The name of the network that an address lies in; null: it is no address. */
export function findNetwork(address: string, { networks, prefix4, prefix6 }: NetworkTerms): string | null {
  const octets = parseAddress(address);
  if (octets === null) return null;
  for (const text of networks) {
    const network = parseNetwork(text);
    if (network !== null && liesIn(network, octets)) return network.name;
  }
  return networkOf(octets, octets.length === 4 ? prefix4 : prefix6).name;
}
