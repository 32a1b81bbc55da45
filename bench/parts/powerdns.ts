/**
 * PowerDNS with its bind backend, plain and with LUA records. LUA checks begin with the first query and share one
 * interval of whole seconds; a record's `timeout` is in whole seconds too. A member that fails once is out, one that
 * succeeds once is back. `selector='all'` makes it answer with every address that is up, as the others do, and
 * `backupSelector='all'` with every address when none is up: by default it would answer with one of them by chance.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { startProcess } from "./processes.ts";
import { awaitServing, origin, placeOf, type Pools, type Service, type Started, type Tempo } from "./service.ts";

const debian = "pdns-server pdns-backend-bind";

const tempos: Readonly<Record<Tempo, { readonly config: string; readonly record: string }>> = {
  default: { config: "", record: "" },
  fastest: { config: "lua-health-checks-interval=1\n", record: ", timeout=1" },
};

/** Whether LUA states are kept between answers (`shared`) or made anew for each (`yes`). */
export type Lua = "no" | "yes" | "shared";

export function startPowerdns(service: Service): Promise<Started> {
  return launch(service, "no");
}

/** The failover as its manual shows it, LUA states not shared. */
export function startPowerdnsChecked(service: Service): Promise<Started> {
  return launch(service, "yes");
}

export async function launch(service: Service, lua: Lua): Promise<Started> {
  const { folder, server } = service;
  const zone = join(folder, "zone.pdns");
  const lines = service.pools === null ? "" : poolLines(service.pools);
  await writeFile(zone, (await readFile(service.zoneFile, "utf8")) + lines);
  await writeFile(join(folder, "named.conf"), `zone "${origin}" { type master; file "${zone}"; };\n`);
  await writeFile(join(folder, "pdns.conf"), configText(service, lua));
  const args = [`--config-dir=${folder}`];
  const running = startProcess({ command: "pdns_server", args, debian, ...placeOf(service) });
  await awaitServing(running, server);
  return { subject: "powerdns", server, running, settings: settingsOf(service, lua), reload: null };
}

function configText(service: Service, lua: Lua): string {
  const { folder, server, pools } = service;
  return `launch=bind
bind-config=${folder}/named.conf
local-address=${server.address}
local-port=${server.port}
socket-dir=${folder}
daemon=no
guardian=no
disable-syslog=yes
loglevel=3
security-poll-suffix=
receiver-threads=1
enable-lua-records=${lua}
${pools === null ? "" : tempos[pools.tempo].config}`;
}

function poolLines(pools: Pools): string {
  const members = pools.members.map((it) => `'${it}'`).join(",");
  const options = `{selector='all', backupSelector='all'${tempos[pools.tempo].record}}`;
  const call = (name: string): string =>
    pools.check === "http"
      ? `ifurlup('http://${name}.${origin}:${pools.port}/', {{${members}}}, ${options})`
      : `ifportup(${pools.port}, {${members}}, ${options})`;
  return pools.names.map((name) => `${name} 30 IN LUA A "${call(name)}"\n`).join("");
}

function settingsOf(service: Service, lua: Lua): string {
  const base = "bind backend, receiver-threads 1, packet and query cache as by default";
  if (service.pools === null || lua === "no") return base;
  const tempo = tempos[service.pools.tempo];
  const call = service.pools.check === "http" ? "ifurlup" : "ifportup";
  return `${base}, enable-lua-records=${lua}, ${call} selector all, backupSelector all${tempo.record} ${tempo.config.trim()}`.trim();
}
