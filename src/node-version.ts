/**
 * Refuses a Node that is too old, before anything that such a Node cannot parse or find (`node:sqlite`) is loaded.
 * So this file imports nothing, uses no new syntax, and `main.ts` imports the rest dynamically, after it.
 */
const needed = { major: 24, minor: 15 };

/** The one line for a person whose Node is too old; null when `version`, such as `v24.15.0`, will do. */
export function refuseNode(version: string): string | null {
  const found = /^v?(\d+)\.(\d+)/.exec(version);
  const major = found ? Number(found[1]) : 0;
  const minor = found ? Number(found[2]) : 0;
  if (major > needed.major || (major === needed.major && minor >= needed.minor)) return null;
  return `muster: needs Node ${needed.major}.${needed.minor} or newer, this is ${version || "an unknown version"}`;
}

/** Ends the process with one line and status 1 when `version` is too old. */
export function requireNode(version: string): void {
  const refusal = refuseNode(version);
  if (refusal === null) return;
  process.stderr.write(`${refusal}\n`);
  process.exit(1);
}
