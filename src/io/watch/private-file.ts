/** Files that nobody else may read: mode 0600 in a folder of mode 0700, and never half written. */
import { randomBytes } from "node:crypto";
import { link, mkdir, open, readFile, rename, unlink } from "node:fs/promises";
import { dirname } from "node:path";

/** `create`: false, and nothing changes, when the file is there already. */
export async function writePrivate(path: string, text: string, how: "create" | "replace"): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${randomBytes(6).toString("hex")}`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  if (how === "replace") {
    await rename(draft, path);
    return true;
  }
  const isNew = await link(draft, path).then(
    () => true,
    (error: unknown) => {
      if (isCode(error, "EEXIST")) return false;
      throw error;
    },
  );
  await unlink(draft);
  return isNew;
}

/** Null: there is no such file. */
export async function readIfThere(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isCode(error, "ENOENT")) return null;
    throw error;
  }
}

/** False: there was none. Of several at once, one gets true. */
export async function removeIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (isCode(error, "ENOENT")) return false;
    throw error;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
