/**
 * `bench/RESULTS.md`: the figures of the last full run of each benchmark, one section each. Running one again replaces
 * its section and leaves the others.
 */
import { readFile, writeFile } from "node:fs/promises";

const file = new URL("../RESULTS.md", import.meta.url);
const head = `# Results

Made by \`npm run bench -- NAME --markdown\`. Every figure is the median with the smallest and the largest of its runs;
peers ran beside muster in the same run, on the same machine.
`;

export async function saveSection(name: string, lines: readonly string[]): Promise<void> {
  const text = await readFile(file, "utf8").catch(() => head);
  await writeFile(file, replaceSection(text, { name, section: lines.join("\n") }));
}

/** Sections begin with `## NAME`; one that is new goes to the end. */
export function replaceSection(text: string, by: { readonly name: string; readonly section: string }): string {
  const parts = text.split(/^(?=## )/m);
  const at = parts.findIndex((part) => part.startsWith(`## ${by.name}\n`));
  const section = `${by.section.trimEnd()}\n\n`;
  const all = at < 0 ? [...parts, section] : parts.with(at, section);
  return `${all.map((part) => part.trimEnd()).join("\n\n")}\n`;
}
