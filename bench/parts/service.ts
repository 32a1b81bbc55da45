/**
 * What a subject is asked to serve, said once for all of them: one zone from a master file, and over it pools whose
 * members are checked by HTTP. Each peer's own file turns this into its own configuration, with its defaults as a user
 * gets them or with the fastest settings that it accepts.
 */
import { createSocket } from "node:dgram";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Answer, awaitAnswer, type Server } from "./dns-client.ts";
import type { Running } from "./processes.ts";
import type { Subject } from "./types.ts";

export const origin = "bench.test";
const startMsMax = 120_000;

export type Tempo = "default" | "fastest";

export interface Pools {
  /** Names within the zone; every one is a pool of the same members. */
  readonly names: readonly string[];
  readonly members: readonly string[];
  readonly port: number;
  readonly tempo: Tempo;
  /** `tcp` only connects; `http` asks for `/`. */
  readonly check: "http" | "tcp";
}

export interface Service {
  readonly folder: string;
  readonly server: Server;
  readonly core: number | null;
  readonly namespace: string | null;
  /** Master file of the zone; subjects that put pools into the file write their own copy. */
  readonly zoneFile: string;
  readonly pools: Pools | null;
}

export interface Reload {
  /** The file that it reads. */
  readonly zoneFile: string;
  /** Asks for the reload, by the subject's own command. */
  readonly run: () => Promise<unknown>;
}

export interface Started {
  readonly subject: Subject;
  readonly server: Server;
  readonly running: Running;
  /** What differs from the subject's defaults, in one line. */
  readonly settings: string;
  /** Makes it load an edited zone file; null where that is not measured. */
  readonly reload: Reload | null;
}

export type Start = (service: Service) => Promise<Started>;

export function placeOf(service: Service): { core: number | null; namespace: string | null; cwd: string } {
  return { core: service.core, namespace: service.namespace, cwd: service.folder };
}

export function fullName(name: string): string {
  return `${name}.${origin}`;
}

/** SOA, NS and glue, to which a benchmark adds its own lines. */
export function zoneText(lines: readonly string[]): string {
  const head = [
    `$ORIGIN ${origin}.`,
    "$TTL 3600",
    "@ IN SOA ns1 hostmaster 1 7200 1800 1209600 60",
    "@ IN NS ns1",
    "@ IN NS ns2",
    "ns1 IN A 192.0.2.1",
    "ns2 IN A 192.0.2.2",
    "ready IN A 192.0.2.3",
  ];
  return `${[...head, ...lines].join("\n")}\n`;
}

export async function writeZone(folder: string, lines: readonly string[]): Promise<string> {
  const file = join(folder, "zone");
  await writeFile(file, zoneText(lines));
  return file;
}

/** A port that is free for UDP and TCP on this address now. */
export async function freePort(address = "127.0.0.1"): Promise<number> {
  const tcp = createServer();
  await new Promise<void>((resolve, reject) => tcp.once("error", reject).listen(0, address, () => resolve()));
  const bound = tcp.address();
  const port = bound !== null && typeof bound === "object" ? bound.port : 0;
  const udp = createSocket("udp4");
  const free = await new Promise<boolean>((resolve) => {
    udp.once("error", () => resolve(false));
    udp.bind(port, address, () => resolve(true));
  });
  udp.close();
  await new Promise((resolve) => tcp.close(resolve));
  return free ? port : freePort(address);
}

/** Waits until the zone is served: `ready` is in every zone here. Fails early when the program ends. */
export async function awaitServing(running: Running, server: Server): Promise<Answer> {
  const died = Promise.withResolvers<Answer>();
  const timer = setInterval(() => {
    if (running.exited()) died.reject(new Error(`${running.name} ended at once:\n${running.log().slice(-3_000)}`));
  }, 50);
  const accept = (answer: Answer): boolean => answer.code === 0 && answer.addresses.length === 1;
  try {
    return await Promise.race([
      died.promise,
      awaitAnswer(server, { name: fullName("ready"), accept, msMax: startMsMax }),
    ]);
  } catch (error) {
    throw new Error(`${running.name} does not serve:\n${running.log().slice(-3_000)}`, { cause: error });
  } finally {
    clearInterval(timer);
  }
}
