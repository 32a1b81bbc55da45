/**
 * `node tools/tidy.ts`: the rules of the house that no other tool knows. Prints one line a finding and fails when
 * there is one; notes are only told. Looks at every file that git knows or would take.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { checkCycles, checkDirections } from "./tidy/import-rules.ts";
import { checkShape } from "./tidy/shape-rules.ts";
import { type Finding, parseSource } from "./tidy/source.ts";
import { checkLinks, checkNamedPaths, checkWords, type Page } from "./tidy/text-rules.ts";

const root = join(import.meta.dirname, "..");
const texts = /\.(ts|tsx|md|json|ya?ml|sh|css|html|txt)$|^\.ci\//;
/** Pages that promise where things are. */
const promises = new Set(["ARCHITECTURE.md", "CONTRIBUTING.md", "README.md"]);

function listFiles(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "-z"];
  const paths = execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0");
  return paths.filter((path) => path !== "" && existsSync(join(root, path)));
}

/** Every file, and every folder that holds one: what a clone has, whatever else lies about here. */
function withFolders(files: readonly string[]): Set<string> {
  const all = new Set(files);
  for (const file of files)
    for (let folder = posix.dirname(file); folder !== "."; folder = posix.dirname(folder)) all.add(folder);
  return all;
}

function checkFiles(files: readonly string[]): Finding[] {
  const pages: Page[] = files
    .filter((path) => texts.test(path) && path !== "package-lock.json")
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
  const all = withFolders(files);
  const exists = (path: string): boolean => all.has(path.replace(/\/$/, ""));
  const sources = pages.filter(({ path }) => /\.tsx?$/.test(path)).map(({ path, text }) => parseSource(path, text));
  return [
    ...sources.flatMap(checkDirections),
    ...checkCycles(sources),
    ...sources.flatMap(checkShape),
    ...pages.flatMap(checkWords),
    ...pages.filter(({ path }) => path.endsWith(".md")).flatMap((page) => checkLinks(page, exists)),
    ...pages.filter(({ path }) => promises.has(path)).flatMap((page) => checkNamedPaths(page, exists)),
  ];
}

const findings = checkFiles(listFiles());
for (const { path, line, rule, message, note } of findings)
  console.log(`${note ? "note: " : ""}${path}:${line} ${rule}: ${message}`);
process.exitCode = findings.some((finding) => !finding.note) ? 1 : 0;
