/**
 * Types made of character strings: TXT and its old twin SPF (RFC 7208, 3.1), HINFO, X25, ISDN, CAA (RFC 8659),
 * URI (RFC 7553), RESINFO (RFC 9606) and WALLET.
 */
import { octetString, type OctetWriter } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import { characterString, characterStrings, type Field, quotedText, type RdataType, u8, u16 } from "./field.ts";
import type { TokenReader } from "./tokens.ts";

/** A string up to the end of the RDATA, without a length octet. */
function stringRest(expected: string): Field {
  return {
    expected,
    read: (tokens: TokenReader, out: OctetWriter) => out.text(tokens.string(expected, 65_000)),
    skip: (_bytes, at, end) => (at <= end ? end : -1),
    text: (bytes, at, end) => quotedText(bytes.subarray(at, end)),
  };
}

const uriExpected = "a URI in quotes";

/** Quotes are part of URI's form, and the URI is not empty (RFC 7553, 4.4). */
const uriTarget: Field = {
  ...stringRest(uriExpected),
  read: (tokens, out) => {
    const token = tokens.peek();
    const octets = tokens.string(uriExpected, 65_000);
    if (token !== null && (!token.quoted || octets === "")) tokens.reject(token, uriExpected);
    out.text(octets);
  },
  skip: (_bytes, at, end) => (at < end ? end : -1),
};

const tagExpected = "a tag of letters and digits";

/** CAA's tag: letters and digits only, so it stands without quotes (RFC 8659, 4.1). */
const caaTag: Field = {
  ...characterString(tagExpected),
  text: (bytes, at) => octetString(bytes.subarray(at + 1, at + 1 + (bytes[at] ?? 0))),
};

function checkCaa(rdata: Uint8Array): string | null {
  const tag = octetString(rdata.subarray(2, 2 + (rdata[1] ?? 0)));
  return /^[A-Za-z0-9]+$/.test(tag) ? null : `expected ${tagExpected} (RFC 8659, 4.1)`;
}

/** At least four digits (RFC 1183, 3.1). */
function checkX25(rdata: Uint8Array): string | null {
  return /^[0-9]{4,}$/.test(octetString(rdata.subarray(1))) ? null : "expected a PSDN address of at least four digits";
}

export const textTypes: readonly RdataType[] = [
  { type: rrType.TXT, fields: [characterStrings("a character string")] },
  { type: rrType.SPF, fields: [characterStrings("a character string")] },
  { type: rrType.RESINFO, fields: [characterStrings("a key=value")] },
  { type: rrType.WALLET, fields: [characterStrings("a character string")] },
  { type: rrType.HINFO, fields: [characterString("the CPU"), characterString("the operating system")] },
  { type: rrType.X25, fields: [characterString("a PSDN address")], check: checkX25 },
  { type: rrType.ISDN, fields: [characterStrings("an ISDN address")] },
  { type: rrType.CAA, fields: [u8("flags"), caaTag, stringRest("a value")], check: checkCaa },
  { type: rrType.URI, fields: [u16("a priority"), u16("a weight"), uriTarget] },
];
