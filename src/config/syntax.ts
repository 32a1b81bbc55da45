/**
 * What the YAML parser found wrong, in words for somebody who writes configurations, not parsers. A text with a broken
 * syntax is not judged further: what the parser guessed after the break would only make noise.
 */
import type { Document, YAMLError } from "yaml";
import type { Finding } from "./findings.ts";
import { depthMax } from "./limits.ts";

/** The sentence for nesting beyond the limit, whoever notices it. */
export const nestedTooDeep = `maps and lists lie inside each other deeper than ${depthMax} levels`;

interface Words {
  readonly found: string;
  readonly expected: string;
  readonly sentence: string;
}

const known: Partial<Record<YAMLError["code"], Words>> = {
  TAB_AS_INDENT: {
    found: "a tab",
    expected: "spaces",
    sentence: "a line is indented with a tab; YAML takes spaces only",
  },
  BAD_INDENT: {
    found: "another indentation",
    expected: "the indentation of the lines around it",
    sentence: "the indentation of this line does not fit the lines around it",
  },
  BLOCK_AS_IMPLICIT_KEY: {
    found: "a key inside a value",
    expected: "one key on a line",
    sentence: "there are two keys on this line; quote the value, or begin a new line",
  },
  MISSING_CHAR: {
    found: "an unfinished text",
    expected: "the closing quote or bracket",
    sentence: "a quote, a bracket or a colon is missing here",
  },
  BAD_SCALAR_START: {
    found: "a sign with a meaning in YAML",
    expected: "quotes around the value",
    sentence: "a value cannot begin with this sign; put the value into quotes",
  },
  MULTIPLE_DOCS: {
    found: "a second document",
    expected: "one document",
    sentence: "there is a second document after a line of ---; one file is one configuration",
  },
  BAD_DQ_ESCAPE: {
    found: "an unknown escape",
    expected: "an escape of YAML, or single quotes, which know none",
    sentence: "a backslash in double quotes begins an escape that YAML does not know; single quotes take it literally",
  },
};

/** The parser calls a bracket that is never closed an indentation that does not fit. */
const unclosed = /^Flow (?:map|sequence) .* end with a ([}\]])/;

export function syntaxFindings(document: Document.Parsed, text: string): Finding[] {
  const errors = document.errors.map((error) => toFinding(error, text));
  const tags = document.warnings.map((warning) => tagFinding(warning.pos));
  return dropRepeated([...errors, ...tags]);
}

function toFinding(error: YAMLError, text: string): Finding {
  const [offset, end] = error.pos;
  const tab = known.TAB_AS_INDENT;
  const words = startsWithTab(text, offset) && tab !== undefined ? tab : wordsOf(error);
  return { path: [], at: "value", offset, end, ...words };
}

/** Some breaks that a tab causes are reported under other codes. */
function startsWithTab(text: string, offset: number): boolean {
  const lineStart = text.lastIndexOf("\n", Math.max(0, offset - 1)) + 1;
  return /^ *\t/.test(text.slice(lineStart, lineStart + 200)) && /^\s*$/.test(text.slice(lineStart, offset));
}

function wordsOf(error: YAMLError): Words {
  const bracket = unclosed.exec(error.message)?.[1];
  if (bracket !== undefined) return unclosedWords(bracket);
  const words = known[error.code];
  if (words !== undefined) return words;
  // The parser tells of its own exhausted stack as of a mistake in the text.
  if (/call stack|stack overflow/i.test(error.message))
    return { found: "deep nesting", expected: `at most ${depthMax} levels`, sentence: nestedTooDeep };
  const reason = lowerFirst(error.message.split("\n")[0] ?? "").slice(0, 120);
  const sentence = `this is not YAML: ${reason}`;
  return { found: "broken YAML", expected: "YAML 1.2", sentence };
}

function unclosedWords(bracket: string): Words {
  const [what, opening] = bracket === "}" ? ["map", "{"] : ["list", "["];
  const sentence = `a ${what} that begins with ${opening} is not closed before this; lines inside it are indented`;
  return { found: "an unfinished text", expected: bracket, sentence };
}

function lowerFirst(text: string): string {
  return text.slice(0, 1).toLowerCase() + text.slice(1);
}

function tagFinding([offset, end]: readonly [number, number]): Finding {
  const sentence = "tags (words that begin with !) have no meaning here; quote a value that begins with one";
  return { path: [], at: "value", offset, end, found: "a tag", expected: "a value without a tag", sentence };
}

/** The parser goes on after a break and may report the same place several times. */
function dropRepeated(findings: readonly Finding[]): Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const key = `${finding.offset}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}
