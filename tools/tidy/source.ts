/** A source file as the rules see it: its text, its imports, and every node of its syntax tree. */
import { posix } from "node:path";
import { parseSync } from "vite";

/** A node of the ESTree that the parser returns, as far as the rules look at it. */
export interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

export interface Import {
  /** As written. */
  readonly specifier: string;
  /** Path within the project; null for packages. */
  readonly path: string | null;
  readonly typeOnly: boolean;
  readonly start: number;
}

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Node;
  readonly imports: readonly Import[];
}

export interface Finding {
  readonly path: string;
  readonly line: number;
  readonly rule: string;
  readonly message: string;
  /** A note is told and does not fail the check. */
  readonly note?: true;
}

export function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && "type" in value && typeof value.type === "string";
}

/** Calls `visit` for every node, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent);
  for (const value of Object.values(node)) {
    const children: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const child of children) if (isNode(child)) walk(child, visit, node);
  }
}

export function parseSource(path: string, text: string): Source {
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]?.message}`);
  const root = program as unknown as Node;
  return { path, text, program: root, imports: importsOf(path, root) };
}

export function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

const importing = new Set(["ImportDeclaration", "ExportNamedDeclaration", "ExportAllDeclaration", "ImportExpression"]);

function importsOf(path: string, program: Node): Import[] {
  const found: Import[] = [];
  walk(program, (node) => {
    const source = importing.has(node.type) ? node["source"] : null;
    if (!isNode(source) || typeof source["value"] !== "string") return;
    const specifier = source["value"];
    found.push({ specifier, path: resolvePath(path, specifier), typeOnly: isTypeOnly(node), start: node.start });
  });
  return found;
}

function resolvePath(from: string, specifier: string): string | null {
  return specifier.startsWith(".") ? posix.join(posix.dirname(from), specifier) : null;
}

/** `import type ...`, and an import of which every name is marked `type`. */
function isTypeOnly(node: Node): boolean {
  if (node["importKind"] === "type" || node["exportKind"] === "type") return true;
  const names = node["specifiers"];
  if (!Array.isArray(names) || names.length === 0) return false;
  return names.every((name) => isNode(name) && name["importKind"] === "type");
}
