/** Lists and numbers in sentences. */

/** `a, b and 3 more`. `count`: how many there are, if `names` does not hold them all. */
export function listed(names: readonly string[], max: number, count: number = names.length): string {
  const first = names.slice(0, max);
  return count > first.length ? `${first.join(", ")} and ${count - first.length} more` : first.join(", ");
}

/** `1 zone`, `2 zones`. */
export function counted(many: number, noun: string): string {
  return `${many} ${noun}${many === 1 ? "" : "s"}`;
}
