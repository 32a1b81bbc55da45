/**
 * `runCli`: from arguments to an exit status. Commands throw; here, in one place, what they threw becomes one
 * sentence and a status. Only a bug shows its stack.
 */
import { Command, CommanderError } from "@commander-js/extra-typings";
import { ClientError } from "../api/client-error.ts";
import { commands } from "./commands/list.ts";
import type { CliContext, CliDeps } from "./context.ts";
import { CliError, type ExitCode, exitCode, exitCodeHelp } from "./exit-codes.ts";
import { type CliIo, processIo } from "./io.ts";
import { clean } from "./text.ts";

/** `args` without the program's own name. Resolves to the exit status; never rejects. */
export async function runCli(args: readonly string[], deps: CliDeps): Promise<number> {
  const io = deps.io ?? processIo();
  let code: ExitCode = exitCode.done;
  const finish = (wanted: ExitCode): void => {
    code = wanted;
  };
  try {
    refuseEmpty(args);
    const program = await createProgram({ io, deps, finish }, args[0]);
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (thrown) {
    return tell(io, thrown);
  }
}

/** As of a variable that a script has not set. */
function refuseEmpty(args: readonly string[]): void {
  const at = args.indexOf("");
  if (at < 0) return;
  const after = at === 0 ? "the first one" : `the one after ${args[at - 1]}`;
  throw new CliError(exitCode.usage, `An argument is empty, ${after}: write what is meant, or leave it out.`);
}

/** With the one command that is named first; with all for help, a misspelt one, or none. */
async function createProgram(context: CliContext, named: string | undefined): Promise<Command> {
  const { io, deps } = context;
  const program = new Command("muster");
  program
    .description("Checks servers, decides who answers for a name, and serves the DNS that says so.")
    .version(deps.version, "-V, --version")
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => write(text.replace(/^error: /, "muster: ")),
      getOutHelpWidth: () => io.screen?.columns() ?? 100,
      getErrHelpWidth: () => 100,
      getOutHasColors: () => io.colour,
    })
    .addHelpText("after", `${exitCodeHelp}\n\n\`muster COMMAND --help\` shows options and examples.`);
  const wanted = commands.filter(({ name }) => name === named);
  for (const { load } of wanted.length > 0 ? wanted : commands) (await load())(program, context);
  return program;
}

function tell(io: CliIo, thrown: unknown): ExitCode {
  // Commander has already written its sentence, or the help that was asked for.
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? exitCode.done : exitCode.usage;
  const known = sentenceOf(thrown);
  if (known === null) {
    const stack = thrown instanceof Error ? thrown.stack : String(thrown);
    io.err(`muster: this is a bug in muster; please report it with these lines:\n${stack}\n`);
    return exitCode.bug;
  }
  io.err(`muster: ${clean(known.message)}\n`);
  for (const detail of known.details) io.err(`  ${detail.split("\n").map(clean).join("\n  ")}\n`);
  return known.exit;
}

interface Told {
  readonly exit: ExitCode;
  readonly message: string;
  readonly details: readonly string[];
}

/** Null: not foreseen, a bug. */
function sentenceOf(thrown: unknown): Told | null {
  if (thrown instanceof CliError) return thrown;
  if (thrown instanceof ClientError) {
    // The nearest word is already part of the sentence.
    const details = thrown.code === "name_unknown" ? [] : thrown.details;
    return { exit: exitOf(thrown), message: thrown.message, details };
  }
  // Classes for an environment that fails carry a stable code (the system's own calls do, too).
  if (thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" && !thrown.code.startsWith("ERR_"))
    return { exit: exitCode.environment, message: thrown.message, details: [] };
  return null;
}

function exitOf({ kind, code }: ClientError): ExitCode {
  if (kind !== "refused") return exitCode.unreachable;
  return code === "name_unknown" || code === "bad_request" ? exitCode.usage : exitCode.refused;
}
