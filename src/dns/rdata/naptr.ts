/**
 * NAPTR (RFC 3403), whose rewriting rule is a delimiter, an expression, the delimiter, a replacement, the delimiter and
 * flags (RFC 3402, 3.2). The expression must be an extended regular expression of POSIX, since whoever asks will
 * compile it: a bracket that stays open makes the record useless. The verdicts are BIND's.
 */
import { octetString } from "../octets.ts";
import { rrType } from "../rr-types.ts";
import { characterString, countedOctets, name, type RdataType, u16 } from "./field.ts";
import { quoteToken } from "./tokens.ts";

/** The most that one counted repetition may count to (POSIX, RE_DUP_MAX). */
const countMax = 255;

interface Scan {
  readonly text: string;
  at: number;
  /** Groups opened so far, and those that are open. */
  groups: number;
  open: number;
  /** What stands before `at`: nothing yet in this alternative, something to repeat, or something that cannot be. */
  before: "nothing" | "atom" | "unrepeatable";
}

/** What is wrong with an expression, to follow "with", or null; and how many groups it has. */
function judgeExpression(text: string): { why: string | null; groups: number } {
  const scan: Scan = { text, at: 0, groups: 0, open: 0, before: "nothing" };
  let why: string | null = null;
  while (scan.at < text.length && why === null) why = readPiece(scan);
  if (scan.open > 0) why ??= "a ( that is not closed";
  if (scan.before === "nothing") why ??= "an empty alternative";
  return { why, groups: scan.groups };
}

function readPiece(scan: Scan): string | null {
  const { text } = scan;
  const character = text.charAt(scan.at);
  scan.at += 1;
  switch (character) {
    case "\0":
      return "an octet of value 0";
    case "(":
      return openGroup(scan);
    case ")":
      return closeGroup(scan);
    case "|":
      if (scan.before === "nothing") return "an empty alternative";
      scan.before = "nothing";
      return null;
    case "^":
    case "$":
      scan.before = "unrepeatable";
      return null;
    case "*":
    case "+":
    case "?":
      return repeat(scan);
    case "{":
      if (/[0-9]/.test(text.charAt(scan.at))) return readCount(scan) ?? repeat(scan);
      break;
    case "[":
      return readSet(scan);
    case "\\":
      return readEscape(scan);
    default:
  }
  scan.before = "atom";
  return null;
}

/** `()` is the one empty group. */
function openGroup(scan: Scan): null {
  const isEmpty = scan.text[scan.at] === ")";
  scan.groups += 1;
  scan.at += isEmpty ? 1 : 0;
  scan.open += isEmpty ? 0 : 1;
  scan.before = isEmpty ? "atom" : "nothing";
  return null;
}

/** One that closes nothing stands for itself. */
function closeGroup(scan: Scan): string | null {
  if (scan.open > 0 && scan.before === "nothing") return "an empty alternative";
  scan.open = Math.max(0, scan.open - 1);
  scan.before = "atom";
  return null;
}

function repeat(scan: Scan): string | null {
  if (scan.before !== "atom") return "a repetition of nothing";
  scan.before = "unrepeatable";
  return null;
}

/** Behind `{`. */
function readCount(scan: Scan): string | null {
  const count = /([0-9]+)(,?)([0-9]*)\}/y;
  count.lastIndex = scan.at;
  const [all = "", from = "", comma = "", to = ""] = count.exec(scan.text) ?? [];
  if (all === "" || (comma === "" && to !== "")) return "a { that is not closed";
  scan.at += all.length;
  if (Number(from) > countMax || Number(to) > countMax) return `a repetition of more than ${countMax} times`;
  return to !== "" && Number(to) < Number(from) ? "a repetition that ends before it begins" : null;
}

function readEscape(scan: Scan): string | null {
  const escaped = scan.text.charAt(scan.at);
  scan.at += 1;
  scan.before = "atom";
  if (escaped === "") return "a backslash at its end";
  return /[1-9]/.test(escaped) && Number(escaped) > scan.groups ? `\\${escaped}, and no such group` : null;
}

