/** Offsets of a text to lines and columns, both from 1. Lines end with LF, as in YAML; a CR before it is part of the end. */
export interface LineTable {
  linePos(offset: number): { readonly line: number; readonly col: number };
}

export function createLineTable(text: string): LineTable {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return { linePos: (offset) => findLine(starts, offset) };
}

/** The last line that starts at or before the offset. */
function findLine(starts: readonly number[], offset: number): { line: number; col: number } {
  let low = 0;
  let high = starts.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((starts[middle] ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return { line: low + 1, col: Math.max(0, offset - (starts[low] ?? 0)) + 1 };
}
