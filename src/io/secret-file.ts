/** A file that holds a secret. */
import { constants, readFileSync } from "node:fs";
import { fail, ok, type Result } from "../base/result.ts";

const secretBytesMax = 65_536;

/** Secrets are short; a device or a huge file in their place is refused. */
export function readSecretFile(path: string): Result<string, string> {
  try {
    const text = readFileSync(path, { encoding: "utf8", flag: constants.O_RDONLY | constants.O_NONBLOCK });
    return text.length > secretBytesMax ? fail("it is too large for a secret") : ok(text);
  } catch (error) {
    return fail(whyUnreadable(error));
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  EACCES: "permission denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of its path is not a folder",
  ELOOP: "too many symbolic links",
};

/** Why a file cannot be read, in words. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  return reasons[code] ?? (code === "" ? String(error) : code);
}
