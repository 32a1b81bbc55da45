/** Master files as the parser wants them: text in latin1, one unit an octet, and why there is none in words. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import { fail, ok, type Result } from "../base/result.ts";
import { whyUnreadable } from "./why-unreadable.ts";

/** Holds up its thread for as long as the disk does, though not for a named pipe to which nobody writes. */
export function readZoneText(path: string): Result<string, string> {
  let file: number | null = null;
  try {
    file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stat = fstatSync(file);
    if (!stat.isFile() && !stat.isDirectory()) return fail("is not an ordinary file");
    return ok(readFileSync(file, "latin1"));
  } catch (error) {
    return fail(`cannot be read: ${whyUnreadable(error)}`);
  } finally {
    if (file !== null) closeSync(file);
  }
}

/** Reads what `$INCLUDE` names, relative to the folder of the file that is read first, at whatever depth. */
export function includeFrom(folder: string): (path: string) => Result<string, string> {
  return (path) => readZoneText(resolve(folder, path));
}