const classes = "alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit";
/** One element of a set: a class, a collating symbol, an equivalence, or a character that begins none of these. */
const element = new RegExp(`\\[:(?:${classes}):\\]|\\[\\.[^]+?\\.\\]|\\[=[^]+?=\\]|(?!\\[[.:=])[^\\]]`, "y");

/** Behind `[`. A `]` that stands first is an element. */
function readSet(scan: Scan): string | null {
  const { text } = scan;
  if (text[scan.at] === "^") scan.at += 1;
  const elements: string[] = [];
  if (text[scan.at] === "]") elements.push(text.charAt(scan.at++));
  while (text[scan.at] !== "]") {
    element.lastIndex = scan.at;
    const found = element.exec(text)?.[0];
    if (found === undefined) return "a [ that is not closed";
    elements.push(found);
    scan.at += found.length;
  }
  scan.at += 1;
  scan.before = "atom";
  return whyNotRanges(elements);
}

function whyNotRanges(elements: readonly string[]): string | null {
  for (let at = 0; at < elements.length; at++) {
    const [from = "", dash, to] = elements.slice(at, at + 3);
    if (dash !== "-" || to === undefined) continue;
    if (to.startsWith("[:")) return `the range ${from}-${to}, which ends in a class`;
    if (!from.startsWith("[:") && rangeEnd(from) > rangeEnd(to)) return `the range ${from}-${to} in the wrong order`;
    at += 2;
    if (elements[at + 1] === "-") return `the range ${from}-${to} with a - behind it`;
  }
  return null;
}

/** The octet of a character, or of the symbol within `[.` and `.]`. */
function rangeEnd(part: string): number {
  return part.length === 1 ? part.charCodeAt(0) : part.charCodeAt(2);
}

/** Flags, services and the rule itself, counted. */
function naptrRule(rdata: Uint8Array): string {
  let at = 4;
  for (let count = 0; count < 2; count++) at += 1 + (rdata[at] ?? 0);
  return octetString(countedOctets(rdata, at));
}

/** Expression, replacement and flags, with their escapes; null when the rule has another shape. */
function ruleParts(rule: string): [string, string, string] | null {
  const delimiter = rule.charAt(0);
  const parts = [""];
  for (let at = 1; at < rule.length; at++) {
    const last = parts.length - 1;
    if (rule[at] === delimiter) parts.push("");
    else if (rule[at] === "\\") parts[last] += rule.slice(at, ++at + 1);
    else parts[last] += rule.charAt(at);
  }
  const [expression = "", replacement = "", flags = ""] = parts;
  const shaped = parts.length === 3 && /^[^0-9i\\\0]$/.test(delimiter) && expression !== "" && /^i*$/.test(flags);
  return shaped ? [expression, replacement, flags] : null;
}

const ruleExample = "a regular expression such as !^.*$!sip:x@example.org!";

function checkNaptr(rdata: Uint8Array): string | null {
  const rule = naptrRule(rdata);
  if (rule === "") return null;
  const parts = ruleParts(rule);
  if (parts === null) return `expected ${ruleExample}`;
  const [expression, replacement] = parts;
  const { why: fault, groups } = judgeExpression(expression);
  const why = fault ?? whyNotReplacement(replacement, groups);
  return why === null ? null : `found ${quoteToken(rule)} with ${why}, expected ${ruleExample}`;
}

/** What it takes over must be a group of the expression. */
function whyNotReplacement(replacement: string, groups: number): string | null {
  for (const [reference, digit] of replacement.matchAll(/\\([0-9])|\\[^]/g)) {
    const known = digit === undefined || (digit !== "0" && Number(digit) <= groups);
    if (!known) return `${reference} in its replacement, and no such group`;
  }
  return null;
}

export const naptrType: RdataType = {
  type: rrType.NAPTR,
  fields: [
    u16("an order"),
    u16("a preference"),
    characterString("flags"),
    characterString("services"),
    characterString("a regular expression"),
    name("a replacement", "plain"),
  ],
  check: checkNaptr,
};
