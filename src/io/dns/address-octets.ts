/** Addresses as sockets give them, as octets. */
import { parseAddress } from "../../dns/address.ts";

/** 4 or 16 octets. A zone index is left out, and IPv4 in an IPv6 coat counts as IPv4. */
export function addressOctets(text: string): Uint8Array {
  const bare = text.split("%")[0] ?? text;
  return parseAddress(bare.startsWith("::ffff:") && bare.includes(".") ? bare.slice(7) : bare) ?? new Uint8Array(4);
}
