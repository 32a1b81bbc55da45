/** The one shape of `muster watch` and `muster agent`: who may report, and how one that reports gets its certificate. */
import { readFile } from "node:fs/promises";
import type { Command } from "@commander-js/extra-typings";
import type { Config } from "../core/model.ts";
import { readConfigFile } from "../io/config-file.ts";
import { createLog } from "../io/log.ts";
import {
  type Enrolled,
  makeToken,
  openAuthority,
  readToken,
  removeWatcher,
  watchFolder,
} from "../io/watch/authority.ts";
import type { Identity } from "../io/watch/identity.ts";
import { tokenMs } from "../io/watch/limits.ts";
import { WatchRefused } from "../io/watch/link.ts";
import { identityFor, type StayingOptions } from "../io/watch/staying.ts";
import { jsonOption } from "./connect.ts";
import { type CliContext, writeJson } from "./context.ts";
import { CliError, exitCode } from "./exit-codes.ts";
import { readConfigOrTell } from "./read-config.ts";
import { whyUnreadable } from "../io/why-unreadable.ts";

const portDefault = 8054;

export interface Reporter {
  readonly noun: Enrolled;
  /** `watch`, `agent`. */
  readonly verb: string;
  /** The section that names them. */
  readonly section: string;
  readonly namesOf: (config: Config) => readonly string[];
  readonly summary: string;
  /** What it does, as the first half of a sentence. */
  readonly does: string;
}

/** The command with what both need: where the controller is, the token for the first start, and where it is kept. */
export function addReporter(program: Command, context: CliContext, reporter: Reporter) {
  const { does, noun, summary, verb } = reporter;
  const command = program
    .command(verb)
    .summary(summary)
    .description(
      `${does} over mutually authenticated TLS. The first start needs a token, which \`muster ${verb} enrol\` prints on the controller; later ones need none.`,
    )
    .option("--controller <host:port>", `where the controller listens for ${noun}s (port ${portDefault} if left out)`)
    .option("--token-file <path>", "file that holds the token, for the first start; - is the standard input")
    .option("--token <token>", "the token itself; other users of the machine may see it while it is used")
    .option("--folder <path>", "where key and certificate are kept", `muster-${verb}`)
    .addHelpText(
      "after",
      `\nExamples:\n  muster ${verb} --controller muster.example.org:8054 --token-file token --folder /var/lib/muster-${verb}`,
    );
  addEnrolment(command, context, reporter);
  return command;
}

/** `enrol NAME FILE` and `remove NAME FILE`, for the controller's machine. */
function addEnrolment(parent: Pick<Command, "command">, context: CliContext, reporter: Reporter): void {
  const { noun, section } = reporter;
  const one = noun === "agent" ? "an agent" : "a watcher";
  parent
    .command("enrol")
    .summary(`make a token for ${one}`)
    .description(
      `Prints a token with which the ${noun} enrols, once, within an hour. Run it where the controller runs.`,
    )
    .argument("<name>", `the ${noun}'s name, as under ${section} in the configuration`)
    .argument("<file>", "the controller's configuration")
    .addOption(jsonOption())
    .action(async (name, file, { json = false }) => {
      const folder = await folderFor(context, reporter, { name, file });
      if (folder === null) return;
      const token = await makeToken(await openAuthority(folder), { name, noun });
      if (json) return writeJson(context.io, { name, token, expiresInSeconds: tokenMs / 1000 });
      context.io.out(`${token}\n`);
      context.io.err(`The token is for ${name}, works once, and expires in ${tokenMs / 60_000} minutes.\n`);
    });
  parent
    .command("remove")
    .summary(`take back the enrolment of ${one}`)
    .description(`Makes the ${noun}'s certificates and tokens worthless, at once. Run it where the controller runs.`)
    .argument("<name>", `the ${noun}'s name`)
    .argument("<file>", "the controller's configuration")
    .addOption(jsonOption())
    .action(async (name, file, { json = false }) => {
      const folder = await folderFor(context, reporter, { name, file, isAnyName: true });
      if (folder === null) return;
      const removed = await removeWatcher(folder, name);
      if (json) writeJson(context.io, { name, removed });
      else context.io.out(removed ? `${name} may not report any more\n` : `${name} was not enrolled\n`);
      if (!removed) context.finish(exitCode.no);
    });
}

export interface JoinOptions {
  readonly controller?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly folder: string;
}

/** The identity of this machine, got with a token if need be; and what its connection needs. */
export async function join(
  { io }: CliContext,
  options: JoinOptions,
  { isQuiet = false, noun, verb }: Reporter & { readonly isQuiet?: boolean },
): Promise<{ readonly identity: Identity; readonly staying: StayingOptions }> {
  const controller = readAddress(options.controller, noun);
  const text = options.token ?? (await readTokenFile(options.tokenFile));
  const token = text === null ? null : readToken(text);
  if (text !== null && token?.noun !== noun)
    throw new CliError(exitCode.usage, `this is no token as \`muster ${verb} enrol\` prints it`);
  const log = createLog(isQuiet ? "quiet" : io.screen === null ? "json" : "text");
  const staying = { controller, folder: options.folder, token, log, signal: io.interrupted() };
  const identity = await identityFor(staying).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const exit = error instanceof WatchRefused ? exitCode.refused : exitCode.unreachable;
    throw new CliError(exit, `${options.controller} did not enrol this ${noun}: ${why}`);
  });
  if (identity !== null) return { identity, staying };
  const sentence = `there is no certificate in ${options.folder}: start once with --token-file, and a token of \`muster ${verb} enrol\``;
  throw new CliError(exitCode.usage, sentence);
}

function readAddress(text: string | undefined, noun: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text ?? "");
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? portDefault);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new CliError(exitCode.usage, `--controller HOST:PORT says where the controller listens for ${noun}s`);
}

async function readTokenFile(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    return await readFile(path === "-" ? "/dev/stdin" : path, "utf8");
  } catch (error) {
    throw new CliError(exitCode.usage, `the token file cannot be read: ${whyUnreadable(error)}`);
  }
}

/** Where the controller's authority is; null: the configuration has mistakes, which were told. */
async function folderFor(
  context: CliContext,
  { namesOf, noun, section }: Reporter,
  { file, isAnyName = false, name }: { name: string; file: string; isAnyName?: boolean },
): Promise<string | null> {
  const read = await readConfigOrTell(context, file, readConfigFile);
  if (read === null) return null;
  const names = namesOf(read.config);
  const isName = /^[a-z0-9-]{1,40}$/.test(name);
  if (isName && (isAnyName || names.includes(name))) return watchFolder(read.config.state);
  const known = names.length === 0 ? "it names none" : `it names ${names.join(", ")}`;
  throw new CliError(
    exitCode.usage,
    `there is no ${noun} ${JSON.stringify(name)} under ${section} in ${file}; ${known}`,
  );
}
