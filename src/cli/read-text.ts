import { readFile } from "node:fs/promises";
import { whyUnreadable } from "../io/why-unreadable.ts";
import { CliError, exitCode } from "./exit-codes.ts";

/** A file that somebody named on the command line. */
export async function readTextFile(file: string): Promise<string> {
  return readFile(file, "utf8").catch((error: unknown) => {
    throw new CliError(exitCode.usage, `${file} cannot be read: ${whyUnreadable(error)}`);
  });
}
