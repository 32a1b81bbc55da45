/**
 * The small texts of publishing: other servers, prefixes of addresses, types, shares. As in `scalars.ts`, each reader
 * takes the text and gives the value, or a hint that says what was expected and what was probably meant.
 */
import { fail, ok, type Result } from "../base/result.ts";
import { findNearest } from "../base/nearest.ts";
import type { Endpoint } from "../core/model.ts";
import { parseAddress as addressOctets, rdataAddress } from "../dns/address.ts";
import { isMetaType, rrType, typeMnemonics, typeNumber } from "../dns/rr-types.ts";
import { parseAddress } from "./address.ts";
import { type Hint, refuse } from "./hint.ts";
import { parseEndpoint, parseName, parsePoolName } from "./scalars.ts";

export const peerExpected = "ADDRESS, ADDRESS:PORT, or a map with address, port and key";

/** Another DNS server; without a port, 53. */
export function parseServer(text: string): Result<Endpoint, Hint> {
  const server = parseEndpoint(text, 53);
  if (server.ok && server.value.port !== 0) return server;
  const expected = 'ADDRESS or ADDRESS:PORT, such as 192.0.2.53 or "[2001:db8::53]:5353"';
  if (server.ok) return refuse({ expected, complaint: "has the port 0" });
  if (/^[a-z][\w.-]*\.[\w.-]*(:\d+)?$/i.test(text))
    return refuse({ expected, complaint: "is a name; muster asks nobody for the addresses of its peers" });
  return fail({ ...server.error, expected });
}

/** A prefix such as 192.0.2.0/24, or one address; in the spelling that is used from here on. */
export function parsePrefix(text: string): Result<string, Hint> {
  const expected = "an address, or a prefix such as 192.0.2.0/24 or 2001:db8::/32";
  if (/^(any|all|\*)$/i.test(text))
    return refuse({ expected, complaint: "is no prefix; everybody is 0.0.0.0/0 and ::/0", nearest: "0.0.0.0/0" });
  const [base = "", length, ...more] = text.split("/");
  const address = parseAddress(base);
  if (address === null || more.length > 0) return refuse({ expected });
  if (length === undefined) return ok(address.text);
  const max = address.family === 4 ? 32 : 128;
  if (!/^\d{1,3}$/.test(length) || Number(length) > max)
    return refuse({ expected, complaint: `has a length that is no number from 0 to ${max}` });
  const bits = Number(length);
  const masked = `${maskAddress(address.text, bits)}/${bits}`;
  if (masked === `${address.text}/${bits}`) return ok(masked);
  return refuse({ expected, complaint: `names an address within the prefix`, nearest: masked });
}

/** The address with all bits behind the first `bits` cleared. */
export function maskAddress(address: string, bits: number): string {
  const octets = addressOctets(address) ?? new Uint8Array(4);
  const masked = octets.map((octet, at) => {
    const kept = Math.min(8, Math.max(0, bits - at * 8));
    return octet & (0xff << (8 - kept));
  });
  return rdataAddress(masked);
}

/** The name of a TSIG key: a domain name, compared without case (RFC 8945, 4.2). */
export function parseKeyName(text: string): Result<string, Hint> {
  const name = parseName(text);
  return name.ok ? name : refuse({ ...name.error, expected: "the name of a key under keys" });
}

/** A name, or `*.NAME` for all names below it. */
export function parseGrantName(text: string): Result<string, Hint> {
  const expected = "a name such as _acme-challenge.www.example.org, or *.dyn.example.org for all below it";
  const name = parsePoolName(text);
  return name.ok ? name : refuse({ ...name.error, expected });
}

/** A type that a client may change. */
export function parseGrantType(text: string): Result<number, Hint> {
  const expected = "a type such as A, AAAA, CNAME or TXT";
  const type = typeNumber(text);
  if (type === null) {
    const nearest = findNearest(
      text.toUpperCase(),
      typeMnemonics.map((word) => word.toLowerCase()),
    )?.toUpperCase();
    return refuse({ expected, complaint: "is no type of record", ...(nearest === undefined ? {} : { nearest }) });
  }
  if (type === rrType.SOA) return refuse({ expected, complaint: "is muster's own: it makes the zone's serial" });
  if (isMetaType(type)) return refuse({ expected, complaint: "is a type of questions, not of records" });
  return ok(type);
}

/** `50%` as 0.5. */
export function parseShare(text: string): Result<number, Hint> {
  const expected = "a share from 0% to 100%";
  const share = /^(\d{1,3}(?:\.\d{1,3})?) ?%$/.exec(text);
  if (share === null) return refuse({ expected });
  const percent = Number(share[1]);
  return percent <= 100 ? ok(percent / 100) : refuse({ expected, complaint: "is more than 100%" });
}
