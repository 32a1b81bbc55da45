/**
 * What can be refused before the YAML parser spends time on a text: its size, lines and brackets beyond the limits, and
 * characters that no text file holds.
 */
import type { Finding } from "./findings.ts";
import { depthMax, lineCharsMax, textCharsMax } from "./limits.ts";
import { nestedTooDeep } from "./syntax.ts";

/** What can be refused before the parser spends time on it. */
export function refuseEarly(text: string): Finding | null {
  if (text.length > textCharsMax) return wholeFile(`the file has more than ${textCharsMax} characters`);
  let depth = 0;
  let lineStart = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x0a) lineStart = at + 1;
    else if (code === 0x5b || code === 0x7b) depth += 1;
    else if ((code === 0x5d || code === 0x7d) && depth > 0) depth -= 1;
    if (at - lineStart > lineCharsMax) return longLine(lineStart);
    if (depth > depthMax * 8) return tooDeep(at);
    if (isControl(code)) return controlCharacter(at, code);
  }
  return null;
}

function isControl(code: number): boolean {
  return (code < 0x20 && code !== 0x09 && code !== 0x0a && code !== 0x0d) || code === 0x7f || code === 0xfffd;
}

function controlCharacter(offset: number, code: number): Finding {
  const found = `the character U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
  const sentence = `${found} does not belong into a text file; is it a binary file, or not UTF-8?`;
  return { path: [], at: "value", offset, found, expected: "UTF-8 text", sentence };
}

function wholeFile(sentence: string): Finding {
  return { path: [], at: "value", offset: 0, found: "a file that is too large", expected: "a smaller one", sentence };
}

function longLine(offset: number): Finding {
  const sentence = `this line has more than ${lineCharsMax} characters`;
  return { path: [], at: "value", offset, found: "a line that is too long", expected: "shorter lines", sentence };
}

export function tooDeep(offset: number): Finding {
  const sentence = nestedTooDeep;
  return { path: [], at: "value", offset, found: "deep nesting", expected: `at most ${depthMax} levels`, sentence };
}
