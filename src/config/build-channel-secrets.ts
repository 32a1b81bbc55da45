/** Secrets of channels: read where the file says, and hidden in what is built. */
import type { ChannelSecrets } from "../core/notify.ts";
import { type Build, problem } from "./build.ts";
import { readSecret, type SecretNoun, type SecretSettings } from "./build-secret.ts";
import { parseHttpUrl } from "./notify-scalars.ts";
import type { Path } from "./problem.ts";

/** A hidden property: it survives no JSON and no copy. */
export function withChannelSecrets<T extends object>(
  value: T,
  secrets: ChannelSecrets,
): T & { readonly secrets: ChannelSecrets } {
  return Object.defineProperty({ ...value, secrets }, "secrets", { enumerable: false });
}

/** A URL that stands there, or is kept elsewhere. Null: reported. */
export function readUrl(build: Build, value: string | SecretSettings, path: Path): string | null {
  if (typeof value === "string") return value;
  const read = readSecret(build, value, { path, noun: "secret" });
  if (read === null) return null;
  const url = parseHttpUrl(read.text.trim().replace(/\/\/[^/@]*@/, "//"));
  if (url.ok) return read.text.trim();
  const expected = "a URL such as https://hooks.example.org/muster";
  problem(build, read.path, { expected, sentence: "what is kept there is no URL" });
  return null;
}

/** Null: reported, or none. */
export function readKey(
  build: Build,
  value: SecretSettings | undefined,
  { noun, path }: { noun: SecretNoun; path: Path },
): string | null {
  if (value === undefined) return null;
  const read = readSecret(build, value, { path, noun });
  if (read === null) return null;
  const text = read.text.trim();
  if (text !== "" && !/[\p{Cc}]/u.test(text)) return text;
  problem(build, read.path, {
    expected: `one line with the ${noun}`,
    sentence: `the ${noun} that is kept there is empty or has several lines`,
  });
  return null;
}
