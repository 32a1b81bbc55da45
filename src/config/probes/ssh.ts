/** The ssh probe: the banner of an SSH server. */
import type { z } from "zod";
import type { SshProbe } from "../../core/model.ts";
import type { Build } from "../build.ts";
import { readPort } from "../build-port.ts";
import type { Path } from "../problem.ts";
import { integer, map, oneOf, text } from "../schema-parts.ts";
import { port, portText } from "./parts.ts";
import { defineWords } from "./words.ts";

const sshMap = map("an ssh probe", {
  port: port.optional().describe("Port or service name. Default 22."),
  expect: text("a text", 255).optional().describe("A fragment that the banner must hold, such as OpenSSH."),
});

const schema = oneOf("a port, or a map of ssh settings", [integer(1, 65_535), portText, sshMap]);

interface SshSettings {
  readonly port?: number;
  readonly expect?: string;
}

function readSsh(build: Build, value: z.output<typeof schema>, path: Path): SshSettings {
  const isMap = typeof value === "object";
  const settings = isMap ? value : { port: value };
  const number = settings.port === undefined ? null : readPort(build, settings.port, isMap ? [...path, "port"] : path);
  return {
    ...(number === null ? {} : { port: number }),
    ...(settings.expect === undefined ? {} : { expect: settings.expect }),
  };
}

export const sshWords = defineWords({
  schema,
  about: "the banner of an SSH server.",
  read: readSsh,
  complete: (_build, settings): SshProbe => ({
    kind: "ssh",
    port: settings.port ?? 22,
    expect: settings.expect ?? null,
  }),
});
