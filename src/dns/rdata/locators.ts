/**
 * NID, L32 and L64 (RFC 6742): where an ILNP node is and what it is called, each with a preference. LP, which names a
 * host that has locators, is with the other names.
 */
import { readU16 } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import { address, type Field, type RdataType, u16 } from "./field.ts";

const preference = u16("a preference");

/** 64 bits as four groups of hexadecimal digits (RFC 6742, 2.1.2). */
function groups(what: string): Field {
  const expected = `${what} as xxxx:xxxx:xxxx:xxxx in hexadecimal`;
  return {
    expected,
    read: (tokens, out) => {
      const token = tokens.next(expected);
      if (token === null) return;
      if (!/^[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){3}$/i.test(token.text)) return tokens.reject(token, expected);
      for (const group of token.text.split(":")) out.u16(Number.parseInt(group, 16));
    },
    skip: (_bytes, at, end) => (at + 8 <= end ? at + 8 : -1),
    // With leading zeros: there are servers that want all four digits.
    text: (bytes, at) =>
      [0, 2, 4, 6]
        .map((offset) =>
          readU16(bytes, at + offset)
            .toString(16)
            .padStart(4, "0"),
        )
        .join(":"),
  };
}

export const locatorTypes: readonly RdataType[] = [
  { type: rrType.NID, fields: [preference, groups("a node's identifier")] },
  { type: rrType.L32, fields: [preference, address(4)] },
  { type: rrType.L64, fields: [preference, groups("a locator")] },
];
