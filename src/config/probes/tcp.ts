/** The tcp probe: connect, send a line, look for a fragment in the reply. */
import type { z } from "zod";
import type { TcpProbe } from "../../core/model.ts";
import { type Build, hasProblemBelow, problem } from "../build.ts";
import { readPort } from "../build-port.ts";
import type { Path } from "../problem.ts";
import { integer, map, oneOf, sizeBytes, text } from "../schema-parts.ts";
import { port, portText } from "./parts.ts";
import { defineWords } from "./words.ts";

const tcpMap = map("a tcp probe", {
  port: port.optional().describe("Port or service name. Needed, here or in the pool's check."),
  send: text("a text", 4_096).optional().describe("Sent after connecting, with CRLF added."),
  expect: text("a text", 4_096).optional().describe("A fragment that must appear in the reply."),
  "reply-bytes": sizeBytes({ min: "1B", max: "1MiB" })
    .optional()
    .describe("How much of the reply is looked at. Default 64KiB."),
});

const schema = oneOf("a port, or a map of tcp settings", [integer(1, 65_535), portText, tcpMap]);

type TcpValue = z.output<typeof schema>;

interface TcpSettings {
  readonly port?: number;
  readonly send?: string;
  readonly expect?: string;
  readonly replyBytesMax?: number;
}

const replyBytesDefault = 65_536;

function readTcp(build: Build, value: TcpValue, path: Path): TcpSettings {
  const map = typeof value === "object" ? value : { port: value };
  const port =
    map.port === undefined ? null : readPort(build, map.port, typeof value === "object" ? [...path, "port"] : path);
  return {
    ...(port === null ? {} : { port }),
    ...(map.send === undefined ? {} : { send: map.send }),
    ...(map.expect === undefined ? {} : { expect: map.expect }),
    ...(map["reply-bytes"] === undefined ? {} : { replyBytesMax: map["reply-bytes"] }),
  };
}

function completeTcp(settings: TcpSettings): TcpProbe {
  const { send = null, expect = null } = settings;
  return {
    kind: "tcp",
    port: settings.port ?? 0,
    send: send === null || send.endsWith("\n") ? send : `${send}\r\n`,
    expect,
    replyBytesMax: settings.replyBytesMax ?? replyBytesDefault,
  };
}

function judgeTcp(build: Build, probe: TcpProbe, path: Path): void {
  if (probe.port !== 0 || hasProblemBelow(build, path)) return;
  const sentence = "a tcp probe needs a port";
  problem(build, path, { at: "key", found: "no port", expected: "port: postgresql, or a number", sentence });
}

export const tcpWords = defineWords({
  schema,
  about: "a TCP connection.",
  read: readTcp,
  complete: (build, settings, { path }) => {
    const probe = completeTcp(settings);
    judgeTcp(build, probe, path);
    return probe;
  },
});
