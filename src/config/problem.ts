/**
 * What is wrong in a configuration, and where. A problem stands alone (its sentence makes sense in an API answer or
 * a log line), and `formatProblems` prints it as good compilers do: place, sentence, the line itself and a caret
 * under the words that are meant. What looks like a secret in the printed line is masked.
 */
import { maskSecrets } from "./mask.ts";

export type Path = readonly (string | number)[];

/** Where mistakes of a text are placed that is only planned: the controller does not know what its file is called. */
export const plannedTextName = "planned text";

export interface ConfigProblem {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1, in UTF-16 units. */
  readonly column: number;
  /** How many characters from there are meant, all on that line; at least 1. */
  readonly width: number;
  /** Such as `pools."www.example.org".members[0]`; empty for the file as a whole. */
  readonly path: string;
  readonly found: string;
  readonly expected: string;
  /** The known word that was probably meant. */
  readonly nearest?: string;
  readonly sentence: string;
}

export function pathText(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else text += (text === "" ? "" : ".") + (/^[\w-]+$/.test(part) ? part : JSON.stringify(part));
  }
  return text;
}

/** Prints problems with their lines; `label` says what they are ("error" or "warning"). */
export function formatProblems(problems: readonly ConfigProblem[], text: string, label = "error"): string {
  const lines = maskSecrets(text).split(/\r?\n/);
  return problems.map((problem) => formatProblem(problem, lines[problem.line - 1] ?? "", label)).join("\n");
}

const lineCharsMax = 160;

function formatProblem(problem: ConfigProblem, line: string, label: string): string {
  const { file, line: number, column, width } = problem;
  const head = `${file}:${number}:${column}: ${label}: ${problem.sentence}`;
  // Of a file that is empty, or could not be read, there is nothing to show.
  if (line.trim() === "") return `${head}\n${adviceOf(problem) && `      ${adviceOf(problem)}\n`}`;
  const from = column > lineCharsMax - 40 ? column - 41 : 0;
  const shown = line.slice(from, from + lineCharsMax);
  const indent = shown.slice(0, column - 1 - from).replace(/[^\t]/g, " ");
  const caret = "^".repeat(Math.max(1, Math.min(width, lineCharsMax - indent.length, line.length - column + 1)));
  const gutter = `${number}`.padStart(5);
  return `${head}\n${gutter} | ${shown}\n      | ${indent}${caret} ${adviceOf(problem)}\n`;
}

function adviceOf(problem: ConfigProblem): string {
  const wanted = problem.expected === "" ? [] : [`expected ${problem.expected}`];
  const meant = problem.nearest === undefined ? [] : [`did you mean ${problem.nearest}?`];
  return [...wanted, ...meant].join("; ");
}
