/** The limit on what one step may take away (`removal-max`): a slip of a hand or half a file must not empty a zone. */

/** What is published of one kind, and how much of that would be gone. */
export interface Removal {
  readonly what: string;
  readonly published: number;
  readonly removed: number;
}

/** Why a step is refused; null: no kind loses a larger share than `limit`, from 0 to 1. */
export function removalRefusal(removals: readonly Removal[], limit: number): string | null {
  const tooMuch = removals.filter(({ published, removed }) => removed > 0 && removed > published * limit);
  if (tooMuch.length === 0) return null;
  const shares = tooMuch.map(({ published, removed, what }) => `${removed} of ${published} ${what}`);
  const allowed = `the ${Math.round(limit * 100)} % that \`removal-max\` allows`;
  return `it would remove ${shares.join(" and ")}, more than ${allowed}; force it with a reason if that is meant`;
}
