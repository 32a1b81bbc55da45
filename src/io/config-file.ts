/**
 * A configuration from disk: reads the file within a size limit, insists on UTF-8, and gives the loader the
 * environment, secret files and service names of this machine. What goes wrong with the file itself is told in the
 * same shape as what is wrong in it.
 */
import { type BigIntStats, constants, statSync } from "node:fs";
import { open, readFile, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fail, ok, type Result } from "../base/result.ts";
import { type ConfigSources, type LoadedConfig, type LoadFailure, loadConfig } from "../config/load.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { readSecretFile } from "./secret-file.ts";
import { readServices } from "./services.ts";
import { whyUnreadable } from "./why-unreadable.ts";

/** Bytes of a configuration file; the loader's own limit in characters lies below. */
const configBytesMax = 8_388_608;

/** Longest comparison with what was read before; reading it again has a limit of its own. */
const compareMsMax = 5000;

/** Two equal ones: nobody has touched the file in between. */
export type FileStamp = string;

export interface ConfigFailure extends LoadFailure {
  /** The text the problems are about; empty when it could not be read. */
  readonly text: string;
  /** False: there is no such file, or it is none. */
  readonly isFile: boolean;
}

export interface ConfigFile extends LoadedConfig {
  readonly text: string;
  /** Files that hold its secrets, and what each was like just before it was read. */
  readonly secretFiles: ReadonlyMap<string, FileStamp>;
}

/** Paths in the configuration come back absolute. */
export async function readConfigFile(path: string): Promise<Result<ConfigFile, ConfigFailure>> {
  const bytes = await readBytes(path);
  if (!bytes.ok) return fail({ ...unread(fileProblem(path, bytes.error)), isFile: false });
  const decoded = decode(path, bytes.value);
  if (!decoded.ok) return fail(unread(decoded.error));
  return readConfigText(path, decoded.value);
}

/** As if the file at `path` held this text. */
export function readConfigText(path: string, text: string): Result<ConfigFile, ConfigFailure> {
  const secretFiles = new Map<string, FileStamp>();
  const readStamped = (secret: string): Result<string, string> => {
    secretFiles.set(secret, stampOf(statSync(secret, { bigint: true, throwIfNoEntry: false })));
    return readSecretFile(secret);
  };
  const loaded = loadConfig(text, { ...machineSources(path), readSecretFile: readStamped });
  return loaded.ok ? ok({ ...loaded.value, text, secretFiles }) : fail({ ...loaded.error, text, isFile: true });
}

/**
 * Neither the file nor any that holds a secret of it has changed since it was read. What cannot be said in time, on a file
 * system that does not answer, say, is no.
 */
export async function isConfigUnchanged(
  path: string,
  known: Pick<ConfigFile, "secretFiles" | "text">,
): Promise<boolean> {
  const limit = new AbortController();
  const late = pause(compareMsMax, false, { signal: limit.signal }).catch(() => false);
  const isUnchanged = await Promise.race([isAsKnown(path, known), late]);
  limit.abort();
  return isUnchanged;
}

async function isAsKnown(
  path: string,
  { secretFiles, text }: Pick<ConfigFile, "secretFiles" | "text">,
): Promise<boolean> {
  if (text !== (await readFile(path, "utf8").catch(() => null))) return false;
  const stamps = await Promise.all([...secretFiles.keys()].map(async (secret) => stampOf(await statNow(secret))));
  return [...secretFiles.values()].every((stamp, at) => stamp === stamps[at]);
}

async function statNow(path: string): Promise<BigIntStats | undefined> {
  return stat(path, { bigint: true }).catch(() => undefined);
}

/** A file that is written or replaced gets another; a change of its mode counts, too. */
function stampOf(stats: BigIntStats | undefined): FileStamp {
  if (stats === undefined) return "none";
  const { ctimeNs, ino, mtimeNs, size } = stats;
  return [ino, size, mtimeNs, ctimeNs].join(" ");
}

function unread(problem: ConfigProblem): ConfigFailure {
  return { problems: [problem], zones: [], pools: [], text: "", isFile: true };
}

/** This machine's files, environment and services. */
export function machineSources(path: string): ConfigSources {
  const services = readServices();
  return {
    file: path,
    folder: dirname(resolve(path)),
    readSecretFile,
    isReadableByAll,
    env: (name) => process.env[name],
    servicePort: (name, protocol) => services.port(name, protocol),
    serviceNames: () => services.names(),
  };
}

async function readBytes(path: string): Promise<Result<Uint8Array, string>> {
  try {
    // A named pipe must not block the program before it has begun.
    await using file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = await file.stat();
    if (!stat.isFile()) return fail(stat.isDirectory() ? "is a folder, not a file" : "is not an ordinary file");
    if (stat.size > configBytesMax) return fail(`has more than ${configBytesMax} bytes`);
    return ok(await file.readFile());
  } catch (error) {
    return fail(`cannot be read: ${whyUnreadable(error)}`);
  }
}

function fileProblem(file: string, complaint: string): ConfigProblem {
  const place = { line: 1, column: 1, width: 1, path: "" };
  return {
    file,
    ...place,
    found: "no readable file",
    expected: "a configuration file",
    sentence: `${file} ${complaint}`,
  };
}

function decode(file: string, bytes: Uint8Array): Result<string, ConfigProblem> {
  try {
    return ok(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    const place = { ...placeOfBadByte(bytes), width: 1, path: "" };
    const sentence = "the file is not UTF-8; save it as UTF-8 text";
    return fail({ file, ...place, found: "bytes that are not UTF-8", expected: "UTF-8 text", sentence });
  }
}

/** Line and column of the first replacement that a forgiving decoder had to make. */
function placeOfBadByte(bytes: Uint8Array): { line: number; column: number } {
  const before = new TextDecoder().decode(bytes).split("\ufffd", 1)[0] ?? "";
  const lineStart = before.lastIndexOf("\n") + 1;
  return { line: before.split("\n").length, column: before.length - lineStart + 1 };
}

function isReadableByAll(path: string): boolean {
  const mode = statSync(path, { throwIfNoEntry: false })?.mode ?? 0;
  return (mode & constants.S_IROTH) !== 0;
}
