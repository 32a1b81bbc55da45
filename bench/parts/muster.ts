/**
 * muster itself, built as it is published and started as a user starts it: one YAML file and `serve`. With default tempo the file says nothing of
 * how often or how long a check takes; the fastest settings are the smallest that its configuration is meant for.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { reloadConfig } from "./muster-api.ts";
import { type Running, runToEnd, startProcess } from "./processes.ts";
import { awaitServing, freePort, fullName, origin, type Pools, type Service, type Started } from "./service.ts";

const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
const fastest = "interval: 100ms, timeout: 150ms, fall: 2, confirm: 10ms, suspect: 30ms";

export interface StartedMuster extends Started {
  /** Where its API answers, without a final slash. */
  readonly api: string;
}

export async function startMuster(service: Service): Promise<StartedMuster> {
  return startMusterWith(service, { zone: "", top: "" });
}

/**
 * `zone`: further settings of the zone, each after a comma; `top`: lines beside the zones; `source`: where the zone's own
 * records come from, in place of the service's file.
 */
export async function startMusterWith(
  service: Service,
  extra: { readonly zone: string; readonly top: string; readonly source?: string },
): Promise<StartedMuster> {
  const apiPort = await freePort();
  const file = join(service.folder, "muster.yaml");
  await writeFile(file, `${extra.top}${configText(service, { apiPort, ...extra })}`);
  const running = serveMuster(file, service);
  await awaitServing(running, service.server);
  const api = `http://127.0.0.1:${apiPort}`;
  const settings = service.pools?.tempo === "fastest" ? fastest : "no setting of checks; dns.threads 1";
  return {
    subject: "muster",
    server: service.server,
    running,
    settings,
    reload: { zoneFile: service.zoneFile, run: () => reloadConfig(api) },
    api,
  };
}

/** The program, as it is published. */
export function startProgram(
  words: readonly string[],
  place: { readonly namespace: string | null; readonly cwd: string; readonly core?: number | null },
): Running {
  return startProcess({ command: process.execPath, args: [main, ...words], debian: "nodejs", ...place });
}

/** A command that ends by itself; what it printed. */
export function runProgram(words: readonly string[]): Promise<string> {
  return runToEnd(process.execPath, [main, ...words], "nodejs");
}

export function serveMuster(file: string, service: Pick<Service, "core" | "namespace" | "folder">) {
  return startProgram(["serve", file], { core: service.core, namespace: service.namespace, cwd: service.folder });
}

function configText(service: Service, of: { apiPort: number; zone: string; source?: string }): string {
  const { folder, server, pools } = service;
  const { apiPort, source = `file: ${service.zoneFile}`, zone } = of;
  return `state: ${folder}/muster.db
dns: { listen: ["${server.address}:${server.port}"] }
api: { listen: "127.0.0.1:${apiPort}" }
zones:
  ${origin}: { ${source}${zone} }
${pools === null ? "" : poolsText(pools)}`;
}

function poolsText(pools: Pools): string {
  const tempo = pools.tempo === "fastest" ? `, ${fastest}` : "";
  const probe = pools.check === "http" ? `http: { port: ${pools.port}, path: / }` : `tcp: ${pools.port}`;
  const one = (name: string): string => `  ${fullName(name)}:
    check: { ${probe}${tempo} }
    members: [${pools.members.join(", ")}]\n`;
  return `pools:\n${pools.names.map(one).join("")}`;
}
