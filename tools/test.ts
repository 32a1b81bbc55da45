/**
 * `npm test [-- vitest arguments]`: runs every suite and ends with one line, `N passed, N failed, N skipped`.
 * Vitest reports files and failures as it goes; this adds the requirements that passing titles prove and the exit
 * code. A file that does not load and an error that nobody caught each count as a failure, and so does a run without
 * any test: green must mean that something was shown.
 */
import { type Reporter, type SerializedError, startVitest, type TestModule, type Vitest, parseCLI } from "vitest/node";
import { requirementsIn, sortRequirements } from "./requirements.ts";

/** A run that takes longer than this has hung. */
const runMsMax = 20 * 60_000;

interface Tally {
  passed: number;
  failed: number;
  skipped: number;
  readonly requirements: Set<string>;
}

/** Tests of the tools prove nothing about muster, whatever their titles hold. */
function proven(module: TestModule, title: string): readonly string[] {
  return module.relativeModuleId.startsWith("tools/") ? [] : requirementsIn(title);
}

function countModule(tally: Tally, module: TestModule): void {
  if (module.errors().length > 0) tally.failed++;
  for (const test of module.children.allTests()) {
    const { state } = test.result();
    if (state === "passed") {
      tally.passed++;
      for (const requirement of proven(module, test.fullName)) tally.requirements.add(requirement);
    } else if (state === "skipped") tally.skipped++;
    else tally.failed++;
  }
  for (const suite of module.children.allSuites()) if (suite.errors().length > 0) tally.failed++;
}

function countModules(tally: Tally, modules: readonly TestModule[]): void {
  for (const module of modules) countModule(tally, module);
}

function tallyReporter(tally: Tally, onInit: (vitest: Vitest) => void): Reporter {
  return {
    onInit,
    onTestRunEnd(modules: readonly TestModule[], unhandled: readonly SerializedError[]) {
      countModules(tally, modules);
      tally.failed += unhandled.length;
    },
  };
}

/** Exits once the summary is written: stdout may be a slow pipe, and a stray handle must not keep the run open. */
function finish(tally: Tally): void {
  const met = sortRequirements(tally.requirements);
  if (met.length > 0) process.stdout.write(`requirements met: ${met.join(" ")}\n`);
  const code = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
  const summary = `${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped\n`;
  process.stdout.write(summary, () => process.exit(code));
}

function endHungRun(tally: Tally, vitest: Vitest | null): void {
  process.stderr.write(`the tests did not end within ${runMsMax / 60_000} minutes\n`);
  if (tally.passed === 0 && vitest !== null) countModules(tally, vitest.state.getTestModules());
  tally.failed++;
  finish(tally);
}

async function main(): Promise<void> {
  const tally: Tally = { passed: 0, failed: 0, skipped: 0, requirements: new Set() };
  let running: Vitest | null = null;
  const { filter, options } = parseCLI(["vitest", "run", ...process.argv.slice(2)]);
  setTimeout(() => endHungRun(tally, running), runMsMax).unref();
  const vitest = await startVitest(filter, {
    ...options,
    watch: false,
    run: true,
    silent: options.silent ?? "passed-only",
    reporters: [["default", { summary: false }], tallyReporter(tally, (started) => (running = started))],
  });
  await vitest.close();
  finish(tally);
}

await main();
