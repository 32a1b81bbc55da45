/**
 * PowerDNS with its bind backend, plain and with LUA records. LUA checks begin with the first query and share one
 * interval of whole seconds; a record's `timeout` is in whole seconds too. A member that fails once is out, one that
 * succeeds once is back. `selector='all'` makes it answer with every address that is up, as the others do.
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

export interface PowerdnsOptions {
  /** Whether LUA states are kept between records (`shared`) or made anew for each answer (`yes`). */
  readonly lua: "no" | "yes" | "shared";
  /** `url` for `ifurlup`, `port` for `ifportup`. */
  readonly check: "url" | "port";
}

export function startPowerdns(service: Service): Promise<Started> {
  return launch(service, { lua: "no", check: "url" });
}

/** The failover as its manual shows it: `ifurlup`, LUA states not shared. */
export function startPowerdnsUrl(service: Service): Promise<Started> {
  return launch(service, { lua: "yes", check: "url" });
}

export async function launch(service: Service, options: PowerdnsOptions): Promise<Started> {
  const { folder, server } = service;
  const zone = join(folder, "zone.pdns");
  const lines = service.pools === null ? "" : poolLines(service.pools, options.check);
  await writeFile(zone, (await readFile(service.zoneFile, "utf8")) + lines);
  await writeFile(join(folder, "named.conf"), `zone "${origin}" { type master; file "${zone}"; };\n`);
  await writeFile(join(folder, "pdns.conf"), configText(service, options));
  const args = [`--config-dir=${folder}`];
  const running = startProcess({ command: "pdns_server", args, debian, ...placeOf(service) });
  await awaitServing(running, server);
  const subject = options.lua === "no" ? "powerdns" : options.check === "url" ? "powerdns" : "powerdns-lua";
  return { subject, server, running, settings: settingsOf(service, options), reload: null };
}

function configText(service: Service, options: PowerdnsOptions): string {
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
enable-lua-records=${options.lua}
${pools === null ? "" : tempos[pools.tempo].config}`;
}

function poolLines(pools: Pools, check: "url" | "port"): string {
  const members = pools.members.map((it) => `'${it}'`).join(",");
  const options = `{selector='all'${tempos[pools.tempo].record}}`;
  const call = (name: string): string =>
    check === "url"
      ? `ifurlup('http://${name}.${origin}:${pools.port}/', {{${members}}}, ${options})`
      : `ifportup(${pools.port}, {${members}}, ${options})`;
  return pools.names.map((name) => `${name} 30 IN LUA A "${call(name)}"\n`).join("");
}

function settingsOf(service: Service, options: PowerdnsOptions): string {
  const base = "bind backend, receiver-threads 1, packet and query cache as by default";
  if (service.pools === null || options.lua === "no") return base;
  const tempo = tempos[service.pools.tempo];
  const call = options.check === "url" ? "ifurlup" : "ifportup";
  return `${base}, enable-lua-records=${options.lua}, ${call} selector all${tempo.record} ${tempo.config.trim()}`.trim();
}
