/**
 * gdnsd: `http_status` checks and `multifo` pools. Its smallest interval is 2 s with a timeout of 1 s (its manual says
 * 1 s, the program refuses it). A zone is one file in `zones/`, named after the zone.
 */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runToEnd, startProcess } from "./processes.ts";
import { awaitServing, origin, type Pools, placeOf, type Service, type Started, type Tempo } from "./service.ts";

const debian = "gdnsd";
/** Labelled addresses that one resource may hold. */
const resourceMembersMax = 64;

const tempos: Readonly<Record<Tempo, string>> = {
  default: "",
  fastest: "interval => 2, timeout => 1, up_thresh => 1, ok_thresh => 1, down_thresh => 1, ",
};

export async function startGdnsd(service: Service): Promise<Started> {
  const conf = join(service.folder, "conf");
  await Promise.all(["conf/zones", "run", "state"].map((it) => mkdir(join(service.folder, it), { recursive: true })));
  await writeFile(join(conf, "config"), configText(service));
  const zoneFile = join(conf, "zones", origin);
  const lines = service.pools === null ? "" : poolLines(service.pools);
  await writeFile(zoneFile, (await readFile(service.zoneFile, "utf8")) + lines);
  const running = startProcess({ command: "gdnsd", args: ["-c", conf, "start"], debian, ...placeOf(service) });
  await awaitServing(running, service.server);
  const reload = { zoneFile, run: () => runToEnd("gdnsdctl", ["-c", conf, "reload-zones"], debian) };
  return { subject: "gdnsd", server: service.server, running, settings: settingsOf(service), reload };
}

function configText(service: Service): string {
  const { folder, server, pools } = service;
  const options = `options => { listen => ${server.address}:${server.port}, run_dir => ${folder}/run,
    state_dir => ${folder}/state, udp_threads => 1, tcp_threads => 1 }\n`;
  if (pools === null) return options;
  const plugin = pools.check === "http" ? "http_status" : "tcp_connect";
  const type = (name: string): string =>
    `${name} => { plugin => ${plugin}, port => ${pools.port}, ${tempos[pools.tempo]}}`;
  return `${options}service_types => { ${type("web")} }\nplugins => { multifo => { ${resource(pools)} } }\n`;
}

function resource(pools: Pools): string {
  if (pools.members.length > resourceMembersMax) throw new Error("too many members for one gdnsd resource");
  const members = pools.members.map((address, i) => `m${i} => ${address}`).join(", ");
  return `web => { service_types => web, ${members} }`;
}

function poolLines(pools: Pools): string {
  return pools.names.map((name) => `${name} 30 DYNA multifo!web\n`).join("");
}

function settingsOf(service: Service): string {
  const tempo = service.pools === null ? "" : tempos[service.pools.tempo];
  return `udp_threads 1${tempo === "" ? "" : `; ${tempo.replaceAll(" => ", " ").replace(/, $/, "")}`}`;
}

/** As a checker only: each member is checked once a second by two service types of 2 s, its smallest interval. */
export function checkerText(options: {
  folder: string;
  listen: string;
  members: readonly string[];
  port: number;
}): string {
  const type = (name: string): string =>
    `${name} => { plugin => http_status, port => ${options.port}, ${tempos.fastest}}`;
  const groups: string[] = [];
  for (let at = 0; at < options.members.length; at += resourceMembersMax) {
    const part = options.members.slice(at, at + resourceMembersMax);
    groups.push(
      `g${groups.length} => { service_types => [ even, odd ], ${part.map((it, i) => `m${i} => ${it}`).join(", ")} }`,
    );
  }
  return `options => { listen => ${options.listen}, run_dir => ${options.folder}/run,
    state_dir => ${options.folder}/state, udp_threads => 1, tcp_threads => 1 }
service_types => { ${type("even")}, ${type("odd")} }
plugins => { multifo => { ${groups.join("\n")} } }\n`;
}
