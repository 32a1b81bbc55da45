/** Configurations in docs/publishing.md are copied as they are: the programs that they are for must accept them. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { ok } from "../../src/base/result.ts";
import { loadConfig } from "../../src/config/load.ts";
import { formatProblems } from "../../src/config/problem.ts";
import { machineSources } from "../../src/io/config-file.ts";

const folder = mkdtempSync(join(tmpdir(), "muster-manual-"));
afterAll(() => rmSync(folder, { recursive: true }));

const manual = readFileSync(new URL("../../docs/publishing.md", import.meta.url), "utf8");
const secret = "c2VjcmV0IG9mIDMyIG9jdGV0cyBhdCB0aGUgbGVhc3Q=";

/** Each block of the kind, under the heading or name that stands before it. */
function blocksOf(kind: string): readonly (readonly [string, string])[] {
  return [...manual.matchAll(new RegExp(`^\`\`\`${kind}\n([^]*?)^\`\`\`$`, "gm"))].map(({ 1: text = "", index }) => {
    const heading =
      manual
        .slice(0, index)
        .match(/^## .*$/gm)
        ?.at(-1) ?? "";
    return [heading, text] as const;
  });
}

/** Throws with what the program says when it does not accept the file. */
function check(program: string, text: string, words: (file: string) => readonly string[]): void {
  const file = join(folder, `${program}.conf`);
  writeFileSync(file, text);
  execFileSync(program, words(file), { stdio: "pipe", cwd: folder });
}

test.each(blocksOf("yaml"))("%s: muster loads it without a warning", (_heading, text) => {
  const sources = machineSources(join(folder, "muster.yaml"));
  const loaded = loadConfig(text, { ...sources, readSecretFile: () => ok(secret), isReadableByAll: () => false });
  const problems = loaded.ok ? loaded.value.warnings : loaded.error.problems;
  expect(formatProblems(problems, text)).toBe("");
});

test.each(blocksOf("named\\.conf"))("%s: named-checkconf accepts it", (_heading, text) => {
  check("named-checkconf", text, (file) => [file]);
});

test.each(blocksOf("knot\\.conf"))("%s: knotc accepts it", (_heading, text) => {
  check("knotc", text, (file) => ["-c", file, "conf-check"]);
});

test.each(blocksOf("nsd\\.conf"))("%s: nsd-checkconf accepts it", (_heading, text) => {
  check("nsd-checkconf", text, (file) => [file]);
});

test("every kind of server is there", () => {
  for (const kind of ["yaml", "named\\.conf", "knot\\.conf", "nsd\\.conf", "pdns\\.conf"])
    expect(blocksOf(kind)).not.toEqual([]);
});
