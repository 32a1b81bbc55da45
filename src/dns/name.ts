/**
 * Domain names: between text as people write it, the in-memory form of `types.ts`, and the wire.
 *
 * The in-memory form is the uncompressed wire form, so most operations are a `slice` or a comparison. Text follows
 * RFC 1035, 5.1: `\.` and `\DDD` escapes, `@` for the origin, and names without a final dot are relative to it.
 */
import { assert } from "../base/assert.ts";
import { fail, ok, type Result } from "../base/result.ts";
import type { Name, NameKey, SetKey } from "./types.ts";

/** RFC 1035, 2.3.4. */
export const labelOctetsMax = 63;
/** RFC 1035, 2.3.4: length octets and the final zero included. */
export const nameOctetsMax = 255;

/** The name of the root zone. */
export const root = "\x00" as NameKey;

const dot = 46;
const backslash = 92;

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

/** Reads the escape at `at` (a backslash): its octet and the index behind it, or why it is none. */
function readEscape(text: string, at: number): Result<{ octet: number; end: number }, string> {
  const next = text.charCodeAt(at + 1);
  if (Number.isNaN(next)) return fail("a backslash at the end escapes nothing");
  if (!isDigit(next)) {
    return next > 126 ? fail("a backslash before a non-ASCII character") : ok({ octet: next, end: at + 2 });
  }
  const digits = text.slice(at + 1, at + 4);
  if (!/^[0-9]{3}$/.test(digits) || Number(digits) > 255) {
    return fail(`"\\${digits}" is no octet: expected three digits, at most 255`);
  }
  return ok({ octet: Number(digits), end: at + 4 });
}

function describeBadCharacter(code: number): string {
  return code > 126
    ? "a non-ASCII character: write internationalised names in their xn-- form, other octets as \\DDD"
    : `the control character \\${String(code).padStart(3, "0")}: write it as \\DDD`;
}

/** The labels of `text` in wire form, without the final zero, and whether a dot ended it. */
function parseLabels(text: string): Result<{ wire: string; absolute: boolean }, string> {
  let wire = "";
  let label = "";
  let at = 0;
  while (at < text.length) {
    const code = text.charCodeAt(at);
    if (code === dot) {
      if (label === "") return fail("an empty label (two dots, or a dot in front)");
      wire += String.fromCharCode(label.length) + label;
      label = "";
      at += 1;
      continue;
    }
    if (code === backslash) {
      const escape = readEscape(text, at);
      if (!escape.ok) return escape;
      label += String.fromCharCode(escape.value.octet);
      at = escape.value.end;
    } else {
      if (code < 32 || code > 126) return fail(describeBadCharacter(code));
      label += text[at];
      at += 1;
    }
    if (label.length > labelOctetsMax) return fail(`a label is longer than ${labelOctetsMax} octets`);
  }
  if (label === "") return ok({ wire, absolute: true });
  return ok({ wire: wire + String.fromCharCode(label.length) + label, absolute: false });
}

/**
 * Reads a name as text. A name without a final dot is relative to `origin`; without an origin it is taken as
 * absolute, so that "www.example.org" in a configuration means what it says. The error is a clause for people.
 */
export function parseName(text: string, origin: Name = root): Result<Name, string> {
  if (text === "@") return ok(origin);
  if (text === ".") return ok(root);
  if (text === "") return fail("an empty name");
  const labels = parseLabels(text);
  if (!labels.ok) return labels;
  const name = joinName(labels.value.wire, labels.value.absolute ? root : origin);
  return name === null ? fail(`the name is longer than ${nameOctetsMax} octets`) : ok(name);
}

/** Labels in wire form (without final zero) in front of `origin`, or null when that is longer than a name may be. */
export function joinName(prefixLabels: string, origin: Name): Name | null {
  const joined = prefixLabels + origin;
  return joined.length > nameOctetsMax ? null : (joined as Name);
}

/** One label in wire form, for `joinName`. The label is octets, not escaped text. */
export function labelOctets(label: string): string {
  assert(label.length > 0 && label.length <= labelOctetsMax, "a label has 1 to 63 octets");
  return String.fromCharCode(label.length) + label;
}

/** Octets that end or change a token in a zone file and so are escaped: `" $ ( ) . ; @ \`. */
const escaped = new Set([34, 36, 40, 41, 46, 59, 64, 92]);

function octetText(octet: number): string {
  if (octet <= 32 || octet >= 127) return `\\${String(octet).padStart(3, "0")}`;
  const character = String.fromCharCode(octet);
  return escaped.has(octet) ? `\\${character}` : character;
}

