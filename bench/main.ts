/**
 * `npm run bench -- NAME`: runs one benchmark, muster and its peers side by side, and prints what was measured, with
 * what settings, on what machine. Whatever way it ends, nothing that it started stays behind.
 */
import { parseArgs } from "node:util";
import { benches } from "./list.ts";
import { machineLines, readCpuTime } from "./parts/machine.ts";
import { cleanUp } from "./parts/processes.ts";
import { createReport, sectionLines } from "./parts/report.ts";
import { saveSection } from "./parts/results.ts";
import { type Bench, type Options, type Subject, subjects } from "./parts/types.ts";

const help = `usage: npm run bench -- NAME [options]

  --runs N          runs or trials of each case
  --subjects A,B    only these: ${subjects.join(", ")}
  --cases A,B       only cases whose name contains one of these
  --seconds N       length of one measurement
  --quick           short and few: shows that everything works, proves no figure
  --json            the last line is one JSON object with all rows
  --markdown        also writes the section of bench/RESULTS.md

Benchmarks:
${benches.map((it) => `  ${it.name.padEnd(8)} ${it.about}`).join("\n")}
`;

const flags = {
  runs: { type: "string" },
  subjects: { type: "string" },
  cases: { type: "string" },
  seconds: { type: "string" },
  quick: { type: "boolean", default: false },
  json: { type: "boolean", default: false },
  markdown: { type: "boolean", default: false },
  help: { type: "boolean", default: false },
} as const;

function readArguments() {
  return parseArgs({ options: flags, allowPositionals: true });
}

function readOptions(values: ReturnType<typeof readArguments>["values"], signal: AbortSignal): Options {
  const named = values.subjects?.split(",") ?? null;
  const unknown = named?.filter((it) => !isSubject(it)) ?? [];
  if (unknown.length > 0) throw new Error(`no subject ${unknown.join(", ")}; there are ${subjects.join(", ")}`);
  return {
    runs: readCount("--runs", values.runs),
    subjects: named === null ? null : new Set(named.filter(isSubject)),
    cases: values.cases?.split(",") ?? null,
    quick: values.quick,
    seconds: readCount("--seconds", values.seconds),
    signal,
  };
}

function isSubject(text: string): text is Subject {
  return (subjects as readonly string[]).includes(text);
}

function readCount(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Error(`${name} wants a whole number from 1 on, not ${text}`);
  return value;
}

async function runBench(bench: Bench, options: Options, show: { json: boolean; markdown: boolean }): Promise<void> {
  const book = createReport((text) => console.error(text));
  const begun = await readCpuTime();
  await bench.run(options, book.report);
  const result = book.collected();
  const machine = await machineLines(begun);
  const lines = [...sectionLines(bench, result), "", "Measured on:", "", ...machine];
  console.log(lines.join("\n"));
  if (show.markdown) await saveSection(bench.name, lines);
  if (show.json) console.log(JSON.stringify({ bench: bench.name, rows: result.rows }));
}

async function main(): Promise<number> {
  const { values, positionals } = readArguments();
  const bench = benches.find((it) => it.name === positionals[0]);
  if (values.help || bench === undefined) {
    console.log(help);
    return positionals.length === 0 || values.help ? 0 : 2;
  }
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stop.abort();
      void cleanUp().finally(() => process.exit(130));
    });
  }
  await runBench(bench, readOptions(values, stop.signal), values);
  return 0;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  await cleanUp();
}
