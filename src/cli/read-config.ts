/** Reads a configuration for a command; mistakes and warnings go to the terminal, with their lines. */
import { formatProblems } from "../config/problem.ts";
import type { ConfigFile, readConfigFile } from "../io/config-file.ts";
import type { CliContext } from "./context.ts";
import { CliError, exitCode } from "./exit-codes.ts";

/** Null: it has mistakes, which were told, and the program will exit with 1. Throws when there is no such file. */
export async function readConfigOrTell(
  { io, finish }: CliContext,
  file: string,
  readFile: typeof readConfigFile,
): Promise<ConfigFile | null> {
  const read = await readFile(file);
  if (!read.ok) {
    const { isFile, problems, text } = read.error;
    if (!isFile) throw new CliError(exitCode.usage, problems.map(({ sentence }) => sentence).join("; "));
    io.err(`${formatProblems(problems, text)}\n`);
    finish(exitCode.no);
    return null;
  }
  const { warnings, text } = read.value;
  if (warnings.length > 0) io.err(`${formatProblems(warnings, text, "warning")}\n`);
  return read.value;
}
