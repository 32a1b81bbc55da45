/**
 * HAProxy as a checker: one backend whose servers are checked by HTTP once a second, on one thread. It spreads its
 * checks over the interval by itself.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Running, startProcess } from "./processes.ts";

export interface CheckerOptions {
  readonly folder: string;
  readonly members: readonly string[];
  /** Of the members. */
  readonly port: number;
  /** Where the checker itself listens, which nobody uses here. */
  readonly listenPort: number;
  readonly core: number;
}

export async function startHaproxyChecker(options: CheckerOptions): Promise<Running> {
  const { folder, members, port, listenPort, core } = options;
  const file = join(folder, "haproxy.cfg");
  await writeFile(
    file,
    `global
  nbthread 1
  stats socket ${folder}/stats
defaults
  mode http
  timeout connect 1s
  timeout client 1s
  timeout server 1s
  timeout check 1s
frontend front
  bind 127.0.0.1:${listenPort}
  default_backend web
backend web
  option httpchk GET /
  http-check expect status 200
  default-server inter 1s
${members.map((address, i) => `  server m${i} ${address}:${port} check`).join("\n")}\n`,
  );
  return startProcess({ command: "haproxy", args: ["-db", "-f", file], debian: "haproxy", core });
}
