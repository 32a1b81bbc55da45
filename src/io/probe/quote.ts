/**
 * A member's own words inside a reason: cut to a length, and without control characters, so that a hostile answer
 * cannot write to a terminal or break a log line.
 */
import { quoteCharsMax } from "./limits.ts";

export function quote(text: string): string {
  return `'${plainLine(text, quoteCharsMax)}'`;
}

/** The first line that says something, at most so many characters of it, and none that a terminal would obey. */
export function plainLine(text: string, charsMax: number): string {
  const line = text.replace(/^\s+/, "").split(/[\r\n]/, 1)[0] ?? "";
  const clean = line.replace(/[^\x20-\x7e]/g, ".").trimEnd();
  return clean.length > charsMax ? `${clean.slice(0, charsMax)}...` : clean;
}

export function quoteBytes(bytes: Uint8Array): string {
  return quote(
    Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 2 * quoteCharsMax)).toString("latin1"),
  );
}
