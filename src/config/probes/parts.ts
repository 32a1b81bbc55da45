/** Schemas that several kinds of probe share, and what becomes of them. */
import type { z } from "zod";
import { ok } from "../../base/result.ts";
import type { TlsConfig } from "../../core/model.ts";
import { parseAddress } from "../address.ts";
import { type Build, problem } from "../build.ts";
import type { Path } from "../problem.ts";
import { parseName } from "../scalars.ts";
import { integer, map, oneOf, text, textOf, truth } from "../schema-parts.ts";

/** A certificate may be for an address; SNI then names nobody (RFC 6066, 3). */
export const certificateName = textOf((written) => {
  const address = parseAddress(written);
  return address === null ? parseName(written) : ok(address.text);
}, "a name such as www.example.org, or an address");

export const portText = text("a port from 1 to 65535, or a service name such as https", 64);
export const port = oneOf("a port from 1 to 65535, or a service name such as https", [integer(1, 65_535), portText]);

export const tlsChoice = oneOf("true, false, or a map with name and verify", [
  truth(),
  map("tls settings", {
    name: certificateName
      .optional()
      .describe("Name sent as SNI and verified in the certificate. Default the probe's host."),
    verify: truth().optional().describe("Whether the certificate must be valid. Default true."),
  }),
]);

export interface TlsSettings {
  readonly name?: string;
  readonly verify?: boolean;
}

/** Null: no TLS. */
export function readTls(tls: z.output<typeof tlsChoice>): TlsSettings | null {
  if (typeof tls === "boolean") return tls ? {} : null;
  return {
    ...(tls.name === undefined ? {} : { name: tls.name }),
    ...(tls.verify === undefined ? {} : { verify: tls.verify }),
  };
}

/** `host` is the pool's name, in case that no other is given. */
export function completeTls(
  build: Build,
  tls: TlsSettings | null,
  { host, path }: { host: string; path: Path },
): TlsConfig | null {
  if (tls === null) return null;
  const { name: serverName = host, verify = true } = tls;
  if (serverName.startsWith("*") && verify) {
    const sentence = "the pool's name is a wildcard, so tls must say which name the certificate is for";
    problem(build, path, { at: "key", found: "no name", expected: "{name: www.example.org}", sentence });
  }
  return { serverName, verify };
}
