/** Each rule of the house catches its own violation, and lets its neighbours pass. */
import { expect, test } from "vitest";
import { checkCycles, checkDirections } from "./import-rules.ts";
import { roomOf } from "./rooms.ts";
import { checkShape } from "./shape-rules.ts";
import { type Finding, parseSource } from "./source.ts";
import { checkLinks, checkNamedPaths, checkWords } from "./text-rules.ts";

const rules = (findings: readonly Finding[]): string[] => findings.filter(({ note }) => !note).map(({ rule }) => rule);

test.each([
  ["src/dns/name.ts", "src/dns"],
  ["src/main.ts", "src"],
  ["web/src/main.tsx", "web"],
  ["vitest.config.ts", undefined],
])("%s is in %s", (path, room) => {
  expect(roomOf(path)?.path).toBe(room);
});

test.each([
  ["src/base/a.ts", `import { x } from "../dns/x.ts";`, ["direction"]],
  ["src/dns/a.ts", `import { x } from "../base/x.ts";`, []],
  ["src/core/a.ts", `export { x } from "../roles/x.ts";`, ["direction"]],
  ["src/roles/a.ts", `import "../../sim/x.ts";`, ["direction"]],
  ["src/core/a.ts", `import { readFile } from "node:fs";`, ["direction"]],
  ["src/core/a.ts", `const fs = await import("node:fs");`, ["direction"]],
  ["src/io/a.ts", `import { readFile } from "node:fs";`, []],
  ["src/io/a.ts", `import { x } from "../api/x.ts";`, ["direction"]],
  ["src/main.ts", `import { x } from "./io/x.ts"; import { y } from "./cli/y.ts";`, []],
  ["web/src/a.ts", `import type { View } from "../../src/core/view.ts";`, []],
  ["web/src/a.ts", `import { type View } from "../../src/core/view.ts";`, []],
  ["web/src/a.ts", `import { View } from "../../src/core/view.ts";`, ["direction"]],
  ["sim/a.ts", `import { x } from "../src/io/x.ts";`, ["direction"]],
  ["src/core/a.ts", `import { x } from "./a.test.ts";`, ["direction"]],
  ["src/core/a.test.ts", `import { x } from "../io/x.ts";`, []],
])("%s: %s", (path, text, found) => {
  expect(rules(checkDirections(parseSource(path, text)))).toEqual(found);
});

test("a circle of imports is told once; types make none", () => {
  const a = parseSource("src/io/a.ts", `import { b } from "./b.ts";`);
  const b = parseSource("src/io/b.ts", `import { c } from "./c.ts";`);
  const c = parseSource("src/io/c.ts", `import { a } from "./a.ts";`);
  expect(checkCycles([a, b, c]).map(({ message }) => message)).toEqual([
    "files import each other: src/io/a.ts -> src/io/b.ts -> src/io/c.ts -> src/io/a.ts",
  ]);
  expect(checkCycles([a, b, parseSource("src/io/c.ts", `import type { A } from "./a.ts";`)])).toEqual([]);
});

const long = (lines: number): string => "\n".repeat(lines - 1);

test.each([
  ["src/core/a.ts", "export const f = () => Date.now();", ["pure"]],
  ["src/core/a.ts", "setTimeout(f, 1);", ["pure"]],
  ["src/core/a.ts", "const x = Math.random();", ["pure"]],
  ["src/core/a.ts", "const x = Math.max(1, 2);", []],
  ["src/core/a.ts", "process.exit();", ["pure"]],
  ["src/core/a.ts", "const x = { process: 1 }; x.process;", []],
  ["src/core/a.ts", "const x = Buffer.from('');", ["pure"]],
  ["src/core/a.test.ts", "console.log(Date.now());", []],
  ["src/io/a.ts", "console.log(Date.now());", []],
  ["src/io/a.ts", "export enum Colour { Red }", ["enum"]],
  ["src/io/a.ts", "export default 1;", ["default-export"]],
  ["web/vite.config.ts", "export default {};", []],
  ["src/io/a.ts", `function f() {${long(70)}}`, []],
  ["src/io/a.ts", `function f() {${long(71)}}`, ["function-size"]],
  ["src/io/a.ts", `const f = () => {${long(71)}};`, ["function-size"]],
  ["src/io/a.test.ts", `test("x", () => {${long(71)}});`, []],
  ["src/io/a.ts", "function f(a, b, c, d, e, g) {}", ["arguments"]],
  ["src/io/a.ts", `const a = 1;${long(600)}const b = 2;`, []],
  ["src/io/a.ts", `const a = 1;${long(601)}const b = 2;`, ["file-size"]],
])("%s: %j", (path, text, found) => {
  expect(rules(checkShape(parseSource(path, text)))).toEqual(found);
});

test("a file over 300 lines and a fourth argument are noted", () => {
  const source = parseSource("src/io/a.ts", `function f(a, b, c, d) {}${long(301)}const x = 1;`);
  expect(checkShape(source)).toEqual([
    expect.objectContaining({ rule: "file-size", note: true }),
    expect.objectContaining({ rule: "arguments", note: true }),
  ]);
});

test.each([
  `// ${"TO"}DO: later`,
  `// ${"FIX"}ME`,
  `// ${"@ts"}-ignore`,
  `// ${"biome"}-ignore lint: no`,
  `test.${"only"}("x", () => {});`,
  `test.${"sk"}ip("x", () => {});`,
  `const path = "/${"wo"}rk/main/src";`,
  `see /${"ho"}me/somebody/muster`,
  `https://${"reg"}istry.npmjs.org/muster`,
])("%s is never written", (text) => {
  expect(rules(checkWords({ path: "src/io/a.ts", text }))).toEqual(["words"]);
});

test("words that only look alike are fine", () => {
  const text = "limits.skip(3); // iterator; a todo list; only(x); src/work/main; the registry of IANA";
  expect(checkWords({ path: "src/io/a.ts", text })).toEqual([]);
});

test("links and named paths must lead somewhere", () => {
  const exists = (path: string): boolean => ["docs/cli.md", "src/core"].includes(path);
  const page = (text: string) => ({ path: "docs/api.md", text });
  const links = page("[a](cli.md#x) [b](none.md) [c](https://example.org) [d](#here) [e](../docs/cli.md)");
  expect(checkLinks(links, exists).map(({ message }) => message)).toEqual(["none.md does not exist"]);
  const named = page("`src/core` and `src/nowhere/` and `npm test`");
  expect(checkNamedPaths(named, exists).map(({ message }) => message)).toEqual(["src/nowhere does not exist"]);
});
