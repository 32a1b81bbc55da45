/**
 * Gathers what is wrong while a configuration is read. A finding knows the path of the value it is about; the place in
 * the text is looked up at the end, when all findings are sorted by line and cut to the limit.
 */
import { maskText } from "./mask.ts";
import type { ConfigProblem, Path } from "./problem.ts";
import { pathText } from "./problem.ts";
import type { Place, Tree } from "./tree.ts";

export interface Finding {
  readonly path: Path;
  readonly at: "key" | "value";
  /** Where in the text, when it is not where the path leads. */
  readonly offset?: number;
  readonly end?: number;
  /** Left out: what stands at the path. */
  readonly found?: string;
  readonly expected: string;
  readonly nearest?: string | undefined;
  readonly sentence: string;
}

export interface Findings {
  readonly problems: Finding[];
  readonly warnings: Finding[];
  readonly tree: Tree;
}

export function createFindings(tree: Tree): Findings {
  return { problems: [...tree.findings], warnings: [], tree };
}

export function placeFindings(
  findings: readonly Finding[],
  { tree, file, max }: { tree: Tree; file: string; max: number },
): ConfigProblem[] {
  const placed = findings.map((finding) => toProblem(finding, tree, file));
  placed.sort((a, b) => a.line - b.line || a.column - b.column);
  if (placed.length <= max) return placed;
  return [...placed.slice(0, max), remainder(placed, max)];
}

function toProblem(finding: Finding, tree: Tree, file: string): ConfigProblem {
  const { path, expected, nearest } = finding;
  const found = maskText(finding.found ?? tree.describe(path));
  const sentence = maskText(finding.sentence);
  const problem = { file, ...placeOf(finding, tree), path: pathText(path), found, expected, sentence };
  return nearest === undefined ? problem : { ...problem, nearest };
}

function placeOf(finding: Finding, tree: Tree): Place {
  if (finding.offset === undefined) return tree.locate(finding.path, finding.at);
  return tree.placeOf(finding.offset, finding.end ?? finding.offset + 1);
}

function remainder(placed: readonly ConfigProblem[], max: number): ConfigProblem {
  const first = placed[max] as ConfigProblem;
  const count = placed.length - max;
  const sentence = `${count} more from here on; only the first ${max} are listed`;
  return {
    file: first.file,
    line: first.line,
    column: first.column,
    width: 1,
    path: "",
    found: `${count} more`,
    expected: "",
    sentence,
  };
}
