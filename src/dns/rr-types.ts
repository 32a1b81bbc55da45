/**
 * Record types and classes: numbers and mnemonics, as the IANA registry "Domain Name System (DNS) Parameters" has
 * them. A type without a mnemonic is written TYPE65280 (RFC 3597, 5) and is served like any other.
 */

/** Types by mnemonic, for code that names one. */
export const rrType = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  SIG: 24,
  KEY: 25,
  PX: 26,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  SRV: 33,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  DNAME: 39,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  SPF: 99,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  RESINFO: 261,
  WALLET: 262,
} as const;

const numbers: ReadonlyMap<string, number> = new Map(Object.entries(rrType));
const mnemonics: ReadonlyMap<number, string> = new Map(Object.entries(rrType).map(([text, type]) => [type, text]));

/** Every mnemonic, for suggestions. */
export const typeMnemonics: readonly string[] = [...numbers.keys()];

/** A two-octet number behind `prefix` ("TYPE", "CLASS"), or null. */
function prefixedNumber(upper: string, prefix: string): number | null {
  if (!upper.startsWith(prefix)) return null;
  const digits = upper.slice(prefix.length);
  if (!/^[0-9]{1,5}$/.test(digits)) return null;
  const value = Number(digits);
  return value <= 0xffff ? value : null;
}

/** The number of a mnemonic in any case, or of TYPEnnn; null when it is neither. */
export function typeNumber(text: string): number | null {
  const upper = text.toUpperCase();
  return numbers.get(upper) ?? prefixedNumber(upper, "TYPE");
}

export function typeText(type: number): string {
  return mnemonics.get(type) ?? `TYPE${type}`;
}

export const rrClass = { IN: 1, CH: 3, HS: 4, NONE: 254, ANY: 255 } as const;

const classNumbers: ReadonlyMap<string, number> = new Map(Object.entries(rrClass));
const classTexts: ReadonlyMap<number, string> = new Map(Object.entries(rrClass).map(([text, value]) => [value, text]));

/** The number of a class mnemonic in any case, or of CLASSnnn; null when it is neither. */
export function classNumber(text: string): number | null {
  const upper = text.toUpperCase();
  return classNumbers.get(upper) ?? prefixedNumber(upper, "CLASS");
}

export function classText(value: number): string {
  return classTexts.get(value) ?? `CLASS${value}`;
}

/**
 * True for types that no zone can hold: OPT, the Q-types and the other meta types 128 to 255 except those which the
 * registry gives out as data (RFC 6895, 3.1), and type 0, which is reserved.
 */
export function isMetaType(type: number): boolean {
  return type === 0 || type === rrType.OPT || (type >= 128 && type <= 255);
}

const singletons: ReadonlySet<number> = new Set([rrType.SOA, rrType.CNAME, rrType.DNAME, rrType.NXT]);

/** True for types of which an owner has at most one record (RFC 1034, 3.6.2; RFC 6672, 2.4). */
export function isSingletonType(type: number): boolean {
  return singletons.has(type);
}

/** Types that may stand beside a CNAME (RFC 4034, 2.5 and RFC 2181, 10.1), itself included. */
const besideCname: ReadonlySet<number> = new Set([
  rrType.CNAME,
  rrType.RRSIG,
  rrType.NSEC,
  rrType.SIG,
  rrType.KEY,
  rrType.NXT,
]);

export function standsBesideCname(type: number): boolean {
  return besideCname.has(type);
}
