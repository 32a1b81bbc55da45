/**
 * The known word that a mistyped one most likely meant, by edit distance: at most a third of its letters, and at
 * least one, may be changed, missing, added, or swapped with the next (one step each).
 */

/** The next row of the table of distances, below the rows `before`. */
function distanceRow(a: string, b: string, before: readonly (readonly number[])[]): number[] {
  const row = before.length;
  const above = before.at(-1) ?? [];
  const higher = before.at(-2) ?? [];
  const current = [row];
  for (let column = 1; column <= b.length; column++) {
    const change = (above[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
    const crossed = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
    const swap = crossed ? (higher[column - 2] ?? 0) + 1 : change;
    current.push(Math.min(change, swap, (above[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
  }
  return current;
}

function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, at) => at)];
  while (rows.length <= a.length) rows.push(distanceRow(a, b, rows));
  return rows.at(-1)?.[b.length] ?? 0;
}

/** Longer words are no slips of the finger. */
const wordLengthMax = 24;

/** The nearest of `words` (in upper case) to `word` in any case, or null when none is near. */
export function nearestWord(word: string, words: readonly string[]): string | null {
  if (word.length > wordLengthMax) return null;
  const upper = word.toUpperCase();
  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(upper.length / 3)) + 1;
  for (const candidate of words) {
    const away = distance(upper, candidate);
    if (away < bestDistance) {
      best = candidate;
      bestDistance = away;
    }
  }
  return best;
}
