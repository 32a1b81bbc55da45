/**
 * Types that carry numbers and a digest, key or certificate: DS and CDS (RFC 4034, 5; RFC 7344), DNSKEY, CDNSKEY and
 * KEY (RFC 4034, 2; RFC 2535, 3), CERT (RFC 4398), TLSA (RFC 6698), SMIMEA (RFC 8162), SSHFP (RFC 4255), ZONEMD
 * (RFC 8976), OPENPGPKEY (RFC 7929), DHCID (RFC 4701), EUI48 and EUI64 (RFC 7043). Unsigned zones are served as they are;
 * nothing is computed.
 */
import { hexOctets, readU16 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import { base64Rest, type Field, hexRest, optional, type RdataType, u8, u16, u32 } from "./field.ts";
import { algorithm, certificateType } from "./mnemonics.ts";

const someKey = base64Rest("a key");
const keyStart: readonly Field[] = [u16("flags"), u8("the protocol"), algorithm];
const keyFields: readonly Field[] = [...keyStart, someKey];
const dsFields: readonly Field[] = [u16("a key tag"), algorithm, u8("a digest type"), hexRest("a digest")];
const tlsaFields: readonly Field[] = [
  u8("a certificate usage"),
  u8("a selector"),
  u8("a matching type"),
  hexRest("certificate data"),
];

/** Octets as pairs of hexadecimal digits with dashes between (RFC 7043, 3.2). */
function dashedHex(size: number): Field {
  const expected = `${size} octets as xx-xx-...`;
  return {
    expected,
    read: (tokens, out) => {
      const token = tokens.next(expected);
      if (token === null) return;
      const shaped = /^[0-9a-f]{2}(?:-[0-9a-f]{2})*$/i.test(token.text);
      const octets = shaped ? hexOctets(token.text.replaceAll("-", "")) : null;
      if (octets?.length === size) out.octets(octets);
      else tokens.reject(token, expected);
    },
    skip: (_bytes, at, end) => (at + size <= end ? at + size : -1),
    text: (bytes, at) =>
      Array.from(bytes.subarray(at, at + size), (octet) => octet.toString(16).padStart(2, "0")).join("-"),
  };
}

/** Both flags of the type set: no key (RFC 2535, 3.1.2). */
function checkKey(rdata: Uint8Array): string | null {
  const none = (readU16(rdata, 0) & 0xc000) === 0xc000;
  if (none === (rdata.length === 4)) return null;
  return none
    ? "flags of 49152 and more say that there is no key, found one"
    : "the record ends, expected a key in base64";
}

/** Octets of each digest by type (RFC 4034, RFC 4509, RFC 6605). */
const digestOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32, 4: 48 };

function checkDigest(rdata: Uint8Array): string | null {
  const expected = digestOctets[rdata[3] ?? 0];
  const found = rdata.length - 4;
  if (expected === undefined || found === expected) return null;
  return `a digest of type ${rdata[3]} has ${expected} octets, found ${found}`;
}

/** SHA-1 and SHA-256 fingerprints (RFC 4255, 3.1.2; RFC 6594, 4.1). */
const fingerprintOctets: Readonly<Record<number, number>> = { 1: 20, 2: 32 };

function checkFingerprint(rdata: Uint8Array): string | null {
  const expected = fingerprintOctets[rdata[1] ?? 0];
  const found = rdata.length - 2;
  if (expected === undefined || found === expected) return null;
  return `a fingerprint of type ${rdata[1]} has ${expected} octets, found ${found}`;
}

/** SHA-384 and SHA-512 (RFC 8976, 5.3). */
const zoneDigestOctets: Readonly<Record<number, number>> = { 1: 48, 2: 64 };

function checkZoneDigest(rdata: Uint8Array): string | null {
  const expected = zoneDigestOctets[rdata[5] ?? 0];
  const found = rdata.length - 6;
  if (expected === undefined || found === expected) return null;
  return `a digest of hash ${rdata[5]} has ${expected} octets, found ${found}`;
}

export const digestTypes: readonly RdataType[] = [
  { type: rrType.DS, fields: dsFields, check: checkDigest },
  { type: rrType.CDS, fields: dsFields, check: checkDigest },
  { type: rrType.DNSKEY, fields: keyFields },
  { type: rrType.CDNSKEY, fields: keyFields },
  { type: rrType.KEY, fields: [...keyStart, optional(someKey)], check: checkKey },
  {
    type: rrType.CERT,
    fields: [certificateType, u16("a key tag"), algorithm, base64Rest("a certificate")],
  },
  { type: rrType.TLSA, fields: tlsaFields },
  { type: rrType.SMIMEA, fields: tlsaFields },
  {
    type: rrType.SSHFP,
    fields: [u8("an algorithm number"), u8("a fingerprint type"), hexRest("a fingerprint")],
    check: checkFingerprint,
  },
  {
    type: rrType.ZONEMD,
    fields: [u32("a serial"), u8("a scheme"), u8("a hash number"), hexRest("a digest")],
    check: checkZoneDigest,
  },
  { type: rrType.OPENPGPKEY, fields: [base64Rest("a key")] },
  { type: rrType.DHCID, fields: [base64Rest("a digest")] },
  { type: rrType.EUI48, fields: [dashedHex(6)] },
  { type: rrType.EUI64, fields: [dashedHex(8)] },
];
