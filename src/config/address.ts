/**
 * IPv4 and IPv6 addresses as text. An IPv6 address has many spellings; everything behind the loader sees one, the
 * lower-case form of RFC 5952, so that equal addresses are equal strings. IPv4 is dotted decimal without leading
 * zeros (some readers take those for octal, and then two programs mean two machines).
 */
import { ipv6Octets, parseAddress as parseOctets, rdataAddress } from "../dns/address.ts";

export interface Address {
  readonly text: string;
  readonly family: 4 | 6;
}

/** Null when the text is no address. Brackets around an IPv6 address are taken off. */
export function parseAddress(text: string): Address | null {
  const bare = text.startsWith("[") && text.endsWith("]") ? text.slice(1, -1) : text;
  const octets = bare === text ? parseOctets(text) : ipv6Octets(bare);
  return octets === null ? null : { text: rdataAddress(octets), family: octets.length === 4 ? 4 : 6 };
}

export function isLoopback({ text, family }: Address): boolean {
  return family === 4 ? text.startsWith("127.") : text === "::1";
}

/** Why an address cannot be that of a member; null when it can. */
export function whyNotUnicast({ text, family }: Address): string | null {
  if (text === "0.0.0.0" || text === "::") return "means any address of this machine";
  if (text === "255.255.255.255") return "is the broadcast address";
  const first = family === 4 ? Number(text.split(".")[0]) : 0;
  if ((first >= 224 && first < 240) || (family === 6 && text.startsWith("ff"))) return "is a multicast address";
  if (family === 6 && /^fe[89ab][0-9a-f]:/.test(text))
    return "is a link-local address, which nobody reaches from elsewhere";
  if (text.startsWith("::ffff:")) return "is an IPv4 address in IPv6 clothes; write the IPv4 address";
  return null;
}
