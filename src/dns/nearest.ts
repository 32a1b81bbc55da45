/**
 * The known word that a mistyped one most likely meant, by Levenshtein distance: at most a third of its letters,
 * and at least one, may differ.
 */

function distance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const swap = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(swap, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
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
