/** `muster watch`: a vantage point elsewhere; `enrol` and `remove` on the controller say who may be one. */
import { readFile } from "node:fs/promises";
import { createLog } from "../../io/log.ts";
import { readConfigFile } from "../../io/config-file.ts";
import { makeToken, openAuthority, readToken, removeWatcher, watchFolder } from "../../io/watch/authority.ts";
import { tokenMs } from "../../io/watch/limits.ts";
import { WatchRefused } from "../../io/watch/link.ts";
import { identityFor, runWatcher } from "../../io/watch/run-watcher.ts";
import type { AddCommand, CliContext } from "../context.ts";
import { CliError, exitCode } from "../exit-codes.ts";
import { readConfigOrTell } from "../read-config.ts";

const portDefault = 8054;

export const addWatchCommand: AddCommand = (program, context) => {
  const watch = program
    .command("watch")
    .summary("be a vantage point of a controller elsewhere")
    .description(
      "Looks at what the controller asks for, from here, and reports what it finds over mutually authenticated TLS. The first start needs a token, which `muster watch enrol` prints on the controller; later ones need none.",
    )
    .option("--controller <host:port>", `where the controller listens for watchers (port ${portDefault} if left out)`)
    .option("--token-file <path>", "file that holds the token, for the first start; - is the standard input")
    .option("--token <token>", "the token itself; other users of the machine may see it while it is used")
    .option("--folder <path>", "where key and certificate are kept", "muster-watch")
    .addHelpText(
      "after",
      "\nExamples:\n  muster watch --controller muster.example.org:8054 --token-file token --folder /var/lib/muster-watch",
    )
    .action(async (options) => watchUntilStopped(context, options));
  watch
    .command("enrol")
    .summary("make a token for a watcher")
    .description(
      "Prints a token with which the watcher enrols, once, within an hour. Run it where the controller runs.",
    )
    .argument("<name>", "the watcher's name, as under watchers in the configuration")
    .argument("<file>", "the controller's configuration")
    .action(async (name, file) => {
      const folder = await folderFor(context, { name, file });
      if (folder === null) return;
      const token = await makeToken(await openAuthority(folder), name);
      context.io.out(`${token}\n`);
      context.io.err(`The token is for ${name}, works once, and expires in ${tokenMs / 60_000} minutes.\n`);
    });
  watch
    .command("remove")
    .summary("take back a watcher's enrolment")
    .description("Makes the watcher's certificates and tokens worthless, at once. Run it where the controller runs.")
    .argument("<name>", "the watcher's name")
    .argument("<file>", "the controller's configuration")
    .action(async (name, file) => {
      const folder = await folderFor(context, { name, file, isAnyName: true });
      if (folder === null) return;
      const removed = await removeWatcher(folder, name);
      context.io.out(removed ? `${name} may not report any more\n` : `${name} was not enrolled\n`);
      if (!removed) context.finish(exitCode.no);
    });
};

interface WatchOptions {
  readonly controller?: string | undefined;
  readonly token?: string | undefined;
  readonly tokenFile?: string | undefined;
  readonly folder: string;
}

async function watchUntilStopped({ io }: CliContext, options: WatchOptions): Promise<void> {
  const controller = readAddress(options.controller);
  const text = options.token ?? (await readTokenFile(options.tokenFile));
  const token = text === null ? null : readToken(text);
  if (text !== null && token === null)
    throw new CliError(exitCode.usage, "this is no token as `muster watch enrol` prints it");
  const log = createLog(io.screen === null ? "json" : "text");
  const parts = { controller, folder: options.folder, token, log, signal: io.interrupted() };
  const identity = await identityFor(parts).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error);
    const exit = error instanceof WatchRefused ? exitCode.refused : exitCode.unreachable;
    throw new CliError(exit, `${options.controller} did not enrol this watcher: ${why}`);
  });
  if (identity === null) {
    const sentence = `there is no certificate in ${options.folder}: start once with --token-file, and a token of \`muster watch enrol\``;
    throw new CliError(exitCode.usage, sentence);
  }
  await runWatcher(identity, parts);
}

function readAddress(text: string | undefined): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s]+))(?::(\d{1,5}))?$/.exec(text ?? "");
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3] ?? portDefault);
  if (host !== undefined && port > 0 && port < 65_536) return { host, port };
  throw new CliError(exitCode.usage, "--controller HOST:PORT says where the controller listens for watchers");
}

async function readTokenFile(path: string | undefined): Promise<string | null> {
  if (path === undefined) return null;
  try {
    return await readFile(path === "-" ? "/dev/stdin" : path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new CliError(exitCode.usage, `the token file cannot be read: ${why}`);
  }
}

/** Where the controller's authority is; null: the configuration has mistakes, which were told. */
async function folderFor(
  context: CliContext,
  { file, isAnyName = false, name }: { name: string; file: string; isAnyName?: boolean },
): Promise<string | null> {
  const read = await readConfigOrTell(context, file, readConfigFile);
  if (read === null) return null;
  const names = read.config.watch?.watchers.map((watcher) => watcher.name) ?? [];
  const isName = /^[a-z0-9-]{1,40}$/.test(name);
  if (isName && (isAnyName || names.includes(name))) return watchFolder(read.config.state);
  const known = names.length === 0 ? "it names none" : `it names ${names.join(", ")}`;
  throw new CliError(exitCode.usage, `there is no watcher ${JSON.stringify(name)} under watchers in ${file}; ${known}`);
}
