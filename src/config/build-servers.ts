/**
 * Where muster itself listens, and the API's token. A token comes from a file or the environment only: a configuration
 * is copied, mailed and kept under version control, and a secret in it would be too. In the built configuration the
 * token is a hidden property, which neither JSON nor a log of the object shows.
 */
import type { ApiConfig, DnsConfig, Endpoint } from "../core/model.ts";
import { isLoopback, parseAddress } from "./address.ts";
import { type Build, hasProblemBelow, isMap, problem, resolvePath } from "./build.ts";
import { tokenCharsMin } from "./limits.ts";
import type { Path } from "./problem.ts";
import { apiSchema, dnsSchema } from "./schema.ts";
import { validate } from "./validate.ts";

const dnsListenDefault: readonly Endpoint[] = [
  { address: "0.0.0.0", port: 53 },
  { address: "::", port: 53 },
];

export function buildDns(build: Build, raw: unknown): DnsConfig {
  const settings = raw === undefined ? {} : validate(build.findings, dnsSchema, { value: raw, path: ["dns"] });
  const listen = settings?.listen ?? dnsListenDefault;
  for (const [index, endpoint] of listen.entries()) judgeTwice(build, listen, { endpoint, index });
  return { listen, nsid: settings?.nsid ?? null, threads: settings?.threads ?? 1 };
}

function judgeTwice(
  build: Build,
  listen: readonly Endpoint[],
  { endpoint, index }: { endpoint: Endpoint; index: number },
): void {
  const { address, port } = endpoint;
  const first = listen.findIndex((other) => other.address === address && other.port === port);
  if (first === index || port === 0) return;
  const sentence = `dns would listen twice on port ${port} of ${address}`;
  problem(build, ["dns", "listen", index], { expected: "each address and port once", sentence });
}

const apiListenDefault: Endpoint = { address: "127.0.0.1", port: 8_053 };

export function buildApi(build: Build, raw: unknown): ApiConfig {
  const refused = refuseLiteral(build, raw);
  const value =
    refused && isMap(raw) ? Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "token")) : raw;
  const settings = value === undefined ? {} : validate(build.findings, apiSchema, { value, path: ["api"] });
  const listen = settings?.listen ?? apiListenDefault;
  const token = settings?.token === undefined ? null : readToken(build, settings.token);
  if (token === null && !isLocal(listen) && !hasProblemBelow(build, ["api", "token"])) refuseOpen(build, listen);
  return Object.defineProperty({ listen, token }, "token", { enumerable: false });
}

/** Whether something stands where only a reference to a secret may; it is never shown. */
function refuseLiteral(build: Build, raw: unknown): boolean {
  if (!isMap(raw) || raw.token === undefined || raw.token === null || isMap(raw.token)) return false;
  const expected = "token: {file: PATH} or token: {env: NAME}";
  const sentence =
    "a secret does not belong into the configuration; put it into a file of its own, or into the environment";
  problem(build, ["api", "token"], { found: "a secret in clear", expected, sentence });
  return true;
}

function isLocal({ address }: Endpoint): boolean {
  const parsed = parseAddress(address);
  return parsed !== null && isLoopback(parsed);
}

function refuseOpen(build: Build, { address, port }: Endpoint): void {
  const sentence = `without a token the API would be open to everybody who reaches port ${port} of ${address}`;
  const expected = "a token ({file: PATH} or {env: NAME}), or an address of the loopback, such as 127.0.0.1";
  problem(build, ["api", "listen"], { expected, sentence });
}

interface TokenSettings {
  readonly file?: string | undefined;
  readonly env?: string | undefined;
}

/** Null: reported. */
function readToken(build: Build, { file, env }: TokenSettings): string | null {
  const path = ["api", "token"];
  if ((file === undefined) === (env === undefined)) {
    if (!hasProblemBelow(build, path))
      problem(build, path, { expected: "{file: PATH} or {env: NAME}", sentence: "token needs either file or env" });
    return null;
  }
  const secret = file === undefined ? readVariable(build, env ?? "", path) : readFile(build, file, path);
  return secret === null ? null : judgeToken(build, secret, [...path, file === undefined ? "env" : "file"]);
}

function readVariable(build: Build, name: string, path: Path): string | null {
  const value = build.sources.env(name);
  if (value !== undefined) return value;
  const sentence = `the environment variable ${name} is not set`;
  problem(build, [...path, "env"], { expected: "a variable that holds the token", sentence });
  return null;
}

function readFile(build: Build, file: string, path: Path): string | null {
  const read = build.sources.readSecretFile(resolvePath(build, file));
  if (read.ok) return read.value.replace(/\r?\n$/, "");
  const sentence = `the token's file ${JSON.stringify(file)} cannot be read: ${read.error}`;
  problem(build, [...path, "file"], { expected: "a file that holds the token", sentence });
  return null;
}

/** What a header can carry (RFC 6750, 2.1), and nobody guesses. The token itself appears in no sentence. */
function judgeToken(build: Build, token: string, path: Path): string | null {
  const complaint = !/^[\x21-\x7e]*$/.test(token)
    ? "holds spaces, line breaks or letters outside ASCII"
    : token.length < tokenCharsMin
      ? `is shorter than ${tokenCharsMin} characters`
      : null;
  if (complaint === null) return token;
  const expected = `one line of at least ${tokenCharsMin} letters, digits and signs, such as openssl rand -hex 16 prints`;
  problem(build, path, { expected, sentence: `the token that is kept there ${complaint}` });
  return null;
}
