/**
 * Replaces a file whole or not at all: the new text goes into a file beside it, is on the disk before it takes the old
 * one's name, and has its permissions and its owner. Whoever reads meanwhile sees the old file or the new one.
 */
import { createHash, randomBytes } from "node:crypto";
import { createReadStream, type Stats } from "node:fs";
import { open, realpath, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

const newFileMode = 0o644;

/** Appends text whose UTF-16 units are octets. */
export type Append = (text: string) => Promise<void>;

export interface Replacement {
  readonly path: string;
  readonly write: (append: Append) => Promise<void>;
  /** When given, a file that is no longer this one stays as it is. */
  readonly expected?: Stats;
  /** Asked of a file that is there and says something else, when the new text is written. */
  readonly mayReplace?: (path: string) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** What keeps a file from being written, in a clause for people. */
export class FileTrouble extends Error {
  override readonly name = "FileTrouble";
}

/** `same`: the text is what is there already, and nothing was touched. `overtaken`: what is there has to stay. */
export type Replaced = { readonly kind: "replaced" | "same"; readonly stats: Stats } | { readonly kind: "overtaken" };

export async function replaceFile(request: Replacement): Promise<Replaced> {
  const path = await resolveLinks(request.path);
  const old = await statFile(path);
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.muster`);
  try {
    const { digest, stats } = await writeTemporary(temporary, old, request);
    const there = await statFile(path);
    if (there !== null && digest === (await fileDigest(path))) return { kind: "same", stats: there };
    if (there !== null && (await request.mayReplace?.(path)) === false) return { kind: "overtaken" };
    request.signal.throwIfAborted();
    // As late as can be: what somebody saves between this and the next line is lost.
    if (request.expected !== undefined && !isSameFile(await statFile(path), request.expected)) {
      return { kind: "overtaken" };
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
    return { kind: "replaced", stats };
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/** The file's own name when the path is a link, so that the link stays one. */
async function resolveLinks(path: string): Promise<string> {
  return realpath(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return path;
    throw error;
  });
}

/** Null: there is none yet. */
export async function statFile(path: string): Promise<Stats | null> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return null;
    throw error;
  });
  if (found !== null && !found.isFile()) throw new FileTrouble(`${path} is no file: correct \`path\``);
  return found;
}

export function isSameFile(a: Stats | null, b: Stats): boolean {
  return a !== null && a.ino === b.ino && a.size === b.size && a.mtimeMs === b.mtimeMs;
}

async function writeTemporary(
  path: string,
  old: Stats | null,
  { signal, write }: Replacement,
): Promise<{ readonly digest: string; readonly stats: Stats }> {
  const hash = createHash("sha256");
  const file = await open(path, "wx", newFileMode);
  try {
    await write(async (text) => {
      signal.throwIfAborted();
      const octets = Buffer.from(text, "latin1");
      hash.update(octets);
      await file.writeFile(octets);
    });
    await takeOver(file, old, path);
    await file.sync();
    return { digest: hash.digest("hex"), stats: await file.stat() };
  } finally {
    await file.close();
  }
}

async function takeOver(file: FileHandle, old: Stats | null, path: string): Promise<void> {
  if (old === null) return;
  const mine = await file.stat();
  if (mine.uid !== old.uid || mine.gid !== old.gid) {
    await file.chown(old.uid, old.gid).catch((error: unknown) => {
      const sentence = `${path} cannot be given to the file's owner (user ${old.uid}, group ${old.gid}): run muster as that user, or make the file its own`;
      throw new FileTrouble(sentence, { cause: error });
    });
  }
  await file.chmod(old.mode & 0o7777);
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** Without this a power failure could bring the old name back. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

const hints: ReadonlyMap<string, string> = new Map([
  ["ENOENT", "its folder does not exist: make it, or correct `path`"],
  ["ENOTDIR", "a part of its path is no folder: correct `path`"],
  ["EACCES", "muster's user may not write there: give it the folder"],
  ["EPERM", "muster's user may not write there: give it the folder"],
  ["EROFS", "the file system is read-only: mount it for writing"],
  ["ENOSPC", "the disk is full: make room"],
  ["EDQUOT", "the quota is used up: make room"],
  ["ENAMETOOLONG", "the path is too long: correct `path`"],
]);

/** Why a file could not be written, and what to do. */
export function fileReason(error: unknown): string {
  if (error instanceof FileTrouble) return error.message;
  const code = (error as NodeJS.ErrnoException | null)?.code ?? "";
  return hints.get(code) ?? (error instanceof Error ? error.message : String(error));
}
