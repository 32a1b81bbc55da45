/**
 * Secrets. They come from a file or the environment only: a configuration is copied, mailed and kept under version
 * control, and a secret in it would be too. No sentence and no warning ever shows one.
 */
import { type Build, hasProblemBelow, isMap, problem, resolvePath, warning } from "./build.ts";
import type { Path } from "./problem.ts";

export type SecretNoun = "token" | "secret" | "password";

export interface SecretSettings {
  readonly file?: string | undefined;
  readonly env?: string | undefined;
}

export interface ReadSecret {
  readonly text: string;
  /** Where it is named. */
  readonly path: Path;
}

/** Whether something stands where only a reference to a secret may; it is never shown. */
export function refuseLiteral(build: Build, value: unknown, { path, noun }: { path: Path; noun: SecretNoun }): boolean {
  if (value === undefined || value === null || isMap(value)) return false;
  const expected = `${noun}: {file: PATH} or ${noun}: {env: NAME}`;
  const sentence =
    "a secret does not belong into the configuration; put it into a file of its own, or into the environment";
  problem(build, path, { found: "a secret in clear", expected, sentence });
  return true;
}

/** Null: reported. */
export function readSecret(
  build: Build,
  { file, env }: SecretSettings,
  { path, noun }: { path: Path; noun: SecretNoun },
): ReadSecret | null {
  if ((file === undefined) === (env === undefined)) {
    if (!hasProblemBelow(build, path))
      problem(build, path, { expected: "{file: PATH} or {env: NAME}", sentence: `${noun} needs either file or env` });
    return null;
  }
  const at = [...path, file === undefined ? "env" : "file"];
  const text = file === undefined ? readVariable(build, env ?? "", { at, noun }) : readFile(build, file, { at, noun });
  return text === null ? null : { text, path: at };
}

interface Place {
  readonly at: Path;
  readonly noun: SecretNoun;
}

function readVariable(build: Build, name: string, { at, noun }: Place): string | null {
  const value = build.sources.env(name);
  if (value !== undefined) return value;
  const sentence = `the environment variable ${name} is not set`;
  problem(build, at, { expected: `a variable that holds the ${noun}`, sentence });
  return null;
}

function readFile(build: Build, file: string, { at, noun }: Place): string | null {
  const path = resolvePath(build, file);
  const read = build.sources.readSecretFile(path);
  if (!read.ok) {
    const sentence = `the ${noun}'s file ${JSON.stringify(file)} cannot be read: ${read.error}`;
    problem(build, at, { expected: `a file that holds the ${noun}`, sentence });
    return null;
  }
  if (build.sources.isReadableByAll(path)) {
    const sentence = `the ${noun}'s file ${JSON.stringify(file)} can be read by every user of this machine`;
    warning(build, at, { expected: `a file that muster alone may read (chmod 600)`, sentence });
  }
  return read.value.replace(/\r?\n$/, "");
}
