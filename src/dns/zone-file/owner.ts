/**
 * Owners where they stand in the text: the common ones, without escapes, become a name without a copy of each
 * character. Everything else goes through `parseName`.
 */
import { fail, type Result } from "../../base/result.ts";
import { joinName, labelOctetsMax, parseName, root } from "../name.ts";
import { escapeHighOctets } from "../rdata/tokens.ts";
import type { Name } from "../types.ts";
import type { Scanner } from "./scanner.ts";

const dot = 46;
const at = 64;
const lengthOctets: readonly string[] = Array.from({ length: labelOctetsMax + 1 }, (_, size) =>
  String.fromCharCode(size),
);

/** The name that the plain token up to `end` spells, or null when it takes the careful way. */
function plainName({ text, start }: Scanner, end: number, origin: Name): Name | null {
  let wire = "";
  let labelStart = start;
  for (let index = start; index <= end; index++) {
    const code = index < end ? text.charCodeAt(index) : dot;
    if (code === dot) {
      const size = index - labelStart;
      if (size === 0 || size > labelOctetsMax) {
        return index === end && size === 0 && end - start > 1 ? joinName(wire, root) : null;
      }
      wire += lengthOctets[size] + text.slice(labelStart, index);
      labelStart = index + 1;
    } else if (code < 33 || code > 126) return null;
  }
  return joinName(wire, origin);
}

/** The zone that is read: its name, and its text with a dot in front, by which most absolute owners end. */
export interface ZoneName {
  readonly name: Name;
  readonly suffix: string;
}

/** Reads the scanner's present token as a name. */
export function readOwner(scanner: Scanner, origin: Name, zone: ZoneName): Result<Name, string> {
  const plain = scanner.escaped ? null : readPlain(scanner, origin, zone);
  if (plain !== null) return { ok: true, value: plain };
  const text = scanner.tokenText();
  return text === "" ? fail("an empty name") : parseName(escapeHighOctets(text), origin);
}

function readPlain(scanner: Scanner, origin: Name, zone: ZoneName): Name | null {
  const { text, start, end } = scanner;
  if (end - start === 1 && text.charCodeAt(start) === at) return null;
  const prefixEnd = end - zone.suffix.length;
  if (text.charCodeAt(end - 1) === dot && prefixEnd > start && text.startsWith(zone.suffix, prefixEnd)) {
    return plainName(scanner, prefixEnd, zone.name);
  }
  return plainName(scanner, end, origin);
}
