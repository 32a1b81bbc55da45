/**
 * TSIG keys (RFC 8945) by name. The secret is base64 as `tsig-keygen`, `keymgr` and `openssl rand -base64 32` print it;
 * in the built configuration it is a hidden property, which neither JSON nor a log of the object shows.
 */
import type { z } from "zod";
import { findNearest } from "../base/nearest.ts";
import type { KeyConfig } from "../core/model.ts";
import { type Build, isMap, problem } from "./build.ts";
import { type ReadSecret, readSecret, refuseLiteral } from "./build-secret.ts";
import { keysMax, secretOctetsMin } from "./limits.ts";
import type { Path } from "./problem.ts";
import { parseKeyName } from "./publish-scalars.ts";
import { keySchema } from "./schema-publish.ts";
import { validate } from "./validate.ts";

export interface BuiltKeys {
  readonly keys: readonly KeyConfig[];
  /** Also of those with mistakes, so that whoever names them is not told of a second one. */
  readonly names: ReadonlySet<string>;
}

export function buildKeys(build: Build, raw: unknown): BuiltKeys {
  const names = new Set<string>();
  if (raw === undefined) return { keys: [], names };
  if (!isMap(raw)) {
    const sentence = "keys must be a map of keys by name";
    problem(build, ["keys"], { found: "no map", expected: "a map of keys by name", sentence });
    return { keys: [], names };
  }
  const entries = Object.entries(raw);
  if (entries.length > keysMax) {
    const sentence = `there are ${entries.length} keys; muster takes ${keysMax}`;
    problem(build, ["keys"], { at: "key", found: `${entries.length} keys`, expected: `at most ${keysMax}`, sentence });
    return { keys: [], names };
  }
  const keys = entries.flatMap(([key, value]) => buildKey(build, names, { key, value }) ?? []);
  return { keys, names };
}

function buildKey(build: Build, names: Set<string>, { key, value }: { key: string; value: unknown }): KeyConfig | null {
  const path = ["keys", key];
  const name = readName(build, names, { key, path });
  // A key written as `NAME: SECRET`.
  const literal = refuseLiteral(build, value, { path, noun: "secret" });
  if (literal) return null;
  const hidden = isMap(value) && refuseLiteral(build, value.secret, { path: [...path, "secret"], noun: "secret" });
  const shown = hidden ? { ...value, secret: {} } : value;
  const settings = validate(build.findings, keySchema, { value: shown, path });
  if (settings === null || name === null || hidden) return null;
  return completeKey(build, settings, { name, path });
}

function completeKey(
  build: Build,
  settings: z.output<typeof keySchema>,
  { name, path }: { name: string; path: Path },
): KeyConfig | null {
  const read = readSecret(build, settings.secret, { path: [...path, "secret"], noun: "secret" });
  const secret = read === null ? null : judgeSecret(build, read);
  if (secret === null) return null;
  const { algorithm = "hmac-sha256" } = settings;
  return Object.defineProperty({ name, algorithm, secret }, "secret", { enumerable: false });
}

function readName(build: Build, names: Set<string>, { key, path }: { key: string; path: Path }): string | null {
  const found = JSON.stringify(key);
  const name = parseKeyName(key);
  if (!name.ok) {
    const { complaint = "is no name" } = name.error;
    problem(build, path, {
      at: "key",
      found,
      expected: "a name such as xfr.example.org",
      sentence: `${found} ${complaint}`,
    });
    return null;
  }
  if (names.has(name.value)) {
    const sentence = `the key ${name.value} is configured twice: capitals and a final dot make no difference`;
    problem(build, path, { at: "key", found, expected: "each key once", sentence });
    return null;
  }
  names.add(name.value);
  return name.value;
}

/** The secret itself appears in no sentence. Null: reported. */
function judgeSecret(build: Build, { text, path }: ReadSecret): string | null {
  // `openssl` and `dnssec-keygen` break what is longer than a line.
  const secret = text.replace(/\s+/g, "");
  const complaint = complainAbout(text, secret);
  if (complaint === null) return secret;
  const expected = `base64 of at least ${secretOctetsMin} octets, such as openssl rand -base64 32 prints`;
  problem(build, path, { expected, sentence: `the secret that is kept there ${complaint}` });
  return null;
}

function complainAbout(text: string, secret: string): string | null {
  if (/\bsecret\s*:?\s*"?[A-Za-z0-9+/]/.test(text))
    return "is the configuration of another program; keep only the base64 in the file";
  if (!/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(secret)) return "is not base64";
  const octets = (secret.length / 4) * 3 - (/=+$/.exec(secret)?.[0].length ?? 0);
  return octets < secretOctetsMin ? `is shorter than ${secretOctetsMin} octets` : null;
}

/** Whether a key that is named somewhere exists; one that does not is reported. */
export function judgeKeyName(build: Build, names: ReadonlySet<string>, at: { name: string; path: Path }): boolean {
  if (names.has(at.name)) return true;
  const known = [...names];
  const expected = known.length === 0 ? "a key under keys" : `one of ${known.slice(0, 20).join(", ")}`;
  const nearest = findNearest(at.name, known) ?? undefined;
  problem(build, at.path, { expected, nearest, sentence: `there is no key ${JSON.stringify(at.name)} under keys` });
  return false;
}
