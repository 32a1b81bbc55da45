/** The tcp probe: connect, send a line, look for a fragment in the reply. */
import type { z } from "zod";
import type { TcpProbe } from "../core/model.ts";
import { type Build, hasProblemBelow, problem } from "./build.ts";
import { readPort } from "./build-port.ts";
import type { Path } from "./problem.ts";
import type { checkMapSchema } from "./schema.ts";

type TcpValue = NonNullable<z.output<typeof checkMapSchema>["tcp"]>;

export interface TcpSettings {
  readonly port?: number;
  readonly send?: string;
  readonly expect?: string;
  readonly replyBytesMax?: number;
}

const replyBytesDefault = 65_536;

export function readTcp(build: Build, value: TcpValue, path: Path): TcpSettings {
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

export function completeTcp(settings: TcpSettings): TcpProbe {
  const { send = null, expect = null } = settings;
  return {
    kind: "tcp",
    port: settings.port ?? 0,
    send: send === null || send.endsWith("\n") ? send : `${send}\r\n`,
    expect,
    replyBytesMax: settings.replyBytesMax ?? replyBytesDefault,
  };
}

export function judgeTcp(build: Build, probe: TcpProbe, path: Path): void {
  if (probe.port !== 0 || hasProblemBelow(build, path)) return;
  const sentence = "a tcp probe needs a port";
  problem(build, path, { at: "key", found: "no port", expected: "port: postgresql, or a number", sentence });
}
