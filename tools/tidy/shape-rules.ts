/** The shape of the code: sizes, exports, enums, and the globals that a pure room must not touch. */
import { isTest } from "./import-rules.ts";
import { roomOf } from "./rooms.ts";
import { type Finding, isNode, lineAt, type Node, type Source, walk } from "./source.ts";

const functionLinesMax = 70;
const fileLinesMax = 600;
const fileLinesAsked = 300;
const argumentsAsked = 3;
const argumentsMax = 5;

const impure = new Set([
  "Date",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "process",
  "performance",
  "console",
  "Buffer",
  "fetch",
]);
const functions = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);

type Add = (rule: string, message: string, note?: boolean) => void;

export function checkShape(source: Source): Finding[] {
  const findings: Finding[] = [...checkFileSize(source)];
  const pure = (roomOf(source.path)?.pure ?? false) && !isTest(source.path);
  walk(source.program, (node, parent) => {
    const add: Add = (rule, message, note = false) => {
      const finding = { path: source.path, line: lineAt(source.text, node.start), rule, message };
      findings.push(note ? { ...finding, note: true } : finding);
    };
    if (functions.has(node.type)) checkFunction(source, node, add);
    if (node.type === "TSEnumDeclaration") add("enum", "a union of literals says the same without code");
    if (node.type === "ExportDefaultDeclaration" && !source.path.endsWith(".config.ts"))
      add("default-export", "exports have names");
    const global = pure ? impureGlobal(node, parent) : null;
    if (global !== null) add("pure", `${global} belongs in src/io; pass what it gives as an argument`);
  });
  return findings;
}

function checkFileSize({ path, text }: Source): Finding[] {
  const lines = text.trimEnd().split("\n").length;
  const finding = { path, line: lines, rule: "file-size", message: `${lines} lines` };
  if (lines > fileLinesMax) return [{ ...finding, message: `${lines} lines; the limit is ${fileLinesMax}` }];
  return lines > fileLinesAsked ? [{ ...finding, note: true }] : [];
}

/** Test files put whole stories into `describe` callbacks; those are lists, not functions. */
function checkFunction(source: Source, node: Node, add: Add): void {
  if (isTest(source.path)) return;
  const lines = lineAt(source.text, node.end) - lineAt(source.text, node.start) + 1;
  if (lines > functionLinesMax) add("function-size", `${lines} lines; the limit is ${functionLinesMax}`);
  const parameters = Array.isArray(node["params"]) ? node["params"].length : 0;
  const message = `${parameters} arguments; beyond ${argumentsAsked} they need names, in one object`;
  if (parameters > argumentsAsked) add("arguments", message, parameters <= argumentsMax);
}

/** The name of a global of the world outside, where the node uses one. */
function impureGlobal(node: Node, parent: Node | null): string | null {
  if (node.type === "MemberExpression" && isNamed(node["object"], "Math") && isNamed(node["property"], "random"))
    return "Math.random";
  if (node.type !== "Identifier" || typeof node["name"] !== "string" || !impure.has(node["name"])) return null;
  return isKey(node, parent) ? null : node["name"];
}

function isNamed(value: unknown, name: string): boolean {
  return isNode(value) && value.type === "Identifier" && value["name"] === name;
}

/** `x.process`, `{ process: 1 }` and the like name a property, not the global. */
function isKey(node: Node, parent: Node | null): boolean {
  if (parent === null) return false;
  if (parent.type === "MemberExpression") return parent["property"] === node && parent["computed"] !== true;
  return parent["key"] === node && parent["computed"] !== true && parent["shorthand"] !== true;
}
