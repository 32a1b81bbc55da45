/** `muster import`: a configuration from what another system left behind, and what could not be carried over. */
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { Result } from "../../base/result.ts";
import { parseName } from "../../config/scalars.ts";
import { type Imported, noteText } from "../../import/draft.ts";
import { importGdnsd } from "../../import/gdnsd/gdnsd.ts";
import { importCharsMax } from "../../import/limits.ts";
import { importPhonax } from "../../import/phonax.ts";
import { importZone } from "../../import/zone.ts";
import { readServices } from "../../io/services.ts";
import { includeFrom } from "../../io/zone-text.ts";
import { jsonOption } from "../connect.ts";
import { type AddCommand, type CliContext, writeJson } from "../context.ts";
import { CliError, exitCode } from "../exit-codes.ts";
import { clean } from "../text.ts";
import { whyUnreadable } from "../../io/why-unreadable.ts";

const configFile = "muster.yaml";
/** Files in a folder of zones. */
const zoneFilesMax = 10_000;
/** Of a TSIG key that is made new. */
const secretOctets = 32;

const outputFlags = "--output <folder>";
const outputHelp = `write ${configFile} and the files beside it into this folder; nothing is overwritten`;

export const addImportCommand: AddCommand = (program, context) => {
  const group = program
    .command("import")
    .summary("make a configuration from another system's files")
    .description(
      "Makes a configuration that `muster check` accepts, and lists, line by line, what could not be carried over and what to do. It goes to standard output, or with --output into a folder; the list goes to standard error.",
    )
    .addHelpText(
      "after",
      "\nExamples:\n  muster import zone example.org.zone --origin example.org --output new\n  muster import gdnsd /etc/gdnsd --output new",
    );
  group
    .command("phonax")
    .summary("failover-monitor.config, failover.config and normal-dns")
    .requiredOption("--monitor <file>", "failover-monitor.config")
    .requiredOption("--server <file>", "failover.config")
    .requiredOption("--normal <file>", "normal-dns")
    .option(outputFlags, outputHelp)
    .addOption(jsonOption())
    .action(async ({ json, monitor, normal, output, server }) => {
      const services = readServices();
      const imported = importPhonax({
        monitor: { name: basename(monitor), text: await readText(monitor, "utf8") },
        server: { name: basename(server), text: await readText(server, "utf8") },
        normal: { name: basename(normal), text: await readText(normal, "utf8") },
        servicePort: (name) => services.port(name, "tcp"),
      });
      await finishImport(context, imported, { json: json === true, output });
    });
  group
    .command("zone")
    .summary("a master file: names with several addresses become pools")
    .argument("<file>", "the master file")
    .requiredOption("--origin <name>", "the zone's name")
    .option(outputFlags, outputHelp)
    .addOption(jsonOption())
    .action(async (file, { json, origin, output }) => {
      const name = parseName(origin);
      if (!name.ok) throw new CliError(exitCode.usage, `"${clean(origin)}" is no name of a zone`);
      const text = await readText(file, "latin1");
      const readIncluded = includeFrom(dirname(file));
      const imported = importZone({ origin: name.value, file: basename(file), text, readIncluded });
      await finishImport(context, imported, { json: json === true, output });
    });
  group
    .command("gdnsd")
    .summary("the folder of gdnsd: config and zones")
    .argument("<folder>", "the folder that holds `config` and `zones`")
    .option(outputFlags, outputHelp)
    .addOption(jsonOption())
    .action(async (folder, { json, output }) => {
      const imported = importGdnsd({
        config: { name: "config", text: await readText(join(folder, "config"), "utf8") },
        zones: await readZones(join(folder, "zones")),
        readIncluded: includeFrom(folder),
      });
      await finishImport(context, imported, { json: json === true, output });
    });
};

interface Output {
  readonly json: boolean;
  readonly output: string | undefined;
}

async function finishImport(
  { io }: CliContext,
  imported: Result<Imported, string>,
  { json, output }: Output,
): Promise<void> {
  if (!imported.ok) {
    const [first = "", ...more] = imported.error.split("\n").map(clean);
    throw new CliError(exitCode.no, first, more);
  }
  const { config, files, notes } = imported.value;
  if (output !== undefined) await writeAll(output, imported.value);
  if (json) return writeJson(io, { config, files, notes, output: output ?? null });
  if (output === undefined) io.out(config);
  for (const note of notes) io.err(`${clean(noteText(note))}\n`);
  if (output !== undefined) {
    io.err(`wrote ${join(output, configFile)}; next: muster check ${join(output, configFile)}\n`);
    return;
  }
  for (const { name } of files)
    io.err(`the configuration needs the file ${name} beside it: --output FOLDER writes it\n`);
}

async function writeAll(folder: string, { config, files }: Imported): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((error: unknown) => cannotWrite(folder, error));
  const all = [...files, { name: configFile, text: config }];
  for (const { name } of all) {
    const there = await stat(join(folder, name)).catch(() => null);
    if (there !== null)
      throw new CliError(exitCode.usage, `${join(folder, name)} is there already; nothing was written`);
  }
  for (const { name, text } of all) {
    const path = join(folder, name);
    const mode = text === null ? 0o600 : 0o644;
    const content = text ?? `${randomBytes(secretOctets).toString("base64")}\n`;
    try {
      await using file = await open(path, "wx", mode);
      await file.writeFile(content, name === configFile ? "utf8" : "latin1");
    } catch (error) {
      cannotWrite(path, error);
    }
  }
}

function cannotWrite(path: string, error: unknown): never {
  throw new CliError(exitCode.usage, `${path} cannot be written: ${reasonOf(error)}`);
}

async function readText(path: string, encoding: "utf8" | "latin1"): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size > importCharsMax) throw new Error(`it has ${size} octets, more than ${importCharsMax}`);
    return await readFile(path, encoding);
  } catch (error) {
    throw new CliError(exitCode.usage, `${path} cannot be read: ${whyUnreadable(error)}`);
  }
}

/** Hidden files are none, as for gdnsd. */
async function readZones(folder: string): Promise<{ name: string; text: string }[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    throw new CliError(exitCode.usage, `${folder} cannot be read: ${whyUnreadable(error)}`);
  });
  const names = entries.filter((entry) => !entry.isDirectory() && !entry.name.startsWith(".")).map(({ name }) => name);
  const chosen = names.sort().slice(0, zoneFilesMax);
  return Promise.all(chosen.map(async (name) => ({ name, text: await readText(join(folder, name), "latin1") })));
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
