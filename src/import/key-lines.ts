/** Files of lines `key = value`: a line that begins with # is a comment, and blanks around the sign may be missing. */
import type { Notes } from "./draft.ts";
import { quoteFound } from "./draft.ts";
import { importLinesMax } from "./limits.ts";

export interface KeyLine {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly key: string;
  /** Without the blank that follows the sign; what comes behind it is kept, since replies may end with blanks. */
  readonly value: string;
}

export function readKeyLines({ name, text }: { name: string; text: string }, notes: Notes): readonly KeyLine[] {
  const found: KeyLine[] = [];
  for (const { content, line } of linesOf(text)) {
    if (content.trim() === "" || content.startsWith("#")) continue;
    const sign = content.indexOf("=");
    if (sign < 1) notes.add(name, line, `${quoteLine(content)} is no line of the form key = value: look what it meant`);
    else {
      const key = content.slice(0, sign).trim();
      found.push({ file: name, line, key, value: content.slice(sign + 1).trimStart() });
    }
  }
  return found;
}

/** A line that may hold a password is not quoted. */
function quoteLine(content: string): string {
  return /pass/i.test(content) ? "what stands here" : quoteFound(content);
}

/** Lines with their numbers, without their ends. */
export function linesOf(text: string): readonly { readonly content: string; readonly line: number }[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n", importLinesMax);
  return lines.map((content, index) => ({ content: content.replace(/\r$/, ""), line: index + 1 }));
}
