/**
 * One more element. Arrays of up to four are made anew, since `push` would reserve room for seventeen, and a large zone
 * has a hundred thousand lists of one.
 */
export function grown<T extends object>(list: T[], added: T): T[] {
  const [first, second, third] = list;
  if (first === undefined) return [added];
  if (second === undefined) return [first, added];
  if (third === undefined) return [first, second, added];
  if (list.length === 3) return [first, second, third, added];
  list.push(added);
  return list;
}
