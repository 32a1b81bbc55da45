/**
 * `npm run check`: everything that can be said about the code without running it. The steps run side by side; each
 * prints one line when it ends, and its output only when it fails.
 */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "..");
const bin = join(root, "node_modules", ".bin");
/** A step that takes longer than this has hung. */
const stepMsMax = 5 * 60_000;

interface Step {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
}

interface Outcome {
  readonly ok: boolean;
  readonly output: string;
  readonly tookMs: number;
}

function steps(): Step[] {
  const tsc = join(bin, "tsc");
  const list: Step[] = [
    { name: "types", command: tsc, args: ["--project", "tsconfig.json"] },
    { name: "lint", command: join(bin, "oxlint"), args: ["--type-aware", "--deny-warnings"] },
    { name: "format", command: join(bin, "biome"), args: ["format", "."] },
    { name: "dead code", command: join(bin, "knip"), args: ["--no-progress", "--treat-config-hints-as-errors"] },
    { name: "tidy", command: process.execPath, args: [join(root, "tools", "tidy.ts")] },
  ];
  if (existsSync(join(root, "web", "tsconfig.json")))
    list.push({ name: "page types", command: tsc, args: ["--project", "web/tsconfig.json", "--noEmit"] });
  return list;
}

function runStep(step: Step): Promise<Outcome> {
  const startedAt = performance.now();
  return new Promise((resolve) => {
    const child = spawn(step.command, step.args, {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
      timeout: stepMsMax,
    });
    let output = "";
    const finish = (ok: boolean): void => resolve({ ok, output, tookMs: performance.now() - startedAt });
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    child.stderr.on("data", (chunk) => (output += String(chunk)));
    child.on("error", (error) => {
      output += error.message;
      finish(false);
    });
    child.on("close", (code) => finish(code === 0));
  });
}

async function report(step: Step): Promise<boolean> {
  const outcome = await runStep(step);
  const seconds = (outcome.tookMs / 1000).toFixed(1);
  console.log(`${outcome.ok ? "ok    " : "failed"}  ${step.name} (${seconds} s)`);
  if (!outcome.ok) console.log(outcome.output.trimEnd());
  return outcome.ok;
}

const results = await Promise.all(steps().map(report));
process.exitCode = results.every(Boolean) ? 0 : 1;
