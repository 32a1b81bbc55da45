/** `muster check FILE`: every mistake in a configuration and in the zone files that it names, at once. */
import { counted } from "../../base/listed.ts";
import type { Config } from "../../core/model.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import { formatProblems } from "../../config/problem.ts";
import { faultText, type ZoneFault } from "../../dns/zone-file/fault.ts";
import { type ConfigFailure, readConfigFile } from "../../io/config-file.ts";
import { judgePlacement } from "../../io/placement.ts";
import { checkZoneFile } from "../check-zone-file.ts";
import { jsonOption } from "../connect.ts";
import { type AddCommand, writeJson } from "../context.ts";
import { exitCode } from "../exit-codes.ts";
import type { CliIo } from "../io.ts";
import { clean } from "../text.ts";

export const addCheckCommand: AddCommand = (program, { io, finish }) => {
  program
    .command("check")
    .summary("check a configuration and its zone files")
    .description(
      "Checks a configuration and the zone files that it names, and shows every mistake at once, with its place. Nothing is started.",
    )
    .argument("<file>", "the configuration")
    .addOption(jsonOption())
    .addHelpText(
      "after",
      "\nExits with 1 when there are mistakes, with 2 when there is no such file; warnings alone do not count.\n\nExamples:\n  muster check muster.yaml",
    )
    .action(async (file, { json }) => {
      // The text holds secrets, perhaps, and stays out of the report.
      const { isFile, text, ...report } = await checkFile(file);
      if (json === true) writeJson(io, report);
      else if (isFile) tellReport(io, report, text);
      else io.err(formatProblems(report.problems, text));
      if (!report.ok) finish(isFile ? exitCode.no : exitCode.usage);
    });
};

interface Report {
  readonly ok: boolean;
  readonly file: string;
  readonly problems: readonly ConfigProblem[];
  readonly warnings: readonly ConfigProblem[];
  readonly zoneFaults: readonly ZoneFault[];
  /** What speaks against running muster on this machine. */
  readonly placement: readonly string[];
  readonly zones: number;
  readonly pools: number;
  readonly members: number;
}

/** A report, and what it is about. */
type Checked = Report & Pick<ConfigFailure, "isFile" | "text">;

async function checkFile(file: string): Promise<Checked> {
  const read = await readConfigFile(file);
  if (!read.ok) return { ...tellMistakes(read.error), file };
  const { config, warnings, text } = read.value;
  const zoneFaults = checkZoneFiles(config);
  return {
    ok: zoneFaults.every((fault) => fault.severity === "warning"),
    file,
    problems: [],
    warnings,
    zoneFaults,
    placement: describePlacement(config),
    text,
    isFile: true,
    zones: config.zones.length,
    pools: config.pools.length,
    members: config.pools.reduce((sum, pool) => sum + pool.members.length, 0),
  };
}

/** Of the zones that could be read, the files count as well. */
function tellMistakes({ isFile, problems, text, zones, pools }: ConfigFailure): Omit<Checked, "file"> {
  const zoneFaults = checkZoneFiles({ zones, pools });
  return { ok: false, problems, text, isFile, zoneFaults, warnings: [], placement: [], zones: 0, pools: 0, members: 0 };
}

function checkZoneFiles({ zones, pools }: Pick<Config, "zones" | "pools">): readonly ZoneFault[] {
  return zones.flatMap((zone) => checkZoneFile(zone, pools));
}

/** Where it is checked need not be where it will run, so this is never a mistake. */
function describePlacement(config: Config): readonly string[] {
  const sentences = judgePlacement(config).map(({ sentence }) => sentence);
  const refusal = "placement: enforce would refuse to start on this machine";
  return config.placement === "enforce" && sentences.length > 0 ? [...sentences, refusal] : sentences;
}

function tellReport(io: CliIo, report: Report, text: string): void {
  const { ok, file, placement, problems, warnings, zoneFaults, zones, pools, members } = report;
  if (problems.length > 0) io.out(`${formatProblems(problems, text)}\n`);
  if (warnings.length > 0) io.out(`${formatProblems(warnings, text, "warning")}\n`);
  for (const fault of zoneFaults) io.out(`${clean(faultText(fault))}\n`);
  for (const sentence of placement) io.out(`warning: ${clean(sentence)}\n`);
  const errors = problems.length + zoneFaults.filter((fault) => fault.severity === "error").length;
  const found = [counted(zones, "zone"), counted(pools, "pool"), counted(members, "member")];
  if (ok) io.out(`${file}: good: ${found.join(", ")}\n`);
  else io.out(`${file}: ${counted(errors, "mistake")}\n`);
}
