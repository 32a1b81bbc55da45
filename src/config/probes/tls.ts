/** The tls probe: a handshake, and what its certificate must be. */
import type { z } from "zod";
import type { TlsProbe } from "../../core/model.ts";
import { type Build, problem } from "../build.ts";
import { readPort } from "../build-port.ts";
import type { Path } from "../problem.ts";
import { integer, map, oneOf, truth } from "../schema-parts.ts";
import { certificateName, port, portText } from "./parts.ts";
import { defineWords } from "./words.ts";

const tlsMap = map("a tls probe", {
  port: port.optional().describe("Port or service name. Default 443."),
  name: certificateName
    .optional()
    .describe("Name sent as SNI and verified in the certificate. Default the pool's name."),
  verify: truth().optional().describe("Whether the certificate must be valid. Default true."),
  "days-left": integer(0, 3_650)
    .optional()
    .describe("Down when a certificate of the chain expires in fewer days. Default: only once it has expired."),
});

const schema = oneOf("a port, or a map of tls settings", [integer(1, 65_535), portText, tlsMap]);

interface TlsSettings {
  readonly port?: number;
  readonly name?: string;
  readonly verify?: boolean;
  readonly daysLeft?: number;
}

function readTls(build: Build, value: z.output<typeof schema>, path: Path): TlsSettings {
  const isMap = typeof value === "object";
  const settings = isMap ? value : { port: value };
  const number = settings.port === undefined ? null : readPort(build, settings.port, isMap ? [...path, "port"] : path);
  return {
    ...(number === null ? {} : { port: number }),
    ...(settings.name === undefined ? {} : { name: settings.name }),
    ...(settings.verify === undefined ? {} : { verify: settings.verify }),
    ...(settings["days-left"] === undefined ? {} : { daysLeft: settings["days-left"] }),
  };
}

export const tlsWords = defineWords({
  schema,
  about: "a TLS handshake and its certificate.",
  read: readTls,
  complete: (build, settings, { host, path }): TlsProbe => {
    const serverName = settings.name ?? host;
    if (serverName.startsWith("*")) {
      const sentence = "the pool's name is a wildcard, so the check must say which name to ask for";
      problem(build, path, { at: "key", found: "no name", expected: "name: www.example.org", sentence });
    }
    const tls = { serverName, verify: settings.verify ?? true };
    return { kind: "tls", port: settings.port ?? 443, tls, daysLeftMin: settings.daysLeft ?? null };
  },
});
