/** A file that holds a secret. */
import { constants, readFileSync } from "node:fs";
import { fail, ok, type Result } from "../base/result.ts";
import { whyUnreadable } from "./why-unreadable.ts";

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
