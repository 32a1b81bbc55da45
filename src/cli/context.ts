/** What every command is made from: the terminal, what only the whole program can do, and a way to end. */
import type { Command } from "@commander-js/extra-typings";
import type { ConfigFile } from "../io/config-file.ts";
import type { ExitCode } from "./exit-codes.ts";
import type { CliIo } from "./io.ts";

/** Null: it has mistakes, which were told. */
export type ReadConfig = () => Promise<ConfigFile | null>;

export interface CliDeps {
  readonly version: string;
  /** Runs the controller until it is told to stop. Rejects when it cannot begin. */
  readonly serve: (readConfig: ReadConfig) => Promise<void>;
  /** Absent: the process's own terminal. */
  readonly io?: CliIo;
}

export interface CliContext {
  readonly io: CliIo;
  readonly deps: CliDeps;
  /** What the program will exit with. */
  readonly finish: (code: ExitCode) => void;
}

/** One file in `commands/` exports one of these: it adds its command to the program. */
export type AddCommand = (program: Command, context: CliContext) => void;

export function writeJson(io: CliIo, value: unknown): void {
  io.out(`${JSON.stringify(value, null, 2)}\n`);
}
