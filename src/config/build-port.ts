/** A port, by number or by the name of its service as in /etc/services. */
import { type Build, problem } from "./build.ts";
import { findNearest } from "../base/nearest.ts";
import type { Path } from "./problem.ts";

/** A port of TCP. Null: reported. */
export function readPort(build: Build, port: number | string, path: Path): number | null {
  return readPortOf(build, { port, protocol: "tcp" }, path);
}

/** A port of UDP. Null: reported. */
export function readUdpPort(build: Build, port: number | string, path: Path): number | null {
  return readPortOf(build, { port, protocol: "udp" }, path);
}

interface Given {
  readonly port: number | string;
  readonly protocol: "tcp" | "udp";
}

function readPortOf(build: Build, { port, protocol }: Given, path: Path): number | null {
  if (typeof port === "number") return port;
  const expected = "a port from 1 to 65535, or a service name such as https";
  if (/^\d+$/.test(port)) {
    problem(build, path, {
      expected,
      nearest: port,
      sentence: `the port ${port} is written as a text; leave the quotes out`,
    });
    return null;
  }
  const number = build.sources.servicePort(port.toLowerCase(), protocol);
  if (number !== null) return number;
  const nearest = findNearest(port, build.sources.serviceNames()) ?? undefined;
  problem(build, path, { expected, nearest, sentence: `there is no service ${JSON.stringify(port)}` });
  return null;
}
