/**
 * Requirement numbers in test titles, such as `M8 flap hold`. Five systems that muster replaces gave them: mirrors
 * (M), arbitration (W), load sharing (P), takeover (T) and site failover (D). A test carries the number of what it
 * proves, so a run can say which of them hold.
 */
const highest: Readonly<Record<string, number>> = { M: 14, W: 11, P: 11, T: 11, D: 10 };

export function requirementsIn(title: string): string[] {
  const found = title.match(/\b[MWPTD]\d{1,2}\b/g) ?? [];
  return found.filter((word) => {
    const number = Number(word.slice(1));
    return number >= 1 && number <= (highest[word.charAt(0)] ?? 0);
  });
}

export function sortRequirements(requirements: Iterable<string>): string[] {
  const order = Object.keys(highest);
  return [...requirements].sort(
    (a, b) => order.indexOf(a.charAt(0)) - order.indexOf(b.charAt(0)) || Number(a.slice(1)) - Number(b.slice(1)),
  );
}
