/** NSD with one server process and without its rate limit, which would measure the limit. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startProcess } from "./processes.ts";
import { awaitServing, origin, placeOf, type Service, type Started } from "./service.ts";

export async function startNsd(service: Service): Promise<Started> {
  const { folder, server } = service;
  const file = join(folder, "nsd.conf");
  await writeFile(
    file,
    `server:
  server-count: 1
  ip-address: ${server.address}
  port: ${server.port}
  username: ""
  zonesdir: "${folder}"
  database: ""
  pidfile: "${folder}/nsd.pid"
  xfrdfile: "${folder}/xfrd.state"
  zonelistfile: "${folder}/zone.list"
  minimal-responses: yes
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: ${origin}
  zonefile: ${service.zoneFile}\n`,
  );
  const running = startProcess({ command: "nsd", args: ["-d", "-c", file], debian: "nsd", ...placeOf(service) });
  await awaitServing(running, server);
  return {
    subject: "nsd",
    server,
    running,
    settings: "server-count 1, minimal-responses, no rate limit",
    reload: null,
  };
}
