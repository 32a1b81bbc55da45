/** Secrets that are read when they are needed, so that a new one counts without a reload, and none is kept longer. */
import { fail, ok, type Result } from "../base/result.ts";
import type { SecretPlace } from "../core/model.ts";
import { readSecretFile } from "./secret-file.ts";

/** The secret without its final line break, or a sentence on why it cannot be read, without any of it. */
export function readSecretPlace(place: SecretPlace): Result<string, string> {
  if (place.kind === "env") {
    const value = process.env[place.name];
    return value === undefined ? fail(`the environment variable ${place.name} is not set`) : ok(value);
  }
  if (place.kind === "agent") return fail(`no secret called ${place.name} may be used here`);
  const read = readSecretFile(place.path);
  return read.ok ? ok(read.value.replace(/\r?\n$/, "")) : fail(`the file ${place.path} cannot be read: ${read.error}`);
}
