/** Freezes a tree of plain data, so that whoever shares it cannot change it. What is frozen already is not looked into. */
export function freeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const inner of Object.values(value)) freeze(inner);
  return value;
}
