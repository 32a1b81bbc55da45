/** Knot DNS with one worker of each kind, and its own reload of one zone by `knotc`. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runToEnd, startProcess } from "./processes.ts";
import { awaitServing, origin, placeOf, type Service, type Started } from "./service.ts";

const debian = "knot";

export async function startKnot(service: Service): Promise<Started> {
  const { folder, server } = service;
  const file = join(folder, "knot.conf");
  await writeFile(
    file,
    `server:
  rundir: ${folder}
  listen: ${server.address}@${server.port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
log:
  - target: stderr
    any: warning
database:
  storage: ${folder}
zone:
  - domain: ${origin}
    file: ${service.zoneFile}
    zonefile-sync: -1
    journal-content: none\n`,
  );
  const running = startProcess({ command: "knotd", args: ["-c", file], debian, ...placeOf(service) });
  await awaitServing(running, server);
  const run = (): Promise<string> => runToEnd("knotc", ["-c", file, "zone-reload", origin], debian);
  const reload = { zoneFile: service.zoneFile, run };
  return { subject: "knot", server, running, settings: "udp-workers 1, tcp-workers 1, background-workers 1", reload };
}
