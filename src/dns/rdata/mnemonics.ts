/**
 * Numbers that a zone file may also name: algorithms of DNSSEC (RFC 4034, A.1, and those that were registered later)
 * and types of certificates (RFC 4398, 2.1). Both are written as numbers, which every server reads.
 */
import { type Field, u8, u16 } from "./field.ts";

/** By mnemonic. Two algorithms have a short name as well, which BIND writes. */
const algorithms: ReadonlyMap<string, number> = new Map([
  ["RSAMD5", 1],
  ["DH", 2],
  ["DSA", 3],
  ["RSASHA1", 5],
  ["DSA-NSEC3-SHA1", 6],
  ["NSEC3DSA", 6],
  ["RSASHA1-NSEC3-SHA1", 7],
  ["NSEC3RSASHA1", 7],
  ["RSASHA256", 8],
  ["RSASHA512", 10],
  ["ECC-GOST", 12],
  ["ECCGOST", 12],
  ["ECDSAP256SHA256", 13],
  ["ECDSAP384SHA384", 14],
  ["ED25519", 15],
  ["ED448", 16],
  ["INDIRECT", 252],
  ["PRIVATEDNS", 253],
  ["PRIVATEOID", 254],
]);

const certificateTypes: ReadonlyMap<string, number> = new Map([
  ["PKIX", 1],
  ["SPKI", 2],
  ["PGP", 3],
  ["IPKIX", 4],
  ["ISPKI", 5],
  ["IPGP", 6],
  ["ACPKIX", 7],
  ["IACPKIX", 8],
  ["URI", 253],
  ["OID", 254],
]);

/** A number of one or two octets, or one of `names` in any case. */
function named(number: Field, names: ReadonlyMap<string, number>, size: 1 | 2): Field {
  return {
    ...number,
    read: (tokens, out) => {
      const value = names.get(tokens.peek()?.text.toUpperCase() ?? "");
      if (value === undefined) return number.read(tokens, out);
      if (tokens.next(number.expected) === null) return;
      if (size === 1) out.u8(value);
      else out.u16(value);
    },
  };
}

export const algorithm = named(u8("an algorithm such as ECDSAP256SHA256 or its number"), algorithms, 1);
export const certificateType = named(u16("a certificate type such as PKIX or its number"), certificateTypes, 2);
