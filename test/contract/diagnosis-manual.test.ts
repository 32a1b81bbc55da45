/** The manual's table of diagnoses is the table that decides. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { diagnosisRules } from "../../src/core/diagnosis.ts";

test("T1 docs/diagnosis.md lists every rule, in order", () => {
  const text = readFileSync(new URL("../../docs/diagnosis.md", import.meta.url), "utf8");
  const rows = text.split("\n").filter((line) => line.startsWith("| `diagnosis/"));
  expect(rows).toEqual(diagnosisRules.map(({ id, name, takes }) => `| \`${id}\` | ${name} | ${takes} |`));
});
