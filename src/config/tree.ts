/**
 * Text to plain values, with a way back from every value to its place in the text. The YAML library gives nodes with
 * offsets; this walks them once, puts aliases in place, finds keys that are written twice, and keeps within the named
 * limits, so that nothing later meets a bomb. Values are objects without prototype, lists, and scalars.
 */
import { type Alias, type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from "yaml";
import type { Node, Pair, Scalar, YAMLMap, YAMLSeq } from "yaml";
import type { Finding } from "./findings.ts";
import { createLineTable, type LineTable } from "./line-table.ts";
import { aliasesMax, depthMax, valuesMax } from "./limits.ts";
import type { Path } from "./problem.ts";
import { refuseEarly, tooDeep } from "./refuse-early.ts";
import { syntaxFindings } from "./syntax.ts";

export interface Place {
  readonly line: number;
  readonly column: number;
  readonly width: number;
}

export interface Tree {
  /** The values; undefined when the text could not be read at all. */
  readonly value: unknown;
  readonly findings: readonly Finding[];
  /** Where a value stands, or its key; the nearest thing above it when the value is missing. */
  locate(path: Path, at: "key" | "value"): Place;
  /** What stands there, in words fit for a sentence. */
  describe(path: Path): string;
  placeOf(offset: number, end: number): Place;
}

export function readTree(text: string): Tree {
  const lines = createLineTable(text);
  const tooBig = refuseEarly(text);
  if (tooBig !== null) return emptyTree(text, [tooBig]);
  const document = parse(text);
  if (document === null) return emptyTree(text, [tooDeep(0)]);
  const syntax = syntaxFindings(document, text);
  const walk = createWalk(lines);
  const value = syntax.length > 0 ? undefined : convert(walk, document.contents, { path: [], depth: 0 }).value;
  const finder = createFinder(document, walk, { text, lines });
  return { value, findings: [...syntax, ...walk.findings], ...finder };
}

/** Null when the parser ran out of stack, which only absurd nesting does. */
function parse(text: string): Document.Parsed | null {
  try {
    // Keys are compared here, in one pass: the library compares each key with all before it.
    return parseDocument(text, { uniqueKeys: false, prettyErrors: false, logLevel: "error" });
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

function emptyTree(text: string, findings: readonly Finding[]): Tree {
  const lines = createLineTable(text);
  const placeOf = (offset: number, end: number): Place => makePlace({ text, lines }, offset, end);
  return { value: undefined, findings, locate: () => placeOf(0, 1), describe: () => "nothing", placeOf };
}

interface Source {
  readonly text: string;
  readonly lines: LineTable;
}

function makePlace({ text, lines }: Source, offset: number, end: number): Place {
  const at = Math.min(offset, text.length);
  const { line, col } = lines.linePos(at);
  const rest = /^[^\r\n]*/.exec(text.slice(at, Math.max(at + 1, end)))?.[0].trimEnd() ?? "";
  return { line, column: col, width: Math.max(1, rest.length) };
}

interface Walk {
  readonly lines: LineTable;
  readonly findings: Finding[];
  readonly anchors: Map<string, Converted & { node: Node }>;
  readonly targets: Map<Alias, Node>;
  values: number;
  aliases: number;
}

interface Converted {
  readonly value: unknown;
  /** Values in it, itself included: what an alias to it adds. */
  readonly size: number;
}

interface Where {
  readonly path: Path;
  readonly depth: number;
}

function createWalk(lines: LineTable): Walk {
  return { lines, findings: [], anchors: new Map(), targets: new Map(), values: 0, aliases: 0 };
}

const nothing: Converted = { value: null, size: 1 };

function convert(walk: Walk, node: unknown, where: Where): Converted {
  if (isAlias(node)) return convertAlias(walk, node, where);
  if (!isMap(node) && !isSeq(node) && !isScalar(node)) return nothing;
  const before = walk.values;
  walk.values += 1;
  const value = convertValue(walk, node, where);
  const converted = { value, size: walk.values - before };
  if (node.anchor !== undefined) walk.anchors.set(node.anchor, { ...converted, node });
  return converted;
}

function convertValue(walk: Walk, node: YAMLMap | YAMLSeq | Scalar, where: Where): unknown {
  if (isScalar(node)) return node.value;
  if (where.depth >= depthMax) {
    if (!walk.findings.some((finding) => finding.found === "deep nesting"))
      walk.findings.push(tooDeep(node.range?.[0] ?? 0));
    return null;
  }
  return isMap(node) ? convertMap(walk, node, where) : convertList(walk, node, where);
}

function convertList(walk: Walk, node: YAMLSeq, { path, depth }: Where): unknown[] {
  return node.items.map((item, index) => convert(walk, item, { path: [...path, index], depth: depth + 1 }).value);
}

function convertMap(walk: Walk, node: YAMLMap, { path, depth }: Where): Record<string, unknown> {
  const map: Record<string, unknown> = Object.create(null);
  const seen = new Map<string, Pair>();
  for (const pair of node.items) {
    const key = keyText(pair);
    const first = key === null ? undefined : seen.get(key);
    if (key === null) walk.findings.push(notAKey(pair, path));
    else if (key === "__proto__") walk.findings.push(notAWord(pair, [...path, key]));
    else if (first !== undefined) walk.findings.push(writtenTwice(walk, { key, path, pair, first }));
    else {
      seen.set(key, pair);
      map[key] = convert(walk, pair.value, { path: [...path, key], depth: depth + 1 }).value;
    }
  }
  return map;
}

/** The key as it was written: `1.50` and `yes` are words here, not a number and a truth. */
function keyText(pair: Pair): string | null {
  if (!isScalar(pair.key)) return null;
  if (typeof pair.key.value === "string") return pair.key.value;
  return pair.key.source === undefined || pair.key.source === "" ? null : pair.key.source;
}

function offsetOf(node: unknown): number {
  return isMap(node) || isSeq(node) || isScalar(node) || isAlias(node) ? (node.range?.[0] ?? 0) : 0;
}

function notAKey(pair: Pair, path: Path): Finding {
  const sentence = "a key must be a plain word, and this one is empty, a map, a list or an alias";
  return { path, at: "value", offset: offsetOf(pair.key), found: "no word", expected: "a word", sentence };
}

/** Refused by itself: such a key means trouble for every program that later makes an object of it. */
function notAWord(pair: Pair, path: Path): Finding {
  const offset = offsetOf(pair.key);
  const found = '"__proto__"';
  const sentence = `${found} is no key or name here`;
  return { path, at: "key", offset, end: offset + found.length - 2, found, expected: "another key", sentence };
}

function writtenTwice(walk: Walk, twice: { key: string; path: Path; pair: Pair; first: Pair }): Finding {
  const { key, path, pair, first } = twice;
  const { line } = walk.lines.linePos(offsetOf(first.key));
  const offset = offsetOf(pair.key);
  const sentence = `${JSON.stringify(key)} is written twice; the first is in line ${line}`;
  const where = { path: [...path, key], at: "key" as const, offset, end: offset + key.length };
  return { ...where, found: `${JSON.stringify(key)} again`, expected: "each key once", sentence };
}

function convertAlias(walk: Walk, node: Alias, { path }: Where): Converted {
  const target = walk.anchors.get(node.source);
  if (target === undefined) return refuseAlias(walk, node, { path, why: "names no anchor before it" });
  walk.targets.set(node, target.node);
  walk.aliases += 1;
  walk.values += target.size;
  if (walk.aliases > aliasesMax) return refuseAlias(walk, node, { path, why: `is beyond ${aliasesMax} aliases` });
  if (walk.values > valuesMax)
    return refuseAlias(walk, node, { path, why: `makes the file larger than ${valuesMax} values` });
  return target;
}

function refuseAlias(walk: Walk, node: Alias, { path, why }: { path: Path; why: string }): Converted {
  const name = `*${node.source}`;
  const offset = offsetOf(node);
  // One refusal is enough: each further alias of a bomb would repeat it.
  if (!walk.findings.some((finding) => finding.expected === "an alias within the limits"))
    walk.findings.push({
      path,
      at: "value",
      offset,
      end: offset + name.length,
      found: name,
      expected: "an alias within the limits",
      sentence: `the alias ${name} ${why}`,
    });
  return nothing;
}

/** Finds places for paths; keys of each map are indexed once, so a thousand problems in a large map stay cheap. */
function createFinder(
  document: Document.Parsed,
  walk: Walk,
  source: Source,
): Pick<Tree, "locate" | "describe" | "placeOf"> {
  const indexes = new Map<YAMLMap, Map<string, Pair>>();
  const resolve = (node: unknown): unknown => (isAlias(node) ? walk.targets.get(node) : node);
  const indexOf = (map: YAMLMap): Map<string, Pair> => {
    const index = indexes.get(map) ?? indexMap(map);
    indexes.set(map, index);
    return index;
  };
  const placeOf = (offset: number, end: number): Place => makePlace(source, offset, end);
  const follow = (path: Path): { node: unknown; key: unknown; whole: boolean } => {
    let node: unknown = document.contents;
    let key: unknown = null;
    for (const part of path) {
      const parent = resolve(node);
      const pair = isMap(parent) && typeof part === "string" ? indexOf(parent).get(part) : undefined;
      const next = isSeq(parent) && typeof part === "number" ? parent.items[part] : pair?.value;
      if (pair === undefined && next === undefined) return { node, key, whole: false };
      [node, key] = [next, pair?.key ?? next];
    }
    return { node, key, whole: true };
  };
  const locate = (path: Path, at: "key" | "value"): Place => {
    const { node, key, whole } = follow(path);
    const wanted = at === "key" || !whole || offsetless(node) ? (key ?? node) : node;
    const [offset, end] = rangeOf(wanted);
    return placeOf(offset, end);
  };
  const describe = (path: Path): string => {
    const { node, whole } = follow(path);
    return whole ? describeNode(resolve(node)) : "nothing";
  };
  return { locate, describe, placeOf };
}

function indexMap(map: YAMLMap): Map<string, Pair> {
  const index = new Map<string, Pair>();
  for (const pair of map.items) {
    const key = keyText(pair);
    if (key !== null && !index.has(key)) index.set(key, pair);
  }
  return index;
}

/** An empty value has a place of its own right after the colon, where a caret helps nobody. */
function offsetless(node: unknown): boolean {
  return node === null || node === undefined || (isScalar(node) && node.value === null && node.source === "");
}

function rangeOf(node: unknown): readonly [number, number] {
  if (!isMap(node) && !isSeq(node) && !isScalar(node) && !isAlias(node)) return [0, 1];
  const range = node.range;
  return range === null || range === undefined ? [0, 1] : [range[0], range[1]];
}

function describeNode(node: unknown): string {
  if (isMap(node)) return node.items.length === 0 ? "an empty map" : "a map";
  if (isSeq(node)) return node.items.length === 0 ? "an empty list" : "a list";
  if (!isScalar(node) || node.value === null) return "nothing";
  if (typeof node.value !== "string") return node.source ?? "a value";
  return JSON.stringify(node.value.length > 60 ? `${node.value.slice(0, 57)}...` : node.value);
}
