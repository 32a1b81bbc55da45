/**
 * Where muster itself listens, and the API's token. In the built configuration the token is a hidden property,
 * which neither JSON nor a log of the object shows.
 */
import type { ApiConfig, DnsConfig, Endpoint } from "../core/model.ts";
import { type Build, hasProblemBelow, isMap, problem } from "./build.ts";
import { isLocal } from "./build-peers.ts";
import { type ReadSecret, readSecret, refuseLiteral, type SecretSettings } from "./build-secret.ts";
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

interface Listener {
  readonly endpoint: Endpoint;
  readonly path: Path;
}

/** Two parts of muster cannot listen on one port of TCP; a wildcard takes it on all addresses of its family. */
export function judgeListeners(build: Build, listeners: readonly Listener[]): void {
  for (const [index, { endpoint, path }] of listeners.entries()) {
    const other = listeners.slice(0, index).find((before) => before.path[0] !== path[0] && isTaken(before, endpoint));
    if (other === undefined) continue;
    const sentence = `${path.join(".")} is port ${endpoint.port} of ${endpoint.address}, on which ${other.path.join(".")} has muster listen already`;
    problem(build, path, { expected: "another port", sentence });
  }
}

function isTaken({ endpoint: taken }: Listener, { address, port }: Endpoint): boolean {
  if (port === 0 || taken.port !== port || taken.address.includes(":") !== address.includes(":")) return false;
  return taken.address === address || [taken.address, address].some((one) => one === "0.0.0.0" || one === "::");
}

const tokenPath = ["api", "token"];
const apiListenDefault: Endpoint = { address: "127.0.0.1", port: 8_053 };

export function buildApi(build: Build, raw: unknown): ApiConfig {
  const refused = isMap(raw) && refuseLiteral(build, raw.token, { path: tokenPath, noun: "token" });
  const value = refused ? Object.fromEntries(Object.entries(raw).filter(([key]) => key !== "token")) : raw;
  const settings = value === undefined ? {} : validate(build.findings, apiSchema, { value, path: ["api"] });
  const listen = settings?.listen ?? apiListenDefault;
  const token = settings?.token === undefined ? null : readToken(build, settings.token);
  if (token === null && !isLocal(listen) && !hasProblemBelow(build, ["api", "token"])) refuseOpen(build, listen);
  return Object.defineProperty({ listen, token }, "token", { enumerable: false });
}

function refuseOpen(build: Build, { address, port }: Endpoint): void {
  const sentence = `without a token the API would be open to everybody who reaches port ${port} of ${address}`;
  const expected = "a token ({file: PATH} or {env: NAME}), or an address of the loopback, such as 127.0.0.1";
  problem(build, ["api", "listen"], { expected, sentence });
}

/** Null: reported. */
function readToken(build: Build, settings: SecretSettings): string | null {
  const read = readSecret(build, settings, { path: tokenPath, noun: "token" });
  return read === null ? null : judgeToken(build, read);
}

/** What a header can carry (RFC 6750, 2.1), and nobody guesses. The token itself appears in no sentence. */
function judgeToken(build: Build, { text: token, path }: ReadSecret): string | null {
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