/** The octets of a label as zone-file text. */
function labelText(label: string): string {
  if (/^[\w*+,:<=>?[\]^`{|}~!#%&'/-]*$/.test(label)) return label;
  return Array.from(label, (character) => octetText(character.charCodeAt(0))).join("");
}

/** The labels from the left, as octets, without the root. */
export function labelsOf(name: Name): string[] {
  const labels: string[] = [];
  let at = 0;
  for (let size = name.charCodeAt(0); size > 0; size = name.charCodeAt(at)) {
    labels.push(name.slice(at + 1, at + 1 + size));
    at += 1 + size;
  }
  return labels;
}

/** Text with escapes and a final dot, such that `parseName` gives the same name back. */
export function nameText(name: Name): string {
  if (name === root) return ".";
  return `${labelsOf(name).map(labelText).join(".")}.`;
}

/** The form for comparisons: ASCII letters in lower case, nothing else touched (RFC 4343, 3). */
export function nameKey(name: Name): NameKey {
  for (let at = 0; at < name.length; at++) {
    const code = name.charCodeAt(at);
    if (code >= 65 && code <= 90) return name.replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase()) as NameKey;
  }
  return name as NameKey;
}

/** The name without its leftmost label. The root has no parent: asking for it is a bug. */
export function parentName<T extends Name>(name: T): T {
  assert(name.length > 1, "the root has no parent");
  return name.slice(1 + name.charCodeAt(0)) as T;
}

/** True when `key` is `originKey` or below it. */
export function isWithin(key: NameKey, originKey: NameKey): boolean {
  if (!key.endsWith(originKey)) return false;
  const start = key.length - originKey.length;
  let at = 0;
  while (at < start) at += 1 + key.charCodeAt(at);
  return at === start;
}

/** Labels without the root: 3 for www.example.org. */
export function labelCount(name: Name): number {
  let count = 0;
  let at = 0;
  for (let size = name.charCodeAt(0); size > 0; size = name.charCodeAt(at)) {
    count += 1;
    at += 1 + size;
  }
  return count;
}

/** True when the leftmost label is a lone asterisk (RFC 4592, 2.1.1). */
export function isWildcard(name: Name): boolean {
  return name.charCodeAt(0) === 1 && name.charCodeAt(1) === 42;
}

/**
 * Order of names in a zone (RFC 4034, 6.1): label by label from the right, as octets in lower case. Below zero when
 * `a` comes first.
 */
export function compareNames(a: NameKey, b: NameKey): number {
  if (a === b) return 0;
  const left = labelsOf(a).reverse();
  const right = labelsOf(b).reverse();
  for (let at = 0; at < left.length && at < right.length; at++) {
    const mine = left[at] ?? "";
    const other = right[at] ?? "";
    if (mine !== other) return mine < other ? -1 : 1;
  }
  return left.length - right.length;
}

function octetsText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/**
 * Reads a name from a message, following compression pointers (RFC 1035, 4.1.4). `end` is the offset behind the name
 * where it was met. Null for everything malformed: cut off, too long, an unknown label kind, or a pointer that does
 * not point in front of all that was read so far, which rules out loops.
 */
export function readName(bytes: Uint8Array, offset: number): { name: Name; end: number } | null {
  let wire = "";
  let at = offset;
  let lowest = offset;
  let end = -1;
  for (;;) {
    const size = bytes[at];
    if (size === undefined) return null;
    if (size === 0) return { name: `${wire}\x00` as Name, end: end < 0 ? at + 1 : end };
    if (size <= labelOctetsMax) {
      if (at + 1 + size > bytes.length || wire.length + size + 2 > nameOctetsMax) return null;
      wire += octetsText(bytes, at, at + 1 + size);
      at += 1 + size;
      continue;
    }
    const low = bytes[at + 1];
    if (size < 0xc0 || low === undefined) return null;
    const target = ((size & 0x3f) << 8) | low;
    if (target >= lowest) return null;
    if (end < 0) end = at + 2;
    lowest = target;
    at = target;
  }
}

/** Copies the uncompressed name to `offset` and returns the offset behind it. There must be room. */
export function writeName(name: Name, bytes: Uint8Array, offset: number): number {
  assert(offset + name.length <= bytes.length, "a name must fit where it is written");
  for (let at = 0; at < name.length; at++) bytes[offset + at] = name.charCodeAt(at);
  return offset + name.length;
}

/** The name as bytes of its own. */
export function nameBytes(name: Name): Uint8Array {
  const bytes = new Uint8Array(name.length);
  writeName(name, bytes, 0);
  return bytes;
}

/** The name of an address in the reverse tree (RFC 1035, 3.5; RFC 3596, 2.5), from its 4 or 16 octets. */
export function reverseName(address: Uint8Array): Name {
  assert(address.length === 4 || address.length === 16, "an address has 4 or 16 octets");
  if (address.length === 4) return textName(`${Array.from(address).reverse().join(".")}.in-addr.arpa.`);
  const nibbles = Array.from(address, (octet) => octet.toString(16).padStart(2, "0")).join("");
  return textName(`${Array.from(nibbles).reverse().join(".")}.ip6.arpa.`);
}

/** A name that is known to be well formed, such as a constant. Anything else is a bug. */
export function textName(text: string): Name {
  const parsed = parseName(text);
  assert(parsed.ok, `"${text}" is no name`);
  return parsed.value;
}

/** The key of a set among others: two sets with one key are the same owner (whatever its case) and type. */
export function ownerTypeKey({ owner, type }: SetKey): string {
  return `${type} ${nameKey(owner)}`;
}
