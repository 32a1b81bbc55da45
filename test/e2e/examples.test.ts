/**
 * The examples of the project, as a user would load them: each loads without a warning, says at its top what it shows,
 * and none of its mutations can make the loader throw. The manual is compared with the schema's keys.
 */
import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { loadConfig } from "../../src/config/load.ts";
import { type ConfigProblem, formatProblems } from "../../src/config/problem.ts";
import { jsonSchema } from "../../src/config/schema.ts";
import { machineSources, readConfigFile } from "../../src/io/config-file.ts";
import { fakeSources } from "../fakes/config-sources.ts";

const folder = new URL("../../examples/", import.meta.url).pathname;
const examples = readdirSync(folder).filter((name) => name.endsWith(".yaml"));
const textOf = (name: string): string => readFileSync(folder + name, "utf8");

test.each(examples)("%s loads without a warning and says how to try it", (name) => {
  const text = textOf(name);
  const token = "0123456789abcdef-example";
  const secret = "bXVzdGVyLXNlY3JldC1leGFtcGxl";
  const env = (variable: string): string => (variable === "MUSTER_TOKEN" ? token : secret);
  const loaded = loadConfig(text, { ...machineSources(folder + name), env });
  expect(loaded.ok ? loaded.value.warnings : formatProblems(loaded.error.problems, text)).toEqual([]);
  expect(text).toMatch(/^# .+\n(# .*\n)*# Try it: /m);
  expect(JSON.stringify(loaded)).not.toContain(token);
  expect(JSON.stringify(loaded)).not.toContain(secret);
});

test("the shortest useful file has ten lines at most", () => {
  expect(textOf("minimal.yaml").trimEnd().split("\n").length).toBeLessThanOrEqual(10);
});

test("a file from disk: paths come back absolute", async () => {
  const read = await readConfigFile(`${folder}demo.yaml`);
  expect(read.ok && read.value.config.zones[1]?.file).toBe(`${folder}demo-static.zone`);
});

test.each([
  ["nowhere.yaml", "cannot be read: there is no such file"],
  ["", "is a folder, not a file"],
])("what is no readable file: %j", async (name, sentence) => {
  const read = await readConfigFile(folder + name);
  expect(read.ok ? "" : read.error.problems[0]?.sentence).toContain(sentence);
});

/** Cuts, repeats, swaps and writes signs with a meaning in YAML, anywhere in an example. */
const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  cut: fc.nat(40),
  insert: fc.oneof(
    fc.constantFrom(
      "\t",
      "\n",
      ": ",
      "- ",
      "[",
      "]",
      "{",
      "}",
      '"',
      "'",
      "&a ",
      "*a",
      "!t ",
      "|\n",
      "~",
      "1e999",
      "# ",
      "? ",
      "<<: ",
      "\r",
      "\u2028",
      "é",
    ),
    fc.string({ unit: "binary", maxLength: 8 }),
    fc.constantFrom(
      "zones",
      "members",
      "check",
      "http",
      "null",
      ".nan",
      "-1",
      "0x10",
      "true",
      "__proto__",
      "constructor",
    ),
  ),
});

function mutate(text: string, edits: readonly { at: number; cut: number; insert: string }[]): string {
  return edits.reduce((before, { at, cut, insert }) => {
    const offset = Math.floor(at * before.length);
    return before.slice(0, offset) + insert + before.slice(offset + cut);
  }, text);
}

function isPlaced({ line, column, width, sentence }: ConfigProblem, lines: readonly string[]): boolean {
  const text = lines[line - 1];
  if (text === undefined || column < 1 || width < 1 || sentence === "") return false;
  return column <= text.length + 2;
}

test("mutated examples give a configuration, or problems with places in the text", () => {
  fc.assert(
    fc.property(fc.constantFrom(...examples), fc.array(edit, { minLength: 1, maxLength: 6 }), (name, edits) => {
      const text = mutate(textOf(name), edits);
      const loaded = loadConfig(text, fakeSources);
      const problems = loaded.ok ? loaded.value.warnings : loaded.error.problems;
      expect(loaded.ok || problems.length > 0).toBe(true);
      const lines = text.split("\n");
      for (const problem of problems) expect([problem, isPlaced(problem, lines)]).toEqual([problem, true]);
      expect(formatProblems(problems, text)).toBeTypeOf("string");
    }),
    { numRuns: 1_500 },
  );
});

/** Every key that the schema knows, wherever it lies. */
function keysOf(schema: unknown): string[] {
  if (typeof schema !== "object" || schema === null) return [];
  const { properties = {} } = schema as { properties?: object };
  const own = Array.isArray(schema) ? [] : Object.keys(properties);
  return [...own, ...Object.values(schema).flatMap(keysOf), ...Object.values(properties).flatMap(keysOf)];
}

test("the manual names every key of the schema", () => {
  const read = (page: string): string => readFileSync(new URL(`../../docs/${page}`, import.meta.url), "utf8");
  const manual = ["configuration.md", "agents.md", "diagnosis.md"].map(read).join("\n");
  const keys = [...new Set(keysOf(jsonSchema()))];
  expect(keys).toContain("fresh-every");
  expect(keys.filter((key) => !manual.includes(`\`${key}\``) && !manual.includes(`\`${key}: `))).toEqual([]);
});
