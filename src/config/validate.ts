/**
 * Runs a zod schema over a value and turns its issues into findings. To show every mistake at once, the parts that
 * failed are cut out and the rest is tried again: what then passes is used for the judgements that need several
 * values, never for a configuration, since a finding already refuses the file.
 */
import type { z } from "zod";
import type { Findings } from "./findings.ts";
import { decodeHint, type Hint, isEmpty } from "./hint.ts";
import { findNearest } from "../base/nearest.ts";
import type { Path } from "./problem.ts";

type Issue = z.core.$ZodIssue;

export interface Part {
  readonly value: unknown;
  readonly path: Path;
}

/** Rounds of cutting out: each removes at least one part, and what is left after a few is not worth judging. */
const roundsMax = 5;

/** The schema's output, or null when nothing usable is left. */
export function validate<S extends z.ZodType>(findings: Findings, schema: S, part: Part): z.output<S> | null {
  let value = part.value;
  for (let round = 0; round < roundsMax; round++) {
    const result = schema.safeParse(value);
    if (result.success) return result.data;
    const issues = result.error.issues.flatMap((issue) => expandIssue(issue, []));
    // Later rounds would tell about gaps that the cutting itself made.
    if (round === 0) for (const issue of issues) report(findings, issue, part);
    if (issues.some(({ path, keys }) => path.length === 0 && keys.length === 0)) return null;
    value = issues.reduce((rest, issue) => cutOut(rest, issue), value);
    if (value === undefined) return null;
  }
  return null;
}

interface Expanded {
  readonly path: Path;
  readonly hint: Hint;
  /** Unknown keys of the map at `path`; empty when the value itself is wrong. */
  readonly keys: readonly string[];
}

function expandIssue(issue: Issue, above: Path): Expanded[] {
  const path = [...above, ...(issue.path as (string | number)[])];
  const hint = decodeHint(issue.message);
  if (issue.code === "unrecognized_keys") return [{ path, hint, keys: issue.keys }];
  if (issue.code !== "invalid_union") return [{ path, hint, keys: [] }];
  // The alternative that has the shape of what was written is the one that was meant.
  const meant = issue.errors.find((issues) => issues.some((inner) => isInside(inner)));
  if (meant !== undefined) return meant.flatMap((inner) => expandIssue(inner, path));
  const hints = issue.errors.flat().flatMap((inner) => expandIssue(inner, path).map((expanded) => expanded.hint));
  return [{ path, hint: { ...mergeHints(hints), expected: hint.expected }, keys: [] }];
}

function isInside(issue: Issue): boolean {
  return issue.path.length > 0 || issue.code === "unrecognized_keys";
}

function mergeHints(hints: readonly Hint[]): Partial<Hint> {
  const helpful =
    hints.find((hint) => hint.nearest !== undefined) ?? hints.find((hint) => hint.complaint !== undefined);
  const { nearest, complaint } = helpful ?? {};
  return { ...(nearest === undefined ? {} : { nearest }), ...(complaint === undefined ? {} : { complaint }) };
}

function report(findings: Findings, { path, hint, keys }: Expanded, part: Part): void {
  const whole = [...part.path, ...path];
  if (keys.length > 0) {
    for (const key of keys) reportUnknownKey(findings, [...whole, key], hint);
    return;
  }
  const found = findings.tree.describe(whole);
  const sentence = sentenceOf({ path: whole, found, hint, given: valueAt(part.value, path) });
  findings.problems.push({ path: whole, at: "value", found, expected: hint.expected, nearest: hint.nearest, sentence });
}

function sentenceOf(what: { path: Path; found: string; hint: Hint; given: unknown }): string {
  const { path, found, hint, given } = what;
  const label = labelOf(path);
  if (given === undefined) return `${label} is missing`;
  if (given === null) return `${label} is empty`;
  if (hint.complaint === isEmpty) return `${label} ${isEmpty}`;
  if (hint.complaint !== undefined) return `${label}: ${found} ${hint.complaint}`;
  return `${label} cannot be ${found}`;
}

/** The last key, with the indexes behind it: `members[2]`. */
function labelOf(path: Path): string {
  const last = path.findLastIndex((part) => typeof part === "string");
  const indexes = path.slice(last + 1).map((index) => `[${index}]`);
  return `${path[last] ?? "the file"}${indexes.join("")}`;
}

export function reportUnknownKey(findings: Findings, path: Path, { what = "this map", words = [] }: Hint): void {
  const key = `${path.at(-1)}`;
  const expected = words.length === 0 ? "" : `one of ${words.join(", ")}`;
  const nearest = findNearest(key, words) ?? undefined;
  const sentence =
    key === "<<"
      ? "merge keys (<<) are not read; give a check a name under checks and use the name"
      : `${JSON.stringify(key)} is not a key of ${what}`;
  findings.problems.push({ path, at: "key", found: JSON.stringify(key), expected, nearest, sentence });
}

function valueAt(value: unknown, path: Path): unknown {
  let here = value;
  for (const part of path) here = isTree(here) ? here[part] : undefined;
  return here;
}

/**
 * The value without the part that failed; in a list the whole list goes, so that no index moves, and where a part is
 * missing, what misses it.
 */
function cutOut(value: unknown, { path, keys }: Pick<Expanded, "path" | "keys">): unknown {
  if (keys.length > 0) return keys.reduce<unknown>((rest, key) => removeAt(rest, [...path, key]), value);
  const list = path.findIndex((part) => typeof part === "number");
  if (list >= 0) return removeAt(value, path.slice(0, list));
  return removeAt(value, valueAt(value, path) === undefined ? path.slice(0, -1) : path);
}

function removeAt(value: unknown, [first, ...rest]: Path): unknown {
  if (first === undefined || !isTree(value)) return undefined;
  const copy: Tree = Object.assign(Object.create(null), value);
  if (rest.length === 0) delete copy[first];
  else if (copy[first] !== undefined) copy[first] = removeAt(copy[first], rest);
  return copy;
}

type Tree = Record<string | number, unknown>;

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null;
}
